"""Notebooks of Jupyter."""

import json

MAX_BYTES = 60 << 20
SHOWN = 6  # lines of a cell


def look(path, answer):
    with open(path, encoding="utf-8-sig") as file:
        text = file.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES >> 20} MiB")
    book = json.loads(text)
    cells = book.get("cells") or [cell for sheet in book.get("worksheets", []) for cell in sheet.get("cells", [])]
    kernel = book.get("metadata", {}).get("kernelspec", {}).get("display_name", "")
    answer.say(f"notebook, {len(cells)} cells{f', {kernel}' if kernel else ''}")
    for n, cell in enumerate(cells, 1):
        if not say_cell(n, cell, answer):
            answer.text.append(f"[cells from {n} on are left out: read them with run_python]")
            return


def say_cell(n, cell, answer):
    """Says how a cell begins, and what came of it. Returns whether there was room."""
    lines = joined(cell.get("source", cell.get("input", ""))).strip().splitlines()
    more = f", {len(lines)} lines" if len(lines) > SHOWN else ""
    if answer.room < 500 or not answer.say(f"--- cell {n}, {cell.get('cell_type', 'code')}{more}"):
        return False
    for line in lines[:SHOWN]:
        if not answer.say(line, 160):
            return False
    return all(answer.say("  → " + text, 300) for text in map(outcome, cell.get("outputs", [])[:5]) if text)


def outcome(output):
    """Returns what an output of a cell is."""
    if output.get("output_type") in ("error", "pyerr"):
        return f"{output.get('ename')}: {output.get('evalue')}"
    if "text" in output:
        return joined(output["text"]).strip()
    data = output.get("data", {})
    picture = next((kind for kind in data if kind.startswith("image/")), "")
    return f"a picture, {picture}" if picture else joined(data.get("text/plain", "")).strip()


def joined(text):
    return "".join(map(str, text)) if isinstance(text, list) else str(text)

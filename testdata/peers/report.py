"""The results as a table in Markdown."""

import math
import os
import platform
import statistics

HEAD = ["", "Python", "first result of a new session", "the same with numpy, pandas and matplotlib imported",
        "warm `6 * 7`, p50 / p99", "ten new sessions at once", "memory of an idle session",
        "wrong answers, 50 callers at once", "variables kept", "images"]


def table(results):
    """Returns the table; a cell that was not measured is a dash."""
    rows = [HEAD, ["---"] * len(HEAD)] + [_row(r) for r in results]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def conditions(run, options, load, seconds):
    """Returns what one must know to read the table."""
    lines = ["", f"Medians of up to {options.rounds} new sessions and {options.bursts} bursts of ten, interleaved, on"
             f" {os.cpu_count()} cores, Linux {platform.release()}, load {load:.1f} at the start;"
             f" the run took {seconds:.0f} s.", ""]
    for r in run.results:
        warm = f" {len(r.warm)} warm calls." if r.warm else ""
        lines.append(f"- {r.entry.name}: {r.entry.note}{warm}")
        lines += [f"  - {_plain(f)}" for f in r.failures[:3] if not r.reason]
    return "\n".join(lines)


def _row(r):
    if r.reason:
        return [r.entry.name, f"not measured here: {_plain(r.reason)}"] + ["—"] * (len(HEAD) - 2)
    return [r.entry.name, r.python, _time(r.first), _time(r.first_libraries), _warm(r.warm), _burst(r),
            f"{statistics.median(r.memory) / 1e6:.0f} MB" if r.memory else "—", _wrong(r),
            _yes(r.state), _yes(r.image)]


def _burst(r):
    wrong = f" ({r.burst_wrong} of {r.burst_sessions} wrong)" if r.burst_wrong else ""
    return _time(r.burst) + wrong


def _wrong(r):
    if not r.answers:
        return "—"
    wrong = r.mixed + r.lost
    detail = f" ({r.mixed} another's, {r.lost} lost)" if wrong else ""
    return f"{wrong} of {r.answers}{detail}"


def _warm(samples):
    if not samples:
        return "—"
    ordered = sorted(samples)
    p99 = ordered[math.ceil(0.99 * len(ordered)) - 1]
    return f"{_seconds(statistics.median(ordered))} / {_seconds(p99)}"


def _time(samples):
    return _seconds(statistics.median(samples)) if samples else "—"


def _seconds(s):
    if s >= 1:
        return f"{s:.1f} s"
    return f"{s * 1000:.0f} ms" if s >= 0.01 else f"{s * 1000:.1f} ms"


def _yes(b):
    return "yes" if b else "no"


def _plain(text):
    """Returns text without what would end a cell or colour a terminal."""
    text = "".join(c for c in text.replace("|", "/") if c.isprintable())
    return text[:160]

"""Archives: what is in them. Nothing is unpacked."""

import tarfile
import zipfile

MAX_ENTRIES = 100_000
FIRST_ENTRIES = 60


def look(path, answer):
    lines, size, more = (tar_lines if answer.request["kind"] == "tar" else zip_lines)(path)
    answer.say(f"archive, {len(lines)}{' or more' if more else ''} entries, {size} bytes unpacked")
    answer.say_numbered(lines, "entries", FIRST_ENTRIES)


def zip_lines(path):
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        shown = [f"{e.filename}\t{'folder' if e.is_dir() else f'{e.file_size} bytes'}{', encrypted' if e.flag_bits & 1 else ''}" for e in entries[:MAX_ENTRIES]]
        return shown, sum(e.file_size for e in entries), len(entries) > MAX_ENTRIES


def tar_lines(path):
    lines, size = [], 0
    with tarfile.open(path) as archive:
        for entry in archive:
            if len(lines) == MAX_ENTRIES:
                return lines, size, True
            size += entry.size
            kind = f"{entry.size} bytes" if entry.isfile() else "folder" if entry.isdir() else "link or device"
            lines.append(f"{entry.name}\t{kind}")
    return lines, size, False

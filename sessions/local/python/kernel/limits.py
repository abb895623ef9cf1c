"""Says which limit of the session an error comes from."""

from .pristine import __builtins__, os

import errno
import resource

MAX_ENTRIES = 20_000  # of the session's folder that are looked at
MB = 1 << 20


def explain_limit(error, options):
    """Returns a line on the limit of the session that an error comes from, or ""."""
    if isinstance(error, MemoryError):
        return explain_memory(options)
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EFBIG:
        return explain_size()
    if number in (errno.ENOSPC, errno.EDQUOT):
        return explain_disk(error, options)
    if number == errno.ENOMEM:
        return explain_memory(options)
    return ""


def explain_memory(options):
    if not options.memory:
        return ""
    return (f"A session may use {options.memory // MB} MB of memory in all. Work on smaller pieces, "
            "read only the columns and rows that you need, or del what is no longer needed.")


def explain_size():
    most, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if most == resource.RLIM_INFINITY:
        return ""
    return f"A file of this session may have at most {most} bytes."


def explain_disk(error, options):
    """Says how large the disk is that an error is about, and what fills it."""
    name = error.filename if isinstance(error.filename, str) else ""
    folder = options.data if not name.startswith("/tmp") else "/tmp"
    limit = f" It has {options.disk // MB} MB." if options.disk and folder == options.data else ""
    largest = ", ".join(f"{path!r} ({describe_size(size)})" for size, path in largest_files(folder, 3))
    remove = f" The largest files are {largest}." if largest else ""
    return f"The disk that the file is on is full.{limit} Remove files that are no longer needed.{remove}"


def describe_size(size):
    return f"{size / MB:.1f} MB" if size >= MB else f"{size} bytes"


def largest_files(folder, count):
    """Returns size and path of the largest files below a folder, largest first."""
    found, seen = [], 0
    for parent, folders, files in os.walk(folder):
        for name in files:
            path = os.path.join(parent, name)
            try:
                size = os.lstat(path).st_size
            except OSError:
                continue
            found = sorted([*found, (size, path)], reverse=True)[:count]
        seen += len(files) + len(folders)
        if seen > MAX_ENTRIES:
            break
    return [entry for entry in found if entry[0]]

"""Describes the exceptions of cells, as frames for the host."""

from .pristine import __builtins__, os

import errno
import resource
import sys
import traceback

from IPython.core.error import UsageError

from .frames import frame
from .text import shorten, utf8

MAX_TRACEBACK = 128 << 10
SOURCES = tuple(os.path.dirname(file) + os.sep for file in (sys.modules["IPython"].__file__, __file__))
EXITED = "The code called sys.exit(), which ended the cell. The interpreter still runs and keeps its variables."


def explain(seq, error):
    """Returns the frames that report an error in an execution."""
    return error_frames(seq, *describe(error))


def describe(error):
    """Returns the name of an error, its message and its traceback as text."""
    name = type(error).__name__
    if isinstance(error, SystemExit):
        message = str(error.code)
        return name, message, f"{EXITED}\nSystemExit: {message}"
    if isinstance(error, UsageError):
        return name, str(error), f"UsageError: {error}"
    try:
        message = str(error)  # before traceback does it, which would swallow an interrupt
    except Exception:
        message = "<no message: the exception's __str__ failed>"
    formatted = traceback.TracebackException(type(error), error, error.__traceback__)
    prune(formatted, set())
    trace = "".join([*formatted.format(), limit_hint(error)]).rstrip("\n")
    return name, message, trace


def limit_hint(error):
    """Returns a line on the limit of the session that an error comes from, or ""."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EFBIG:
        most, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
        if most != resource.RLIM_INFINITY:
            return f"A file of this session may have at most {most} bytes.\n"
    elif number in (errno.ENOSPC, errno.EDQUOT):
        return "The disk that the file is on is full. Remove files that are no longer needed.\n"
    return ""


def prune(formatted, seen):
    """Removes the frames of the kernel and of IPython from a traceback."""
    if formatted is None or id(formatted) in seen:
        return
    seen.add(id(formatted))
    kept = [entry for entry in formatted.stack if not entry.filename.startswith(SOURCES)]
    for i, entry in enumerate(kept):
        if entry.filename.startswith("<cell "):
            kept = kept[i:]
            break
    formatted.stack[:] = kept
    prune(formatted.__cause__, seen)
    prune(formatted.__context__, seen)
    for inner in getattr(formatted, "exceptions", None) or ():
        prune(inner, seen)


def error_frames(seq, name, message, trace):
    name = utf8(name[:256])
    message = utf8(shorten(message, MAX_TRACEBACK // 4, "the message"))
    trace = utf8(shorten(trace, MAX_TRACEBACK, "the traceback"))
    header = f'{{"type":"error","seq":{seq},"sizes":[{len(name)},{len(message)}]}}'
    return (frame(header, name + message + trace),)


def explain_plainly(seq, error):
    """Does as explain, but calls nothing of the error, which may be what fails."""
    name = type(error).__name__
    return error_frames(seq, name, "the error could not be described",
                        f"{name}: the error could not be described")

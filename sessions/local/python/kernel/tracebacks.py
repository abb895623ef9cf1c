"""What became of a cell that failed, as frames."""

from .pristine import __builtins__, os

import errno
import resource
import sys
import traceback

from IPython.core.error import UsageError

from .frames import frame
from .text import cut, utf8

MAX_TRACEBACK = 128 << 10
SOURCES = tuple(os.path.dirname(file) + os.sep for file in (sys.modules["IPython"].__file__, __file__))


def explain(seq, error):
    return error_frames(seq, *describe(error))


def describe(error):
    """Returns the name of an error, its text and what a traceback says."""
    name = type(error).__name__
    if isinstance(error, SystemExit):
        message = str(error.code)
        trace = ("The code ended itself with sys.exit(). The interpreter lives on and keeps its "
                 f"variables.\nSystemExit: {message}")
        return name, message, trace
    if isinstance(error, UsageError):
        return name, str(error), f"UsageError: {error}"
    try:
        message = str(error)  # before traceback does it, which would swallow an interrupt
    except Exception:
        message = "<the exception's text cannot be had: its __str__ raised>"
    told = traceback.TracebackException(type(error), error, error.__traceback__)
    prune(told, set())
    trace = "".join([*told.format(), limits(error)]).rstrip("\n")
    return name, message, trace


def limits(error):
    """Says which limit of the session an error comes from, if any."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EFBIG:
        most, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
        if most != resource.RLIM_INFINITY:
            return f"A file of this session may have at most {most} bytes.\n"
    elif number in (errno.ENOSPC, errno.EDQUOT):
        return "There is no room left where the file is. Remove files that are not needed any more.\n"
    return ""


def prune(told, seen):
    """Takes the frames of the kernel and of IPython out of a traceback."""
    if told is None or id(told) in seen:
        return
    seen.add(id(told))
    kept = [entry for entry in told.stack if not entry.filename.startswith(SOURCES)]
    for i, entry in enumerate(kept):
        if entry.filename.startswith("<cell "):
            kept = kept[i:]
            break
    told.stack[:] = kept
    prune(told.__cause__, seen)
    prune(told.__context__, seen)
    for inner in getattr(told, "exceptions", None) or ():
        prune(inner, seen)


def error_frames(seq, name, message, trace):
    name = utf8(name[:256])
    message = utf8(cut(message, MAX_TRACEBACK // 4, "the message"))
    trace = utf8(cut(trace, MAX_TRACEBACK, "the traceback"))
    header = f'{{"type":"error","seq":{seq},"sizes":[{len(name)},{len(message)}]}}'
    return (frame(header, name + message + trace),)


def explain_plainly(seq, error):
    """Asks nothing of the error, which may be what fails."""
    name = type(error).__name__
    return error_frames(seq, name, "the error could not be described",
                        f"{name}: the error could not be described")

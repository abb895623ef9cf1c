"""Which frames of a traceback are shown: those of the user's code, and the innermost
of the libraries'."""

from .pristine import __builtins__, os

import sys
import traceback

# Frames that are in no traceback: those of the kernel and of IPython.
OWN = tuple(os.path.dirname(file) + os.sep for file in (sys.modules["IPython"].__file__, __file__))
SITES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
STANDARD = os.path.dirname(os.__file__) + os.sep
CYTHON = (".pyx", ".pxd", ".pxi")
LOOKUPS = ("__getattr__", "__getattribute__")  # where a library raises AttributeError
IMPORT = "<frozen importlib"  # and the import system ImportError
TYPED = ("<cell ", "<string>", "<stdin>")  # code that has no file and is the user's

MAX_LINE = 200  # characters of a line of source
MAX_FRAMES = 40  # of the user's in one part; a recursion has a thousand
HEAD, TAIL = 12, 20  # those that are shown of more
MAX_PERIOD = 6  # functions that call each other in a circle


class Note(traceback.FrameSummary):
    """A line among the frames of a traceback."""

    def __init__(self, text):
        super().__init__("", 0, text, lookup_line=False, line="")


class Stack(traceback.StackSummary):
    """Frames and notes as text, with no line longer than MAX_LINE."""

    def format_frame_summary(self, frame, *args, **kwargs):
        if isinstance(frame, Note):
            return f"  [{frame.name}]\n"
        text = super().format_frame_summary(frame, *args, **kwargs)
        if len(text) <= MAX_LINE:
            return text
        return "".join(cut_line(line) for line in text.splitlines(True))


def cut_line(line):
    return line if len(line) <= MAX_LINE else line[:MAX_LINE].rstrip() + " …\n"


def is_library(frame):
    name = frame.filename
    if name.startswith("<"):
        return not name.startswith(TYPED)
    return name.startswith(STANDARD) or any(site in name for site in SITES) or name.endswith(CYTHON)


def without_kernel(frames):
    """Returns frames without those that precede the cell's and those of the kernel
    and of IPython."""
    kept = [frame for frame in frames if not frame.filename.startswith(OWN)]
    for i, frame in enumerate(kept):
        if frame.filename.startswith("<cell "):
            return kept[i:]
    return kept


def shorten_frames(frames, keep_innermost=True):
    """Returns the frames of one part that are shown, how many of libraries are left
    out, and the place of the first of these among what is shown, or None."""
    shown, left_out, gap = [], 0, None
    last = len(frames) - 1
    for i, frame in enumerate(frames):
        if not is_library(frame):
            shown.append(frame)
        elif i == last and keep_innermost and not is_lookup(frame):
            shown.append(as_one_line(frame))
        else:
            left_out += 1
            gap = len(shown) if gap is None else gap
    return shown, left_out, gap


def is_lookup(frame):
    return frame.name in LOOKUPS or frame.filename.startswith(IMPORT)


def as_one_line(frame):
    """Removes the marks below a library's line, and the lines that follow it."""
    if hasattr(frame, "end_colno"):  # since Python 3.11
        frame.end_lineno, frame.end_colno = frame.lineno, None
    return frame


def fold_recursion(frames):
    """Returns frames in which a circle of calls is shown once, and no more than
    MAX_FRAMES."""
    folded, i = [], 0
    while i < len(frames):
        period, times = find_circle(frames, i)
        folded += frames[i:i + period]
        if times > 1:
            what = "Previous line repeated" if period == 1 else f"Previous {period} frames repeated"
            folded.append(Note(f"{what} {times - 1} more times"))
        i += period * times
    if len(folded) > MAX_FRAMES:
        count = len(folded) - HEAD - TAIL
        folded[HEAD:-TAIL] = [Note(f"{count} frames are left out")]
    return folded


def find_circle(frames, start):
    """Returns the number of frames that repeat from start on, and how often they
    occur; 1 and 1 if they do not."""
    first = key(frames[start])
    for period in range(1, MAX_PERIOD + 1):
        if start + 3 * period > len(frames) or key(frames[start + period]) != first:
            continue
        times = count_circles(frames, start, period)
        if times > 2:
            return period, times
    return 1, 1


def count_circles(frames, start, period):
    circle, times = keys(frames, start, period), 1
    while keys(frames, start + times * period, period) == circle:
        times += 1
    return times


def keys(frames, start, count):
    return [key(frame) for frame in frames[start:start + count]]


def key(frame):
    return frame.filename, frame.lineno, frame.name

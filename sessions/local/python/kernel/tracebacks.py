"""Describes the exceptions of cells, as frames for the host."""

from .pristine import __builtins__

import re
import sys
import traceback

from IPython.core.error import UsageError

from .frames import frame
from .stacks import Note, Stack, as_one_line, fold_recursion, is_library, shorten_frames, without_kernel
from .text import shorten, utf8

MAX_TRACEBACK = 128 << 10
MAX_MESSAGE = 2000  # characters of a message in a traceback; the frames are to be seen beside it
EXITED = "The code called sys.exit(), which ended the cell. The interpreter still runs and keeps its variables."
MIN_QUOTED = 12  # characters of a message that is found in another one not by chance
GUESS = re.compile(r"\. Did you mean: '\w+'\?$")  # of Python, which does not know what a hint knows
NO_MESSAGE = "<no message: the exception's __str__ failed>"


class Tracebacks:
    """Describes errors, and remembers the last one for %tb, without keeping it
    alive: its frames hold the code's variables. hints says what to do about
    errors; see hints.py."""

    def __init__(self, hints):
        self.hints = hints
        self.last = None

    def explain(self, seq, error):
        """Returns the frames that report an error in an execution."""
        return error_frames(seq, *self.describe(error))

    def describe(self, error):
        """Returns the name of an error, its message and its traceback as text."""
        name = type(error).__name__
        if isinstance(error, SystemExit):
            message = str(error.code)
            return name, message, f"{EXITED}\nSystemExit: {message}"
        if isinstance(error, UsageError):
            return name, str(error), f"UsageError: {error}"
        message = message_of(error)
        summary = summarize(error)
        self.last = Whole(summary)
        hint = self.hints.find(error)
        if hint and hint.replaces:
            shorten_to_hint(summary, hint)
        else:
            shorten_summary(summary)
            if hint:
                summary._str = GUESS.sub("", text_of(summary))
        trace = "".join(summary.format()).rstrip("\n")
        return name, message, f"{trace}\n{hint.text}" if hint else trace

    def print_thread(self, args):
        """Does what threading.excepthook does: prints the error of a thread."""
        if args.exc_type is SystemExit or args.exc_value is None:
            return
        name = args.thread.name if args.thread is not None else "?"
        self.print_error(f"Exception in thread {name}:", args.exc_value)

    def print_task(self, loop, context):
        """Prints the error of a task that nobody has awaited."""
        error = context.get("exception")
        if isinstance(error, BaseException):
            self.print_error(f"{context.get('message') or 'Error in the event loop'}:", error)
        else:
            loop.default_exception_handler(context)

    def print_error(self, title, error):
        _, _, trace = self.describe(error)
        print(f"{title}\n{trace}", file=sys.stderr)

    def format_last(self):
        """Returns the traceback of the last error with all frames, or ""."""
        return self.last.format() if self.last else ""


class Whole:
    """A traceback with all of its frames, whose text is made when it is asked for."""

    def __init__(self, summary):
        self.summary = summary
        self.parts = [(part, part.__cause__, part.__context__, part.__suppress_context__, list(part.stack), text_of(part))
                      for part in parts_of(summary)]

    def format(self):
        for part, cause, context, suppressed, frames, text in self.parts:
            part.__cause__, part.__context__, part.__suppress_context__ = cause, context, suppressed
            part.stack = Stack(frames)
            part._str = text
        return "".join(self.summary.format())


def message_of(error):
    """Returns str(error). traceback would do it, but swallow an interrupt."""
    try:
        return str(error)
    except Exception:
        return NO_MESSAGE


def summarize(error):
    """Returns all parts of a traceback, without the frames of the kernel. No source
    is read yet."""
    summary = traceback.TracebackException(type(error), error, error.__traceback__, lookup_lines=False, compact=True)
    for part in parts_of(summary):
        part.stack = Stack(without_kernel(part.stack))
    return summary


def parts_of(summary):
    """Returns the parts of a traceback, the outermost exception first: what caused
    it, and what it is a group of."""
    parts, seen, waiting = [], set(), [summary]
    while waiting:
        part = waiting.pop()
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        parts.append(part)
        waiting += [*(getattr(part, "exceptions", None) or ()), part.__context__, part.__cause__]
    return parts


def shorten_summary(summary):
    """Leaves out what says nothing about the user's code, and says how much."""
    total, noted = drop_repeated(summary), None
    parts = parts_of(summary)
    for part in parts:
        part.stack, left_out, gap = shorten_frames(part.stack)
        total += left_out
        if noted is None and left_out:
            noted, place = part, gap
        part._str = shorten(text_of(part), MAX_MESSAGE, "the message")
    for part in parts:
        if part is noted:
            note = Note(f"{total} frame{'s' * (total != 1)} of libraries left out; %tb shows all")
            part.stack = Stack([*fold_recursion(part.stack[:place]), note, *fold_recursion(part.stack[place:])])
        else:
            part.stack = Stack(fold_recursion(part.stack))


def drop_repeated(summary):
    """Leaves out parts inside of libraries that say what the part which they caused
    says again. Returns how many frames these have."""
    count = 0
    for part in parts_of(summary):
        while (inner := cause_of(part)) and says_the_same(inner, part):
            count += len(inner.stack)
            part.__cause__, part.__context__ = inner.__cause__, inner.__context__
            part.__suppress_context__ = inner.__suppress_context__
    return count


def cause_of(part):
    return part.__cause__ or (None if part.__suppress_context__ else part.__context__)


def says_the_same(inner, outer):
    """Reports whether all that a part says, which is of libraries alone, is in the
    message of the part that it caused."""
    if not all(map(is_library, inner.stack)) or getattr(inner, "__notes__", None) or getattr(inner, "exceptions", None):
        return False
    text, whole = text_of(inner), text_of(outer)
    if inner.exc_type_qualname == outer.exc_type_qualname or not inner.stack:
        return text == whole
    return len(text) >= MIN_QUOTED and text in whole


def text_of(part):
    text = part._str
    return text if isinstance(text, str) else ""


def shorten_to_hint(summary, hint):
    """Leaves the user's own frames and a short message: hint says the rest."""
    summary.__cause__ = summary.__context__ = None
    shown, _, _ = shorten_frames(summary.stack, keep_innermost=False)
    summary.stack = Stack(fold_recursion([as_one_line(kept) for kept in shown]))
    summary._str = hint.replaces


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

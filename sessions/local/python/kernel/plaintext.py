"""The text of values: bounded in time and memory, whatever they hold."""

from .pristine import __builtins__

import array
import collections
import heapq
import io
import itertools
import math
import operator

from IPython.core.formatters import DisplayFormatter, PlainTextFormatter, catch_format_error
from IPython.lib.pretty import RepresentationPrinter, _sorted_for_pprint

from .patience import SECONDS, TooSlow

SHOWN = 100  # items of a container that has more than IPython shows, which are 1000
MAX_STRING = 10_000  # characters of a text, or bytes, that are shown whole
MAX_NESTED = 2000  # those of one in a container
MAX_EXACT = 1 << 21  # bits of an integer whose digits are counted
LOG_2 = math.log10(2)
MAX_TOTAL = 100_000  # characters of a value
TEXT_METHODS = ("__repr__", "__str__", "_repr_pretty_")
SYMPY_PRINTING = "sympy.interactive.printing"
FILLED = {int, float, bool, complex, type(None), str}
CONTAINERS = list, tuple, set, frozenset, dict
VIEWS = type({}.keys()), type({}.values()), type({}.items())


class Formatter(DisplayFormatter):
    """IPython's formatter, in which an object is shown by its type alone when what
    the code has written to show it takes too long. patience ends that; fixed
    reports the types that the kernel itself draws, which may take their time."""

    def __init__(self, patience, fixed, **kwargs):
        super().__init__(**kwargs)
        self.patience = patience
        self.fixed = fixed

    def format(self, obj, include=None, exclude=None):
        if self.fixed(type(obj)):
            return super().format(obj, include, exclude)
        try:
            return self.patience.call(super().format, obj, include, exclude)
        except TooSlow as e:
            slow = slow_function(e.__traceback__)
        text = object.__repr__(obj)
        if slow.rpartition(".")[2] not in TEXT_METHODS:
            try:
                text = self.patience.call(self.formatters["text/plain"], obj)
            except TooSlow:
                pass
        return {"text/plain": f"{text}\n[{slow} took more than {SECONDS} s and was stopped; this is the plain form]"}, {}


def slow_function(tb):
    """Returns the name of the function that formatted: the first that is not
    IPython's or the kernel's."""
    while tb is not None:
        code = tb.tb_frame.f_code
        if tb.tb_frame.f_globals.get("__name__", "").partition(".")[0] not in ("IPython", "_session_kernel"):
            return getattr(code, "co_qualname", code.co_name)
        tb = tb.tb_next
    return "its formatter"


class TextFormatter(PlainTextFormatter):
    """IPython's formatter of text, whose text is bounded. What sympy.init_printing
    registers for Python's own numbers and containers is ignored, and its formulas
    of several lines are for whole values."""

    def for_type(self, typ, func=None):
        if getattr(func, "__module__", None) == SYMPY_PRINTING:
            func = None if getattr(typ, "__module__", None) == "builtins" else of_whole_values(func)
        return super().for_type(typ, func)

    @catch_format_error
    def __call__(self, obj):
        return self.print(obj, Printer, self.type_printers)

    def as_ipython(self, obj):
        """Returns the text of a container with the lines that IPython gives it, as
        programs that were written for Azure expect."""
        return self.print(obj, PrinterOfIPython, {kind: getattr(printer, "of_ipython", printer) for kind, printer in self.type_printers.items()})

    def print(self, obj, kind, printers):
        if not self.pprint:
            return repr(obj)
        stream = Bounded(MAX_TOTAL)
        printer = kind(
            stream, self.verbose, self.max_width, self.newline, max_seq_length=self.max_seq_length,
            singleton_pprinters=self.singleton_printers, type_pprinters=printers,
            deferred_pprinters=self.deferred_printers)
        printer.outermost = obj
        try:
            printer.pretty(obj)
            printer.flush()
        except Full:
            return stream.getvalue() + "\n… the rest is left out"
        return stream.getvalue()


def of_whole_values(func):
    def print_formula(obj, p, cycle):
        if getattr(p, "outermost", obj) is obj:
            func(obj, p, cycle)
        else:
            p.text(repr(obj))
    return print_formula


class Full(Exception):
    """Says that a value has as much text as is shown."""


class Bounded(io.StringIO):
    """A text of at most a number of characters. Single objects may exceed it."""

    def __init__(self, limit):
        super().__init__()
        self.left = limit

    def write(self, text):
        if self.left < 0:
            raise Full
        self.left -= len(text)
        return super().write(text)


class Printer(RepresentationPrinter):
    """IPython's printer, which says how many items it leaves out."""

    outermost = None

    def _enumerate(self, seq):
        try:
            size = len(seq)
        except TypeError:
            size = 0
        if not self.max_seq_length or size <= self.max_seq_length:
            yield from super()._enumerate(seq)
            return
        yield from enumerate(itertools.islice(seq, SHOWN))
        self.text(",")
        self.breakable()
        self.text(f"… and {size - SHOWN} more")

    def format_scalar(self, item):
        """Returns the text of a number or a short text in a container."""
        if type(item) is float:
            stream = io.StringIO()
            inner = RepresentationPrinter(stream, type_pprinters=self.type_pprinters)
            inner.pretty(item)
            inner.flush()
            return stream.getvalue()
        return integer_text(item) if type(item) is int else repr(item)

    def fill(self, start, texts, end):
        """Prints texts with commas between them, as many in a line as fit."""
        with self.group(len(start), start, end):
            room = self.max_width - len(start)
            left = room
            for i, text in enumerate(texts):
                if i:
                    self.text(",")
                    left -= 2
                    if len(text) < left:
                        self.text(" ")
                    else:
                        self.break_()
                        left = room
                self.text(text)
                left -= len(text)

    def limit(self, obj):
        """Returns how much of a text or of bytes is shown."""
        return MAX_STRING if obj is self.outermost else MAX_NESTED


class PrinterOfIPython(Printer):
    """IPython's printer, which leaves items out as IPython does."""

    _enumerate = RepresentationPrinter._enumerate


def register_printers(printers):
    """Adds the printers of types whose text would be long, by type."""
    for kind, start, end in ((list, "[", "]"), (tuple, "(", ")"), (set, "{", "}"), (frozenset, "frozenset({", "})")):
        printers[kind] = fill_lines(printers[kind], kind, start, end)
    printers.update({int: print_integer, str: print_text, bytes: print_text, bytearray: print_text,
                     collections.deque: print_deque, collections.Counter: print_counter, array.array: print_array,
                     **dict.fromkeys(VIEWS, print_view)})


def register_deferred(printers):
    """Adds the printers of types of libraries, which need not be loaded, by module
    and name."""
    for module in ("pandas.api.typing", "pandas.core.groupby.generic"):
        for name in ("DataFrameGroupBy", "SeriesGroupBy"):
            printers[module, name] = print_groups


def print_groups(obj, p, cycle):
    try:
        p.text(f"<{type(obj).__name__} of {len(obj.obj)} rows by {str(obj.keys)[:80]}: {obj.ngroups} groups>")
    except Exception:
        p.text(object.__repr__(obj))


def fill_lines(print_otherwise, kind, start, end):
    """Returns a printer of containers that fills lines with numbers and the like,
    where IPython's gives each a line."""
    def print_filled(obj, p, cycle):
        if type(obj) is not kind or cycle or len(obj) < 10:
            return print_otherwise(obj, p, cycle)
        items = list(itertools.islice(obj, SHOWN if p.max_seq_length and len(obj) > p.max_seq_length else len(obj)))
        if not all(type(item) in FILLED and (type(item) is not str or len(item) <= p.max_width // 2) for item in items):
            return print_otherwise(obj, p, cycle)
        if kind in (set, frozenset) and len(items) == len(obj):
            items = _sorted_for_pprint(items)
        texts = [p.format_scalar(item) for item in items]
        if len(obj) > len(items):
            texts.append(f"… and {len(obj) - len(items)} more")
        p.fill(start, texts, end)
    print_filled.of_ipython = print_otherwise
    return print_filled


def has_own_repr(obj, kind):
    return type(obj).__repr__ is not kind.__repr__


def print_whole(obj, p):
    p.text(repr(obj))


def plain_text(value):
    """Returns a value of a plain type as text."""
    if type(value) is int:
        return integer_text(value)
    if type(value) is str and len(value) > MAX_STRING:
        return ends_of(value, MAX_STRING)
    return repr(value)


def print_integer(obj, p, cycle):
    p.text(integer_text(obj) if type(obj) is int else repr(obj))


def integer_text(number):
    """Returns an integer as text; one that Python refuses to convert by its ends."""
    try:
        return repr(number)
    except ValueError:
        pass
    sign, size = "-" if number < 0 else "", abs(number)
    last = f"{size % 10**15:015}"
    advice = "sys.set_int_max_str_digits(0) lets print() show it"
    if size.bit_length() > MAX_EXACT:
        return f"<int of about {int(size.bit_length() * LOG_2)} digits that ends in {sign}…{last}; {advice}>"
    behind = int(size.bit_length() * LOG_2) - 16  # digits behind the first 15 to 17
    first = str(size // 10**behind)
    return f"<int of {behind + len(first)} digits: {sign}{first[:15]}…{last}; {advice}>"


def print_text(obj, p, cycle):
    kind = next(kind for kind in (str, bytes, bytearray) if isinstance(obj, kind))
    if has_own_repr(obj, kind) or len(obj) <= p.limit(obj):
        print_whole(obj, p)
    else:
        p.text(ends_of(obj, p.limit(obj)))


def ends_of(text, limit):
    """Returns the repr of the ends of a text or of bytes, and how much is between."""
    head, tail = text[:limit * 3 // 5], text[-limit // 5:]
    what = "characters" if isinstance(text, str) else "bytes"
    return f"{head!r} … [{len(text) - len(head) - len(tail)} of {len(text)} {what} left out] … {tail!r}"


def print_deque(obj, p, cycle):
    if has_own_repr(obj, collections.deque):
        return print_whole(obj, p)
    with p.group(len(type(obj).__name__) + 1, f"{type(obj).__name__}(", ")"):
        p.text("…") if cycle else print_items(p, obj, "[", "]")
        if obj.maxlen is not None:
            p.text(f", maxlen={obj.maxlen}")


def print_items(p, items, start, end):
    with p.group(1, start, end):
        for i, item in p._enumerate(items):
            if i:
                p.text(",")
                p.breakable()
            p.pretty(item)


def print_counter(obj, p, cycle):
    if has_own_repr(obj, collections.Counter):
        return print_whole(obj, p)
    name = type(obj).__name__
    if cycle or not obj:
        return p.text(f"{name}({'...' if cycle else ''})")
    many = p.max_seq_length and len(obj) > p.max_seq_length
    common = heapq.nlargest(SHOWN, obj.items(), key=operator.itemgetter(1)) if many else obj.most_common()
    with p.group(len(name) + 2, f"{name}({{", "})"):
        for i, (key, count) in enumerate(common):
            if i:
                p.text(",")
                p.breakable()
            p.pretty(key)
            p.text(": ")
            p.pretty(count)
        if many:
            p.text(f", … and {len(obj) - SHOWN} more")


def print_view(obj, p, cycle):
    with p.group(len(type(obj).__name__) + 1, f"{type(obj).__name__}(", ")"):
        p.text("...") if cycle else print_items(p, obj, "[", "]")


def print_array(obj, p, cycle):
    if obj.typecode in "uw" or not p.max_seq_length or len(obj) <= p.max_seq_length:
        return print_whole(obj, p)
    items = ", ".join(map(repr, obj[:SHOWN]))
    p.text(f"array({obj.typecode!r}, [{items}, … and {len(obj) - SHOWN} more])")

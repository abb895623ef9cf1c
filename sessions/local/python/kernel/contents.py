"""What the code has in its namespace, in a few words: types and sizes.

No code of the session runs for that: values are told apart by the very types that
numpy, pandas, polars and Python have, of which alone the size is asked. Anything else
is named by its type."""

from .pristine import __builtins__, quote

import collections
import sys
import types

MAX_LOOKED_AT = 2000  # names
MAX_NAMED = 8
MAX_NAME = 40  # characters

SIZED = (list, dict, set, tuple, frozenset, str, bytes, bytearray, range, collections.deque, collections.Counter, collections.defaultdict)
SCALARS = (int, float, complex, bool, type(None))
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType)
INDEXES = ("Index", "RangeIndex", "MultiIndex", "DatetimeIndex", "TimedeltaIndex", "PeriodIndex", "IntervalIndex", "CategoricalIndex")
TABLES, CONTAINERS, OBJECTS, PLAIN, CODE = range(5)  # what is named first

type_name = type.__dict__["__name__"].__get__
module_of_class = type.__dict__["__module__"].__get__
plain_attribute = object.__getattribute__


class Contents:
    """Describes a namespace. site are the folders of the installed packages, and
    is_own(name, value) tells what is not the code's."""

    def __init__(self, namespace, is_own, site):
        self.namespace = namespace
        self.is_own = is_own
        self.site = tuple(site)
        self.sizes = {}  # by the type of a table: what returns its shape
        self.indexes = {}  # by type: what returns its length
        if "numpy" in sys.modules:
            array = sys.modules["numpy"].ndarray
            self.sizes[array] = array.__dict__["shape"].__get__
        if "pandas" in sys.modules:
            self.learn_pandas(sys.modules["pandas"])
        self.polars = None

    def learn_pandas(self, pandas):
        self.indexes = {getattr(pandas, name): getattr(pandas, name).__len__ for name in INDEXES if hasattr(pandas, name)}
        self.sizes[pandas.DataFrame] = self.sizes[pandas.Series] = self.axes
        self.sizes.update((index, lambda value, size=size: (size(value),)) for index, size in self.indexes.items())

    def axes(self, value):
        """Returns the lengths of the axes of what pandas has: rows, then columns."""
        axes = plain_attribute(value, "_mgr").axes
        lengths = [self.indexes[type(axis)](axis) for axis in axes]
        return tuple(reversed(lengths))

    def learn_polars(self):
        """Learns the types of polars once code has imported it, if it is the installed one."""
        polars = sys.modules.get("polars")
        if polars is self.polars or type(polars) is not types.ModuleType:
            return
        self.polars = polars
        names = vars(polars)
        origin = getattr(names.get("__spec__"), "origin", None)
        if type(origin) is not str or not origin.startswith(self.site):
            return
        for name in ("DataFrame", "Series"):
            kind = names.get(name)
            if type(kind) is type and type(shape := kind.__dict__.get("shape")) is property:
                self.sizes[kind] = shape.fget

    def describe(self):
        """Returns the names as JSON: a few with type and sizes, and how many more there are."""
        self.learn_polars()
        found = []
        for name, value in list(self.namespace.items())[:MAX_LOOKED_AT]:
            if self.counts(name, value):
                found.append((self.rank(value), name, value))
        found.sort(key=lambda each: each[0])
        named = [self.entry(name, value) for rank, name, value in found[:MAX_NAMED] if rank < CODE and len(name) <= MAX_NAME]
        more = len(found) - len(named) + max(len(self.namespace) - MAX_LOOKED_AT, 0)
        return f'{{"named":[{",".join(named)}],"more":{more}}}'

    def counts(self, name, value):
        """Reports whether a name is one that the code has made: not a module, nor what it
        has imported from one."""
        if type(name) is not str or name.startswith("_") or type(value) is types.ModuleType or self.is_own(name, value):
            return False
        if not is_code(value):
            return True
        module = value.__module__ if type(value) in FUNCTIONS else module_of_class(value)
        return module is None or type(module) is str and module == "__main__"

    def rank(self, value):
        kind = type(value)
        if kind in self.sizes:
            return TABLES
        if kind in SCALARS:
            return PLAIN
        if kind in SIZED:
            return CONTAINERS
        return CODE if is_code(value) else OBJECTS

    def entry(self, name, value):
        kind = type(value)
        shape = ()
        try:
            if kind in self.sizes:
                shape = self.sizes[kind](value)
            elif kind in SIZED:
                shape = (len(value),)
        except Exception:
            pass  # its type has to do
        sizes = ",".join(str(n) for n in shape if type(n) is int)
        return f'[{quote(name)},{quote(type_name(kind)[:MAX_NAME])},[{sizes}]]'


def is_code(value):
    """Reports whether a value is a function or a class."""
    return type(value) in FUNCTIONS or issubclass(type(value), type)

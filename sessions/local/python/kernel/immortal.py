"""Makes the objects of a new interpreter immortal, which saves sessions memory and
time: each use of another object counts its references, which writes to it, and a page
that is written to is copied, at first and again in each process that code forks.

What a library keeps lives as long as the interpreter anyway. So the only difference
is what code can see of it: sys.getrefcount, and weak references to what it removes
from a library, which stay. Objects whose end matters by itself stay mortal.
"""

from .pristine import __builtins__, gc

import _io
import ctypes
import sys
import threading
import types
import weakref

# The count of an immortal object is 3 << 30, and the interpreter takes each from there
# on as immortal. Some more leave room for what takes references off without a look,
# as it had counted them before.
COUNT, MORE = 3 << 30, 1 << 28
MORTAL = (
    types.FrameType, types.TracebackType, types.CoroutineType, weakref.ref, _io._IOBase, memoryview,
    type(threading.Lock()), type(threading.RLock()),
)  # and whatever is an iterator, as generators are


def make_immortal():
    """Makes all objects immortal that the garbage collector knows, and what these refer
    to, unless it is not known how this interpreter marks immortal objects."""
    word = immortal_word()
    if word is None:
        return
    objects = gc.get_objects()
    found = []
    own = {id(objects), id(found)}
    mortal = {}  # by the type's identity: types may compare as they like
    at = ctypes.c_uint64.from_address
    while objects:
        found.append(objects.pop())
        while found:
            obj = found.pop()
            value, kind = at(id(obj)), id(type(obj))
            if kind not in mortal:
                mortal[kind] = is_mortal(type(obj))
            if mortal[kind] or value.value & COUNT == COUNT or id(obj) in own:
                continue
            value.value = (value.value | word) & ~0xFFFFFFFF | COUNT + MORE
            found.extend(referents(obj))


def immortal_word():
    """Returns the first word of an object that the interpreter itself made immortal:
    its count, and flags. None if there is none like that."""
    if not hasattr(sys, "_is_immortal"):
        return None
    name, = compile("name_of_an_immortal_string", "", "eval").co_names
    word = ctypes.c_uint64.from_address(id(name)).value
    return word if sys._is_immortal(name) and word & 0xFFFFFFFF == COUNT else None


def is_mortal(kind):
    return issubclass(kind, MORTAL) or any("__next__" in vars(base) for base in kind.__mro__)


def referents(obj):
    """Returns what an object refers to. The garbage collector does not know that of
    code, since it can be in no cycle."""
    if type(obj) is types.CodeType:
        return [obj.co_consts, obj.co_names, obj.co_filename, obj.co_name, obj.co_qualname, obj.co_linetable, obj.co_exceptiontable]
    return gc.get_referents(obj)

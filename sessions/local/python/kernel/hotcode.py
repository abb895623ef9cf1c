"""Moves the code of functions that sessions often run beside each other. To run code is
to write to it: the interpreter counts in it, and specializes its instructions."""

from .pristine import __builtins__, gc

import ctypes
import struct
import types

COUNT = 16  # bytes of an object before what running it changes: references and type


def list_hot_code(rehearse):
    """Calls rehearse in this child, and returns the addresses of the code that this
    runs, as bytes."""
    code = list_code()
    before = {address: content(code[address]) for address in code}
    rehearse()
    hot = [address for address in code if content(code[address]) != before[address]]
    return struct.pack(f"{len(hot)}Q", *hot)


def gather(hot):
    """Gives the functions with this code copies of it, which are made one after the
    other. The collector must know all functions."""
    hot = {address for address, in struct.iter_unpack("Q", hot)}
    copies = {}
    for function in list_functions():
        code = copy(function.__code__, hot, copies)
        if code is not function.__code__:
            function.__code__ = code


def copy(code, hot, copies):
    """Returns a copy of code that is hot, or has such code in it, or the code itself.
    Functions that had code in common have the copy in common."""
    if id(code) not in copies:
        consts = tuple(copy(c, hot, copies) if type(c) is types.CodeType else c for c in code.co_consts)
        same = id(code) not in hot and all(new is old for new, old in zip(consts, code.co_consts))
        copies[id(code)] = code, code if same else code.replace(co_consts=consts)  # with the code, so that it keeps its address
    return copies[id(code)][1]


def list_functions():
    return [obj for obj in gc.get_objects() if type(obj) is types.FunctionType]


def list_code():
    """Returns the code of all functions, and the code inside it, by address."""
    found = {}
    todo = [function.__code__ for function in list_functions()]
    while todo:
        code = todo.pop()
        if id(code) not in found:
            found[id(code)] = code
            todo += [c for c in code.co_consts if type(c) is types.CodeType]
    return found


def content(code):
    return ctypes.string_at(id(code) + COUNT, code.__sizeof__() - COUNT)

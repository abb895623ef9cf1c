"""Writes the index of modules, from which interpreters import them without a call of
the system: see moduleindex.py, which describes its form.

The arguments are the file to write and then, in the order of sys.path, folders with
the folders that they are in a sandbox. Prints how many modules it has.
"""

import importlib.util
import os
import struct
import sys
import zlib
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader

from _module_index import EXTENSION, HEADER, RECORD, SLOT, SOURCE, WORD

UNCHECKED = 1  # the flags of a compiled module whose source does not count
LONGEST = 1000  # bytes of a name or a path

LOADERS = [(ExtensionFileLoader, EXTENSION_SUFFIXES), (SourceFileLoader, [".py"])]


def names(folder):
    """Returns the names of the modules that a folder may have, and its subfolders."""
    modules, folders = set(), set()
    for entry in os.scandir(folder):
        name = entry.name.partition(".")[0]
        if not name.isidentifier():
            continue
        if entry.is_dir():
            folders.add(entry.name)
            modules.add(entry.name)
        elif entry.name.endswith((".py", *EXTENSION_SUFFIXES)):
            modules.add(name)
    return sorted(modules), sorted(folders)


def walk(folder, shown, package):
    """Yields name, kind, whether it is a package, path in a sandbox and compiled code
    of each module of a folder, as Python's own finder finds them."""
    finder = FileFinder(folder, *LOADERS)
    modules, folders = names(folder)
    for module in modules:
        full = package + module
        spec = finder.find_spec(full)
        if spec is None or spec.loader is None:
            continue
        path = shown + spec.origin[len(folder):]
        if isinstance(spec.loader, ExtensionFileLoader):
            yield full, EXTENSION, spec.submodule_search_locations is not None, path, b""
            continue
        code = compiled(spec.origin)
        if code is not None:
            yield full, SOURCE, spec.submodule_search_locations is not None, path, code
    for name in folders:
        if name.isidentifier():
            yield from walk(os.path.join(folder, name), f"{shown}/{name}", f"{package}{name}.")


def compiled(source):
    try:
        with open(importlib.util.cache_from_source(source), "rb") as file:
            data = file.read()
    except OSError:
        return None  # it cannot be compiled: an import says so
    if data[:4] != importlib.util.MAGIC_NUMBER or data[4:8] != struct.pack("<I", UNCHECKED):
        return None
    return data[16:]


def write(target, folders):
    found = {}
    for folder, shown in folders:
        for name, *module in walk(folder, shown, ""):
            if len(name) <= LONGEST and len(module[2].encode()) <= LONGEST:
                found.setdefault(name, module)
    slots = 1
    while slots < 2 * len(found):
        slots *= 2
    records, places = bytearray(), {}
    start = HEADER.size + slots * SLOT.size
    codes = start + sum(RECORD.size + len(name.encode()) + len(path.encode()) for name, (_, _, path, _) in found.items())
    for name, (kind, package, path, code) in found.items():
        text, origin = name.encode(), path.encode()
        places[name] = start + len(records)
        records += RECORD.pack(len(text), len(origin), kind, package, 0, len(code), codes) + text + origin
        codes += len(code)
    table = [0] * slots
    for name, place in places.items():
        slot = zlib.crc32(name.encode()) % slots
        while table[slot]:
            slot = (slot + 1) % slots
        table[slot] = place
    with open(target, "wb") as file:
        file.write(HEADER.pack(WORD, importlib.util.MAGIC_NUMBER, slots, codes))
        file.write(b"".join(map(SLOT.pack, table)))
        file.write(records)
        for _, _, _, code in found.values():
            file.write(code)
    return len(found)


if __name__ == "__main__":
    pairs = iter(sys.argv[2:])
    print(write(sys.argv[1], list(zip(pairs, pairs))))

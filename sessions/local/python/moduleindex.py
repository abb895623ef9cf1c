"""Imports modules from an index: no folder is looked into, no file is opened and
nothing is read for a module that is in it. Every interpreter in a sandbox does so, from
its start.

Importing a library takes some ten system calls for each of its modules, and system
calls are what costs in a sandbox. The index is one file that is mapped, made when the
interpreter was installed, and its folders cannot be changed. In it are

    the magic word, that of Python's compiled code, the number of slots (I), the size of the file (Q)
    the slots of a hash table: the places of records, by the CRC-32 of the name
    records: the lengths of name and path, kind, whether it is a package, nothing, length and place of the code
    compiled code, as in .pyc files without their first 16 bytes
"""

import builtins

__builtins__ = dict(vars(builtins))  # code may replace what they hold, and import something then

import marshal
import mmap
import struct
import sys
import zlib
from importlib.machinery import ExtensionFileLoader, ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import MAGIC_NUMBER

WORD = b"DSMINDEX"
HEADER = struct.Struct("<8s4sIQ")
SLOT = struct.Struct("<Q")
RECORD = struct.Struct("<HHBBHIQ")
SOURCE, EXTENSION = 0, 1


class Damaged(Exception):
    """Says why an index is not used."""


class ModuleIndex:
    """A finder of the modules in an index, where Python's own finder would find them:
    a module that code puts before them on sys.path, or on the path of a package, takes
    their place as ever.

    home and site are the folders of the interpreter and of the packages. Nobody can
    write to them: what they have is in the index, or nowhere."""

    def __init__(self, path, home, site):
        self.home, self.site = home + "/", site
        with open(path, "rb") as file:
            self.file = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ, trackfd=False))
        if len(self.file) < HEADER.size:
            raise Damaged("it is cut off")
        word, python, self.slots, size = HEADER.unpack_from(self.file)
        if word != WORD or python != MAGIC_NUMBER:
            raise Damaged("it is that of another Python")
        if size != len(self.file) or not self.slots or HEADER.size + self.slots * SLOT.size > size:
            raise Damaged("it is cut off")

    def install(self):
        """Takes a place right before Python's own finder."""
        sys.meta_path.insert(sys.meta_path.index(PathFinder), self)

    def look_up(self, name):
        """Returns kind, whether it is a package, path, length and place of the code of
        a module, or None."""
        text = name.encode("utf-8", "surrogatepass")
        slot = zlib.crc32(text) % self.slots
        while place := SLOT.unpack_from(self.file, HEADER.size + slot * SLOT.size)[0]:
            named, pathed, kind, package, _, length, code = RECORD.unpack_from(self.file, place)
            place += RECORD.size
            if named == len(text) and self.file[place:place + named] == text:
                path = str(self.file[place + named:place + named + pathed], "utf-8")
                return kind, bool(package), path, length, code
            slot = (slot + 1) % self.slots
        return None

    def find_spec(self, name, path=None, target=None):
        found = self.look_up(name)
        if found is None:
            return None
        kind, package, origin, length, place = found
        home = folder = origin.rpartition("/")[0]
        if package:
            home = folder.rpartition("/")[0]
        if not (self.is_first(home, name) if path is None else is_only(home, path)):
            return None
        if kind == EXTENSION:
            loader = ExtensionFileLoader(name, origin)
        else:
            loader = IndexedLoader(name, origin, self.file[place:place + length])
        spec = ModuleSpec(name, loader, origin=origin, is_package=package)
        spec._set_fileattr = True
        if package:
            spec.submodule_search_locations.append(folder)
        return spec

    def is_first(self, folder, name):
        """Reports whether a module is found in a folder of sys.path before any other."""
        for entry in sys.path:
            if entry == folder:
                return True
            if entry == self.site or isinstance(entry, str) and entry.startswith(self.home):
                continue
            if PathFinder.find_spec(name, [entry]) is not None:
                return False
        return False


def is_only(folder, path):
    """Reports whether the path of a package is a folder."""
    try:
        return len(path) == 1 and next(iter(path)) == folder
    except TypeError:
        return False


class IndexedLoader(SourceFileLoader):
    """Loads a module whose compiled code is at hand."""

    def __init__(self, name, path, code):
        super().__init__(name, path)
        self.code = code

    def get_code(self, name):
        if name == self.name:
            try:
                return marshal.loads(self.code)
            except (EOFError, ValueError, TypeError):
                pass  # it is damaged; there is the file
        return super().get_code(name)


def use_index(file, home, site):
    """Imports modules from an index from now on, if this is the interpreter whose folder
    is home. If the index cannot be used modules come from their files, and the reason
    is returned: the host has seen to it that the index is whole."""
    if sys.base_prefix != home:
        return "it is that of another interpreter"
    try:
        ModuleIndex(file, home, site).install()
    except (OSError, ValueError, struct.error, Damaged) as e:
        return str(e)
    return ""

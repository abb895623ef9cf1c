"""The packages that a session has installed for itself, in a folder of its data: they
are found before those of the interpreter, as soon as they are there."""

from .pristine import __builtins__, os

import site
import sys
from importlib.machinery import (BYTECODE_SUFFIXES, EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ExtensionFileLoader, FileFinder,
                                 PathFinder, SourceFileLoader, SourcelessFileLoader)

from .offline.pip.real import OWN_FOLDER, own_packages

LOADERS = (
    (ExtensionFileLoader, EXTENSION_SUFFIXES),
    (SourceFileLoader, SOURCE_SUFFIXES),
    (SourcelessFileLoader, BYTECODE_SUFFIXES),
)


def find_own_packages(options, installed):
    """Puts the session's own packages before those in the folders installed, here and
    in all programs that are started from here."""
    base = os.path.join(options.data, OWN_FOLDER)
    os.environ["PYTHONUSERBASE"] = base
    os.environ["PATH"] = os.path.join(base, "bin") + os.pathsep + os.environ.get("PATH", os.defpath)
    folder = own_packages(base)
    at = next((i for i, path in enumerate(sys.path) if path in installed or path in options.site), len(sys.path))
    sys.path.insert(at, folder)
    if options.site:
        os.environ.setdefault("PYTHONPATH", os.pathsep.join([folder, *options.site]))
    # Python remembers for good that a folder is not there, unless it has a finder.
    sys.path_importer_cache[folder] = FileFinder(folder, *LOADERS)
    sys.meta_path.append(PathFiles(folder))


class PathFiles:
    """The last finder: it reads the .pth files of the folder, which lead to packages in
    other places, when something was installed since it last did."""

    def __init__(self, folder):
        self.folder = folder
        self.read = None  # when the folder had been changed at that time

    def find_spec(self, name, path=None, target=None):
        if path is not None:
            return None
        try:
            changed = os.stat(self.folder).st_mtime_ns
        except OSError:
            return None
        if changed == self.read:
            return None
        self.read = changed
        before = len(sys.path)
        site.addsitedir(self.folder)
        return PathFinder.find_spec(name) if len(sys.path) > before else None

"""Locales that the system lacks: few systems have more than their own."""

from .pristine import __builtins__, os

import locale
import tarfile
import tempfile

ARCHIVE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "locales.tar.xz")
SHARED = "shared"  # the folder of the parts that all locales have in common
ENCODINGS = ("", "utf8")
set_locale = locale.setlocale
Error = locale.Error


def add_locales():
    """Makes locale.setlocale find the locales in ARCHIVE where the system has none
    of that name."""
    locales = Locales()

    def setlocale(category, locale=None):
        """Set the locale of a category, a name or (language code, encoding)."""
        try:
            return set_locale(category, locale)
        except Error:
            if not locales.unpack(locale):
                raise
            return set_locale(category, locale)

    locale.setlocale = setlocale


class Locales:
    """The locales that are unpacked, in a folder in which the C library looks."""

    def __init__(self):
        self.folder = ""
        self.tried = set()

    def unpack(self, name):
        """Unpacks the locales that a call of setlocale names. Returns False if there
        is nothing to unpack."""
        names = named_folders(name) - self.tried
        if not names:
            return False
        self.tried |= names
        try:
            self.folder = self.folder or tempfile.mkdtemp(prefix="locales-")
            # A file that the C library has mapped must not be written again.
            owners = names if os.path.isdir(os.path.join(self.folder, SHARED)) else names | {SHARED}
            with tarfile.open(ARCHIVE) as archive:
                wanted = [entry for entry in archive if entry.isfile() and owner(entry) in owners]
                archive.extractall(self.folder, wanted)
            found = [each for each in names if os.path.isdir(os.path.join(self.folder, each))]
            for each in found:
                self.complete(each)
        except (OSError, tarfile.TarError):
            return False
        os.environ["LOCPATH"] = self.rename()
        return bool(found)

    def rename(self):
        """Returns another path of the folder: the C library remembers in which folder
        it has not found a locale."""
        path = os.path.join(self.folder, f".{len(self.tried)}")
        if not os.path.lexists(path):
            os.symlink(".", path)
        return path

    def complete(self, name):
        """Adds what is shared to a locale, and its name without an encoding."""
        for part in os.listdir(os.path.join(self.folder, SHARED)):
            os.symlink(os.path.join("..", SHARED, part), os.path.join(self.folder, name, part))
        os.symlink(name, os.path.join(self.folder, name.partition(".")[0]))


def owner(entry):
    return os.path.normpath(entry.name).partition(os.sep)[0]


def named_folders(name):
    """Returns the folders of the locales that a call of setlocale names: of those in
    the environment if the name is empty."""
    if isinstance(name, (tuple, list)):
        name = ".".join(str(part) for part in name if part)
    if name == "":
        names = [value for key, value in os.environ.items() if key == "LANG" or key.startswith("LC_")]
    else:
        names = [part.rpartition("=")[2] for part in str(name).split(";")]
    return {folder_of(each) for each in names} - {""}


def folder_of(name):
    """Returns the folder of a locale: de_DE.utf8 of de_DE.UTF-8, de_DE and german."""
    language, _, encoding = name.partition("@")[0].partition(".")
    if encoding.lower().replace("-", "") not in ENCODINGS:
        return ""
    if "_" not in language:
        language = locale.normalize(language).partition(".")[0]
    return f"{language}.utf8" if language.replace("_", "").isalpha() and "_" in language else ""

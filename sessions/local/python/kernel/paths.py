"""Where a file that is missing may be: other spellings of its name, and other folders."""

from .pristine import __builtins__, os, time

import errno
import re
import unicodedata

USER = "/mnt/user"  # where the folders of the person are, if the session has them
MAX_ENTRIES = 5000  # names that are looked at
MAX_TIME = 0.2  # seconds
MAX_NAMES = 5  # names in a hint
SIMILAR = 0.7
QUOTED = re.compile(r"""['"]([^'"\n]{1,500})['"]""").findall
BARE = re.compile(r"(?:^|[\s:(])((?:[\w~.-]*[/\\])*[\w.-]+\.\w{1,8})(?=$|[\s,;:)])").findall
SAYS_MISSING = re.compile(r"No such file|not found|No files found|does not exist|cannot find|unable to open", re.I).search


def explain_path(error, options):
    """Returns a line on a file that is missing or may not be written, or ""."""
    if isinstance(error, PermissionError) or isinstance(error, OSError) and error.errno == errno.EROFS:
        return explain_denied(error, options)
    if not is_missing(error):
        return ""
    path = path_of(error)
    if not path or os.path.lexists(path) or "://" in path or len(path) > 1000:
        return ""
    search = Search(path, options.data)
    return search.explain()


def explain_denied(error, options):
    """Returns a line on a file that may not be read, or not be written. Who runs the
    server decides whether that is denied or the file system is read-only."""
    path = path_of(error)
    if not path or len(path) > 1000:
        return ""
    exists = os.path.lexists(path)
    if exists and not os.access(path, os.R_OK):
        hidden = path.startswith(USER + "/") and any(part.startswith(".") for part in path.split("/"))
        return f"{path!r} is closed to code, as hidden files of the user are." if hidden else ""
    if os.path.abspath(path).startswith(options.data + os.sep):
        return ""  # the code has closed it itself
    if os.access(path if exists else os.path.dirname(os.path.abspath(path)), os.W_OK):
        return ""
    return f"{path!r} can only be read. Write below {options.data}."


def is_missing(error):
    """Reports whether an error says that a file is not there. Libraries have types
    of their own for it, and IPython's %run has none."""
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return True
    kind, text = type(error), str(error)[:2000]
    if kind is Exception:
        return text.startswith("File `")
    return kind.__module__.partition(".")[0] not in ("builtins", "__main__") and bool(SAYS_MISSING(text))


def path_of(error):
    """Returns the path that an error is about, or ""."""
    name = getattr(error, "filename", None)
    if isinstance(name, bytes):
        name = os.fsdecode(name)
    if isinstance(name, os.PathLike):
        name = os.fspath(name)
    if isinstance(name, str):
        return name
    text = str(error)[:2000]
    found = [*QUOTED(text), *BARE(text)]
    return next((each for each in found if "/" in each or "." in each), "")


class Search:
    """Looks for a path that does not exist: in its folder, in the session's folder
    and in those of the person, for a bounded time."""

    def __init__(self, path, data):
        self.path = path
        self.data = data
        self.until = time.monotonic() + MAX_TIME
        self.left = MAX_ENTRIES
        self.parts = [part for part in re.split(r"[\\/]+", path) if part not in ("", ".", "~")]
        self.name = self.parts[-1] if self.parts else ""
        self.parent = os.path.dirname(os.path.abspath(os.path.expanduser(path)))

    def explain(self):
        if not self.name:
            return ""
        for find in (self.same_elsewhere, self.other_spelling, self.anywhere_below, self.similar):
            found = find()
            if found:
                return f"Do you mean {' or '.join(map(spell, found[:3]))}?"
        return self.tell_folder()

    def roots(self):
        """Returns the folders in which files are, the nearest first."""
        return [folder for folder in dict.fromkeys((self.parent, os.getcwd(), *self.homes())) if os.path.isdir(folder)]

    def homes(self):
        """Returns the session's folder and those of the person."""
        return [self.data, *(os.path.join(USER, name) for name in sorted(self.list(USER)))]

    def list(self, folder):
        """Returns the names in a folder, as many as are left to look at."""
        try:
            with os.scandir(folder) as entries:
                names = []
                for entry in entries:
                    if self.left <= 0 or time.monotonic() > self.until:
                        break
                    self.left -= 1
                    if not entry.name.startswith("."):
                        names.append(entry.name)
                return names
        except OSError:
            return []

    def same_elsewhere(self):
        """Finds the end of the path below other folders: a path of the person's own
        computer is one below USER."""
        found = []
        for i in range(len(self.parts)):
            tail = os.path.join(*self.parts[i:])
            for root in (USER, *self.roots()):
                path = os.path.join(root, tail)
                if path not in found and os.path.exists(path):
                    found.append(path)
            if found:
                break
        return found

    def other_spelling(self):
        """Finds names that differ in case, blanks or the form of Unicode."""
        wanted = fold(self.name)
        return [os.path.join(root, name) for root in self.roots() for name in self.list(root) if fold(name) == wanted]

    def anywhere_below(self):
        """Finds the name in folders below."""
        wanted, found = fold(self.name), []
        folders = self.homes()
        while folders and self.left > 0 and time.monotonic() < self.until and len(found) < 3:
            folder = folders.pop(0)
            for name in self.list(folder):
                path = os.path.join(folder, name)
                if fold(name) == wanted:
                    found.append(path)
                elif "." not in name and os.path.isdir(path) and not os.path.islink(path):
                    folders.append(path)
        return found

    def similar(self):
        """Finds names that are written almost alike."""
        import difflib
        found = {}
        for root in self.roots():
            for name in self.list(root):
                found.setdefault(fold(name), os.path.join(root, name))
        return [found[name] for name in difflib.get_close_matches(fold(self.name), found, 3, SIMILAR)]

    def tell_folder(self):
        """Says what is there instead."""
        if os.path.isdir(self.parent):
            return self.tell_names(self.parent)
        make = "; os.makedirs makes it" if self.parent.startswith(self.data + os.sep) else ""
        return f"There is no folder {spell(self.parent)}{make}. {self.tell_names(self.data)}"

    def tell_names(self, folder):
        names = sorted(self.list(folder), key=natural)
        if folder == self.data and "out" in names and not self.list(os.path.join(folder, "out")):
            names.remove("out")  # every session has it
        if not names:
            return f"{spell(folder)} is empty."
        more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
        return f"{spell(folder)} has {', '.join(map(spell, names[:MAX_NAMES]))}{more}."


def fold(name):
    """Returns what is the same of names that are easily taken for each other."""
    return re.sub(r"[\s_-]+", "_", unicodedata.normalize("NFKC", name).casefold())


def spell(path):
    """Returns a path as a literal to copy: with escapes where code would write the
    same letters in another form."""
    return repr(path) if unicodedata.is_normalized("NFC", path) else ascii(path)


def natural(name):
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"([0-9]{1,18})", name.casefold())]

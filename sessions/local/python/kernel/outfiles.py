"""The files that the kernel writes for the person: pages and pictures, in the folder out."""

from .pristine import __builtins__, os

import hashlib
import unicodedata

FOLDER = "out"
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
SLICE = 4 << 20  # characters that are encoded at a time
MAX_FILES = 24  # of one execution
MAX_SIZE = 256 << 20  # characters of one file
MAX_NAME = 60  # characters
MAX_NUMBER = 10_000  # of names that begin alike
REMEMBERED = 256  # files whose content is known


class NotSaved(Exception):
    """Says why something was not written, within a sentence."""


class OutFiles:
    """Writes files below the session's folder, each content once. Nothing is ever
    replaced."""

    def __init__(self, data):
        self.folder = os.path.join(data, FOLDER)
        self.paths = {}  # by the sum of the content
        self.count = 0  # of this execution

    def forget_count(self):
        """Begins an execution."""
        self.count = 0

    def find(self, content):
        """Returns the path of what was written with content, which is its text or
        something else that identifies it, or None."""
        path = self.paths.get(digest(content))
        return path if path and os.path.exists(path) else None

    def save(self, title, kind, extension, data, content=None):
        """Writes data, a text or bytes, to a file with a name from its title, or else
        from its kind, and returns the path. A file with the same content is not
        written again. Raises NotSaved."""
        content = data if content is None else content
        path = self.find(content)
        if path:
            return path
        if len(data) > MAX_SIZE:
            raise NotSaved(f"it has {len(data) >> 20} MB, more than {MAX_SIZE >> 20}")
        if self.count >= MAX_FILES:
            raise NotSaved(f"a run writes at most {MAX_FILES} such files; save it with code")
        try:
            fd, path = self.create(slug(title) or kind, extension)
            write(fd, path, data)
        except OSError as e:
            raise NotSaved(f"it could not be written: {e.strerror}") from None
        self.count += 1
        while len(self.paths) >= REMEMBERED:
            del self.paths[next(iter(self.paths))]
        self.paths[digest(content)] = path
        return path

    def create(self, stem, extension):
        """Makes a new file. Returns its descriptor and path."""
        os.makedirs(self.folder, exist_ok=True)
        number = 1
        while True:
            name = f"{stem}.{extension}" if number == 1 else f"{stem}-{number}.{extension}"
            path = os.path.join(self.folder, name)
            try:
                return os.open(path, NEW, 0o644), path
            except FileExistsError:
                number += 1
                if number > MAX_NUMBER:
                    raise


def write(fd, path, data):
    """Writes data to a new file and closes it. One that cannot be written whole is
    removed."""
    try:
        try:
            for i in range(0, len(data), SLICE):
                piece = data[i:i + SLICE]
                view = memoryview(piece.encode("utf-8", "replace") if isinstance(piece, str) else piece)
                while view:
                    view = view[os.write(fd, view):]
        finally:
            os.close(fd)
    except BaseException:
        os.unlink(path)
        raise


def digest(content):
    sum = hashlib.sha256()
    for i in range(0, len(content), SLICE):
        piece = content[i:i + SLICE]
        sum.update(piece.encode("utf-8", "surrogatepass") if isinstance(piece, str) else piece)
    return sum.digest()


def slug(title):
    """Returns a title as the name of a file, or "" if nothing is left of it."""
    text = unicodedata.normalize("NFC", title[:4 * MAX_NAME]).lower()
    words = "".join(c if c.isalnum() or c == "_" else " " for c in text).split()
    return "-".join(words)[:MAX_NAME].strip("-")

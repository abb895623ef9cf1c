"""Files of the user's folders that code has open, while the session sleeps.

A session that wakes finds its open files again by their paths. The user's folders
change meanwhile, and may not be there at all: then nothing would wake. So the
session lets go of their files before it falls asleep, and opens them again before
code runs. A file that is gone is lost, and the next execution says so; reading from
it fails. Everything else of the session is as it was.
"""

from .pristine import __builtins__, fcntl, os

import errno
import stat
import sys

FOLDER = "/mnt/user"
SHARED, PRIVATE, FIXED, ANONYMOUS = 1, 2, 0x10, 0x20  # of mmap(2)
READ, WRITE, NONE = 1, 2, 0  # how memory may be used


class UserFiles:
    """The user's files that the process has open, or had when it fell asleep."""

    def __init__(self):
        self.map = memory_mapper()
        self.files = []
        self.mappings = []
        self.directory = None
        self.lost = set()
        self.released = False

    def release(self):
        """Lets go of the files, until take_back."""
        self.released = True
        for step in self.release_directory, self.release_mappings, self.release_files:
            try:
                step()
            except Exception:
                pass  # what stays open is found again if it is there

    def release_directory(self):
        directory = os.getcwd()
        if below(directory):
            os.chdir("/")
            self.directory = directory

    def release_files(self):
        # What is written only cannot be read: reading fails until the file is back.
        stand_in = os.open("/dev/null", os.O_WRONLY | os.O_CLOEXEC)
        try:
            for name in os.listdir("/proc/self/fd"):
                self.release_file(int(name), stand_in)
        finally:
            os.close(stand_in)

    def release_file(self, fd, stand_in):
        try:
            path = os.readlink(f"/proc/self/fd/{fd}")
            if not below(path):
                return
            kind = kind_of(fd)
            flags = fcntl.fcntl(fd, fcntl.F_GETFL)
            inherited = os.get_inheritable(fd)
            position = os.lseek(fd, 0, os.SEEK_CUR) if kind == stat.S_IFREG else None
        except OSError:
            return  # it was closed meanwhile
        self.files.append((fd, path, kind, flags, inherited, position))
        os.dup2(stand_in, fd, inherited)

    def release_mappings(self):
        if self.map is None:
            return
        for start, end, rights, offset, path in list_mappings():
            if below(path) and rights != "rw-p":  # what was written there is in no file
                self.mappings.append((start, end, rights, offset, path))
                self.map(start, end - start, NONE, PRIVATE | ANONYMOUS | FIXED, -1, 0)

    def take_back(self):
        """Opens the files again."""
        if not self.released:
            return
        self.released = False
        files, mappings, directory = self.files, self.mappings, self.directory
        self.files, self.mappings, self.directory = [], [], None
        for file in files:
            self.attempt(file[1], self.reopen, *file)
        for mapping in mappings:
            self.attempt(mapping[4], self.map_again, *mapping)
        if directory is not None:
            self.attempt(directory, os.chdir, directory)

    def attempt(self, path, function, *arguments):
        try:
            function(*arguments)
        except Exception:
            self.lost.add(path.removesuffix(" (deleted)"))

    def reopen(self, fd, path, kind, flags, inherited, position):
        new = os.open(path, (flags & ~(os.O_CREAT | os.O_EXCL | os.O_TRUNC)) | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            if kind_of(new) != kind:
                raise OSError(errno.ESTALE, "it is something else now")
            fcntl.fcntl(new, fcntl.F_SETFL, flags)
            if position is not None:
                os.lseek(new, position, os.SEEK_SET)
            os.dup2(new, fd, inherited)
        finally:
            os.close(new)

    def map_again(self, start, end, rights, offset, path):
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            if os.fstat(fd).st_size < offset + 1:
                raise OSError(errno.ENODATA, "it is shorter now")
            access = (READ if "r" in rights else NONE) | (WRITE if "w" in rights else NONE)
            sharing = SHARED if rights.endswith("s") else PRIVATE
            self.map(start, end - start, access, sharing | FIXED, fd, offset)
        finally:
            os.close(fd)

    def report_lost(self):
        """Says, in the output of the execution that begins, which files are lost."""
        lost, self.lost = sorted(self.lost), set()
        if lost:
            names = ", ".join(lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
            print(f"{names}: open when the session fell asleep, and gone or changed since. "
                  "Reading it through what was open fails; open it again. Variables are as they were.", file=sys.stderr)


def below(path):
    return path == FOLDER or path.startswith(FOLDER + "/")


def kind_of(fd):
    """Returns whether a file is a regular one, a folder or something else."""
    return stat.S_IFMT(os.fstat(fd).st_mode)


def list_mappings():
    """Yields the start, end, rights, offset and path of the mapped files."""
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        lines = maps.readlines()
    for line in lines:
        words = line.rstrip("\n").split(None, 5)
        if len(words) == 6 and words[5].startswith("/"):
            start, _, end = words[0].partition("-")
            yield int(start, 16), int(end, 16), words[1], int(words[2], 16), words[5]


def memory_mapper():
    """Returns mmap(2), which takes numbers and raises OSError, or None."""
    try:
        import ctypes
        library = ctypes.CDLL(None, use_errno=True)
        function = library.mmap
        function.restype = ctypes.c_void_p
        function.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long
        failed, last_error = ctypes.c_void_p(-1).value, ctypes.get_errno
    except Exception:  # another C library
        return None

    def map_memory(*arguments):
        if function(*arguments) == failed:
            raise OSError(last_error(), "mmap failed")
    return map_memory

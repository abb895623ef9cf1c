"""Files that code has open for writing: when its cell ends, what it wrote is on the disk."""

from .pristine import __builtins__, fcntl, gc, os, time

import io
import stat

WRITERS = (io.BufferedWriter, io.BufferedRandom)
FEW = 200_000  # objects that are looked through in some milliseconds
SHARE = 50  # of the time since the last look at more of them, one in so many may be spent on looking
QUIET = 0.2  # seconds without a request after which nobody waits for a look


class OpenFiles:
    """Flushes files that cells leave open, so that whoever looks at them between
    cells finds what was written.

    Files that variables name are found at once. Others are looked for among all
    objects. That takes long if there are many: then it is done only if a file is
    open that no variable names, and if it takes little of the time; else as soon as
    there is nothing to do. Only Python's own classes are flushed, and only into
    regular files: nothing here runs code of the session, nor waits for a reader.
    """

    def __init__(self):
        self.objects = 0  # that were looked at
        self.looked = 0.0  # when these were many
        self.took = 0.0
        self.due = False

    def flush(self, variables):
        """Is called when a cell has ended, before its answer."""
        attempt(self.look, variables)

    def look(self, variables):
        named = writers([*variables.values()])
        for file in named:
            flush(file)
        if self.objects > FEW:
            self.due = others_open(named)
            if not self.due or time.perf_counter() - self.looked < SHARE * self.took:
                return
        self.look_at_all()

    def look_at_all(self):
        self.due = False
        began = time.perf_counter()
        objects = gc.get_objects()
        self.objects = len(objects)
        for file in writers(objects):
            flush(file)
        self.looked = time.perf_counter()
        self.took = self.looked - began

    def catch_up(self, wire):
        """Makes up for a look that was too soon, unless a request comes first."""
        if self.due and not wire.has_input(QUIET):
            attempt(self.look_at_all)


def attempt(look, *arguments):
    try:
        look(*arguments)
    except Exception:
        pass  # a thread of the code changes what is looked at, or there is no memory


def others_open(named):
    """Reports whether the process can write to a regular file other than those."""
    known = {fileno(file) for file in named}
    return any(fd not in known and writes_to_file(fd) for fd in map(int, os.listdir("/proc/self/fd")))


def fileno(file):
    try:
        return file.fileno()
    except Exception:
        return -1  # it is closed or detached


def writes_to_file(fd):
    try:
        return stat.S_ISREG(os.fstat(fd).st_mode) and bool(fcntl.fcntl(fd, fcntl.F_GETFL) & (os.O_WRONLY | os.O_RDWR))
    except OSError:
        return False  # the list itself was open


def writers(objects):
    """Returns those of the objects that write to a file through a buffer. Text comes
    first: it goes through the others."""
    texts = [o for o in objects if type(o) is io.TextIOWrapper]
    return texts + [o for o in objects if type(o) in WRITERS]


def flush(file):
    try:
        buffer = file.buffer if type(file) is io.TextIOWrapper else file
        if file.closed or type(buffer) not in WRITERS or type(buffer.raw) is not io.FileIO:
            return
        if stat.S_ISREG(os.fstat(buffer.fileno()).st_mode):
            file.flush()
    except Exception:
        pass  # it is detached, or the disk is full: its own close says so

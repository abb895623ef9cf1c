"""Files that code has open for writing: when its cell ends, what it wrote is on the disk."""

from .pristine import __builtins__, gc, os, time

import io
import stat

WRITERS = (io.BufferedWriter, io.BufferedRandom)
SHARE = 50  # of the time since the last look, one in so many may be spent on looking


class OpenFiles:
    """Flushes files that cells leave open, so that whoever looks at them between
    cells finds what was written.

    Files that variables name are found at once. Others are looked for among all
    objects, which takes long if there are many: it is done as often as it takes
    little of the time. Only Python's own classes are flushed, and only into regular
    files: nothing here runs code of the session, nor waits for a reader.
    """

    def __init__(self):
        self.looked = 0.0  # when all objects were looked at
        self.took = 0.0

    def flush(self, variables):
        try:
            self.look(variables)
        except Exception:
            pass  # a thread of the code changes what is looked at

    def look(self, variables):
        for file in writers([*variables.values()]):
            flush(file)
        began = time.perf_counter()
        if began - self.looked < SHARE * self.took:
            return
        for file in writers(gc.get_objects()):
            flush(file)
        self.looked = time.perf_counter()
        self.took = self.looked - began


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

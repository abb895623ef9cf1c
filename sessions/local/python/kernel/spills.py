"""The files that hold all of a stream that was too long to be sent."""

from .pristine import __builtins__, os

import re
import stat

FOLDER = "output"
NAME = re.compile(r"(stdout|stderr)-([0-9]{1,9})\.txt").fullmatch


class Spills:
    """The files together, which take no more than limit bytes of the session's
    folder: the oldest make room for the one that grows. Whoever calls holds
    the watcher's lock."""

    def __init__(self, folder, limit):
        self.folder = folder
        self.limit = limit
        self.used = limit + 1  # at least what the files take; too much until they are looked at
        self.growing = {}  # bytes by path below folder
        self.aside = []  # files that had to be made outside FOLDER
        self.numbers = {}  # the last one by stream

    def create(self, stream):
        """Returns a descriptor and the path below the session's folder. Raises
        OSError if there is no place for a file."""
        for sub in (FOLDER, ""):
            try:
                os.makedirs(os.path.join(self.folder, sub), exist_ok=True)
                path = os.path.join(sub, self.name(stream))
                fd = os.open(os.path.join(self.folder, path),
                             os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
            except OSError:
                if not sub:
                    raise
                continue
            self.growing[path] = 0
            self.used = self.limit + 1
            if not sub:
                self.aside.append(path)
            return fd, path

    def name(self, stream):
        """Numbers are not used again: an earlier answer may have named the file."""
        taken = [int(match[2]) for entry in self.entries() if (match := NAME(entry)) and match[1] == stream]
        number = max([self.numbers.get(stream, 0), *taken]) + 1
        while os.path.lexists(os.path.join(self.folder, f"{stream}-{number}.txt")):
            number += 1
        self.numbers[stream] = number
        return f"{stream}-{number}.txt"

    def entries(self):
        try:
            return os.listdir(os.path.join(self.folder, FOLDER))
        except OSError:
            return []

    def make_room(self, path, size):
        """Lets a file grow by size bytes. Returns False if it may not."""
        if sum(self.growing.values()) + size > self.limit:
            return False
        if self.used + size > self.limit:
            finished = sorted(self.finished())
            self.used = sum(self.growing.values()) + sum(old for _, _, old in finished)
            for _, name, old in finished:
                if self.used + size <= self.limit:
                    break
                self.remove(name)
                self.used -= old
        self.growing[path] += size
        self.used += size
        return True

    def finished(self):
        """Yields age, path and size of what may be removed."""
        for path in [*(os.path.join(FOLDER, name) for name in self.entries() if NAME(name)), *self.aside]:
            if path in self.growing:
                continue
            try:
                info = os.lstat(os.path.join(self.folder, path))
            except OSError:
                continue
            if stat.S_ISREG(info.st_mode):
                yield info.st_mtime_ns, path, info.st_size

    def end(self, path):
        """Notes that a file has all it gets."""
        self.growing.pop(path, None)

    def remove(self, path):
        self.growing.pop(path, None)
        if path in self.aside:
            self.aside.remove(path)
        try:
            os.unlink(os.path.join(self.folder, path))
        except OSError:
            pass  # code has removed it, or the folder

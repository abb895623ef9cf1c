"""The files that hold texts which were too long to be sent, or to be shown."""

from .pristine import __builtins__, os

import re
import stat

FOLDER = ".output"
# The host stores texts in the folder too, by names of the same form.
NAME = re.compile(r"([a-z0-9-]{1,40})-([0-9a-f]{1,9})\.txt").fullmatch
MAX_FILES = 100
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


class Spills:
    """All spill files of the session, which together hold at most limit bytes:
    the oldest are removed to make room for the one that grows. hide moves a
    descriptor to a private number. Callers hold the watcher's lock."""

    def __init__(self, folder, limit, hide):
        self.folder = folder
        self.limit = limit
        self.hide = hide
        self.used = limit + 1  # no less than the files hold; too much until they are counted
        self.trimmed = None  # when the folder last changed, at the time of trim
        self.growing = {}  # bytes by path below folder
        self.aside = []  # paths of files that had to be made outside FOLDER
        self.numbers = {}  # the last one by stream

    def create(self, stream):
        """Makes a file for a stream and returns its descriptor, which is private,
        and its path below the session's folder. Raises OSError if it cannot."""
        try:
            return self.create_in(FOLDER, stream)
        except OSError:
            fd, path = self.create_in("", stream)
            self.aside.append(path)
            return fd, path

    def create_in(self, subfolder, stream):
        try:
            os.mkdir(self.below(subfolder))
        except FileExistsError:
            pass
        name = self.next_name(stream)
        path = f"{subfolder}/{name}" if subfolder else "." + name
        fd = self.hide(os.open(self.below(path), NEW, 0o644), close=True)
        self.growing[path] = 0
        self.used = self.limit + 1
        return fd, path

    def next_name(self, stream):
        """Returns a name whose number was never used: an earlier answer may have
        named that file."""
        taken = [int(match[2]) for entry in self.list_folder()
                 if (match := NAME(entry)) and match[1] == stream and match[2].isdecimal()]
        number = max([self.numbers.get(stream, 0), *taken]) + 1
        while self.exists(f".{stream}-{number}.txt"):
            number += 1
        self.numbers[stream] = number
        return f"{stream}-{number}.txt"

    def below(self, path):
        """Returns the whole of a path. Functions of os.path fail once code has broken
        the builtins."""
        return f"{self.folder}/{path}"

    def exists(self, path):
        try:
            os.lstat(self.below(path))
            return True
        except OSError:
            return False

    def list_folder(self):
        try:
            return os.listdir(self.below(FOLDER))
        except OSError:
            return []

    def make_room(self, path, size):
        """Allows a file to grow by size bytes, and removes older ones for that.
        Returns False if it would be too large even so."""
        if sum(self.growing.values()) + size > self.limit:
            return False
        if self.used + size > self.limit:
            self.remove_oldest(size)
        self.growing[path] += size
        self.used += size
        return True

    def remove_oldest(self, size):
        """Removes finished files, the oldest first, until there are size bytes
        of room, and counts what is left."""
        finished = sorted(self.list_finished())
        self.used = sum(self.growing.values()) + sum(old for _, _, old in finished)
        for _, path, old in finished:
            if self.used + size <= self.limit:
                break
            self.remove(path)
            self.used -= old

    def trim(self):
        """Removes the oldest files if the host, or code, has added some and there
        are too many. Called between executions."""
        try:
            changed = os.stat(self.below(FOLDER)).st_mtime_ns
        except OSError:
            return  # there is none
        if changed == self.trimmed:
            return
        for _, path, _ in sorted(self.list_finished())[:-MAX_FILES]:
            self.remove(path)
        self.remove_oldest(0)
        self.trimmed = changed

    def list_finished(self):
        """Yields time, path and size of the files that do not grow."""
        for path in [*(f"{FOLDER}/{name}" for name in self.list_folder() if NAME(name)), *self.aside]:
            if path in self.growing:
                continue
            try:
                info = os.lstat(self.below(path))
            except OSError:
                continue
            if stat.S_ISREG(info.st_mode):
                yield info.st_mtime_ns, path, info.st_size

    def finish(self, path):
        """Notes that a file is complete."""
        self.growing.pop(path, None)

    def remove(self, path):
        self.growing.pop(path, None)
        if path in self.aside:
            self.aside.remove(path)
        try:
            os.unlink(self.below(path))
        except OSError:
            pass  # the code has removed it, or the folder

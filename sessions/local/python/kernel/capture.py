"""What was written to a stream: how much of it is sent, and the file that takes
all of it when that is too much."""

from .pristine import __builtins__, os, quote

import errno

TAIL = 16 << 10  # of a stream that was cut


class Capture:
    """What was written to one stream during one execution.

    Up to limit bytes are passed on. When there are more than that and a tail,
    all of it is written to a file, for as long as the disk has room.
    """

    def __init__(self, name, kernel):
        self.name = name
        self.kernel = kernel
        self.total = 0
        self.head = []  # kept until there is a file, which begins with them
        self.over = b""  # what follows head, at most the last TAIL bytes
        self.file = -1
        self.path = ""
        self.spilling = True

    def feed(self, data):
        """Returns the part of data that is to be sent."""
        limit = self.kernel.options.max_output
        room = limit - self.total
        self.total += len(data)
        if room >= len(data):
            self.head.append(data)
            return data
        sent = b""
        if room > 0:
            sent, data = data[:room], data[room:]
            self.head.append(sent)
        if self.file < 0 and self.spilling and self.total > limit + TAIL:
            self.open()
        if self.file >= 0:
            self.spill(data)
        self.over = data[-TAIL:] if len(data) >= TAIL else (self.over + data)[-TAIL:]
        return sent

    def open(self):
        folder = self.kernel.options.data
        for sub in ("output", ""):
            try:
                os.makedirs(os.path.join(folder, sub), exist_ok=True)
                for n in range(1, 100000):
                    path = os.path.join(sub, f"{self.name}-{n}.txt")
                    try:
                        self.file = self.kernel.wire.private(
                            os.open(os.path.join(folder, path), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644),
                            close=True)
                        break
                    except FileExistsError:
                        continue
            except Exception:
                continue
            if self.file >= 0:
                self.path = path
                break
        else:
            self.spilling = False
        if self.file >= 0:
            self.spill(b"".join(self.head) + self.over)
        self.head = []

    def spill(self, data):
        try:
            if self.total > self.kernel.options.max_spill:
                raise OSError(errno.EFBIG, "too much output")
            view = memoryview(data)
            while view:
                view = view[os.write(self.file, view):]
        except OSError:
            self.drop()

    def drop(self):
        """Gives up the file: half of it would only take the room away."""
        os.close(self.file)
        self.file, self.spilling = -1, False
        try:
            os.unlink(os.path.join(self.kernel.options.data, self.path))
        except OSError:
            pass
        self.path = ""

    def finish(self):
        if self.file >= 0:
            os.close(self.file)
            self.file = -1
        return f'[{self.total},{quote(self.path)}]'

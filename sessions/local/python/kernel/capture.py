"""What was written to a stream: how much of it is sent, and the file that takes
all of it when that is too much."""

from .pristine import __builtins__, os, quote

import errno

MAX_TAIL = 16 << 10  # of a stream that was cut


class Capture:
    """What was written to one stream during one execution.

    Up to limit bytes are passed on. When there are more than that and a tail,
    all of it is written to a file, for as long as the disk has room.
    """

    def __init__(self, name, kernel):
        self.name = name
        self.kernel = kernel
        self.limit = kernel.options.max_output
        self.max_over = min(MAX_TAIL, self.limit // 4)
        self.total = 0
        self.head = []  # kept until there is a file, which begins with them
        self.over = b""  # what follows head, at most the last max_over bytes
        self.file = -1
        self.path = ""
        self.spilling = True

    def feed(self, data):
        """Returns the part of data that is to be sent."""
        room = self.limit - self.total
        self.total += len(data)
        if room >= len(data):
            self.head.append(data)
            return data
        sent = b""
        if room > 0:
            sent, data = data[:room], data[room:]
            self.head.append(sent)
        if self.file < 0 and self.spilling and self.total > self.limit + self.max_over:
            self.open()
        if self.file >= 0:
            self.spill(data)
        end = data if len(data) >= self.max_over else self.over + data
        self.over = end[max(0, len(end) - self.max_over):]
        return sent

    def open(self):
        try:
            fd, self.path = self.kernel.spills.create(self.name)
            self.file = self.kernel.wire.private(fd, close=True)
        except OSError:
            self.spilling = False
        else:
            self.spill(b"".join(self.head) + self.over)
        self.head = []

    def spill(self, data):
        try:
            if not self.kernel.spills.make_room(self.path, len(data)):
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
        self.kernel.spills.remove(self.path)
        self.path = ""

    def finish(self):
        if self.file >= 0:
            os.close(self.file)
            self.file = -1
            self.kernel.spills.end(self.path)
        return f'[{self.total},{quote(self.path)}]'

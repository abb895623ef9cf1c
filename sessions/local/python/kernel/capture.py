"""How much of a stream is sent, and the file that holds all of it if that is too much."""

from .pristine import __builtins__, os, quote

import errno

MAX_TAIL = 16 << 10  # bytes of the end of a stream that was cut


class Capture:
    """What was written to one stream during one execution.

    The first limit bytes are sent as they come, and the end of what follows
    when the execution is over. If that leaves anything out, all of the stream
    is written to a spill file, for as long as there is room for it.
    """

    def __init__(self, name, limit, spills):
        self.name = name
        self.limit = limit
        self.spills = spills
        self.max_tail = min(MAX_TAIL, limit // 4)
        self.total = 0
        self.lines = 0  # line ends
        self.head = []  # what a spill file begins with; kept until there is one
        self.tail = b""  # what follows head, at most the last max_tail bytes
        self.file = -1
        self.path = ""
        self.spilling = True

    def add(self, data):
        """Records data and returns the part of it that is to be sent now."""
        room = self.limit - self.total
        self.total += len(data)
        self.lines += data.count(b"\n")
        if room >= len(data):
            self.head.append(data)
            return data
        sent = b""
        if room > 0:
            sent, data = data[:room], data[room:]
            self.head.append(sent)
        if self.file < 0 and self.spilling and self.total > self.limit + self.max_tail:
            self.open_file()
        if self.file >= 0:
            self.write_file(data)
        end = data if len(data) >= self.max_tail else self.tail + data
        self.tail = end[max(0, len(end) - self.max_tail):]
        return sent

    def recent(self):
        """Returns the end of what was written, as far as it is kept."""
        end = self.tail
        for data in reversed(self.head):
            if len(end) >= self.max_tail:
                break
            end = data + end
        return end[-self.max_tail:]

    def is_cut(self):
        """Reports whether there is more than is sent as it comes."""
        return self.total > self.limit

    def open_file(self):
        try:
            self.file, self.path = self.spills.create(self.name)
        except OSError:
            self.spilling = False
        else:
            self.write_file(b"".join(self.head) + self.tail)
        self.head = []

    def write_file(self, data):
        try:
            if not self.spills.make_room(self.path, len(data)):
                raise OSError(errno.EFBIG, "too much output")
            view = memoryview(data)
            while view:
                view = view[os.write(self.file, view):]
        except OSError:
            self.drop_file()

    def drop_file(self):
        """Gives the file up: an incomplete one would only take disk space."""
        os.close(self.file)
        self.file, self.spilling = -1, False
        self.spills.remove(self.path)
        self.path = ""

    def finish(self):
        """Closes the file and returns the stream's entry in a done frame."""
        if self.file >= 0:
            os.close(self.file)
            self.file = -1
            self.spills.finish(self.path)
        return f'[{self.total},{quote(self.path)},{self.lines}]'

"""Keeps what code writes to its two streams, and what it displays, in order."""

from .pristine import __builtins__

import _thread

MAX_TURNS = 2000  # in one execution; what follows is in order of arrival


class Turns:
    """Which of the two streams the code writes to now.

    Each has a pipe of its own, so the host cannot tell what was written first.
    So when code turns to the other stream, what it wrote to the first is sent
    before. A stream that was written to last is written to without a check:
    only the write of the other one takes the turn.

    send sends what is in the pipe of a stream; interrupts are those of the
    session."""

    def __init__(self, streams, interrupts, send):
        self.streams = streams
        self.interrupts = interrupts
        self.send = send
        self.main = _thread.get_ident()
        self.holder = streams[0]
        self.left = 0  # how often the code may still turn to the other stream
        for stream in streams:
            stream.turns = self

    def begin(self):
        """Begins an execution."""
        self.start(MAX_TURNS)

    def end(self):
        """Lets both streams write without an order."""
        self.start(0)

    def start(self, left):
        self.holder, self.left = self.streams[0], left
        for stream in self.streams:
            stream.arrange()

    def awaited(self, stream):
        """Reports whether a stream must take the turn before it writes."""
        return self.left > 0 and self.holder is not stream

    def take(self, stream):
        """Gives a stream the turn. An interrupt comes before or after that."""
        self.shield(self.change, stream)

    def shield(self, call, argument):
        """Makes a call that no interrupt cuts short, from any thread."""
        if _thread.get_ident() == self.main:
            self.interrupts.shield(call, argument)
        else:
            call(argument)

    def change(self, stream):
        former, self.holder = self.holder, stream
        self.left -= 1
        for each in self.streams:
            each.arrange()
        flush(former)
        self.send(former)


def flush(stream):
    try:
        stream.flush()
    except (OSError, ValueError):
        pass  # the code has closed it

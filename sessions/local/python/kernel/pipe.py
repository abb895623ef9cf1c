"""The pipe behind descriptor 1 or 2 of the session."""

from .pristine import __builtins__, fcntl, os, select

from .frames import MAX_FRAME

PIPE_SIZE = 1 << 20


class Pipe:
    """What the session writes to during one execution as descriptor 1 or 2.

    Each execution has a pipe of its own: a child that outlives its execution
    keeps writing to the old one, whose contents come with the next answer. origin is
    that of the execution, None before it begins.
    """

    origin = None

    def __init__(self, fd, wire):
        r, w = os.pipe2(os.O_CLOEXEC)
        if r < 3 or w < 3:  # the code has closed some of 0, 1 and 2
            os.close(r)
            os.close(w)
            wire.restore_standard()
            r, w = os.pipe2(os.O_CLOEXEC)
        try:
            fcntl.fcntl(w, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
        except OSError:
            pass  # over the bound for ordinary users; the default size will do
        self.reader = wire.hide(r, close=True)
        os.set_blocking(self.reader, False)
        os.dup2(w, fd)
        os.close(w)

    def read(self, limit=PIPE_SIZE):
        """Reads what is there, but little more than limit bytes, in case something
        writes without end."""
        chunks, left = [], limit
        while left > 0:
            try:
                data = os.read(self.reader, MAX_FRAME)
            except BlockingIOError:
                break
            if not data:
                break
            chunks.append(data)
            left -= len(data)
            if len(data) < MAX_FRAME:
                break
        return b"".join(chunks)

    def at_end(self):
        """Reports whether the pipe is empty and nobody can write to it any more."""
        return any(event == select.POLLHUP for event in self.poll(select.POLLIN))

    def closed(self):
        """Reports whether nobody can write to the pipe any more, whatever is in it."""
        return bool(self.poll(0))

    def poll(self, events):
        poll = select.poll()
        poll.register(self.reader, events)
        return [event for _, event in poll.poll(0)]

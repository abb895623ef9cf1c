"""Descriptors 1 and 2 as the session sees them."""

from .pristine import __builtins__, fcntl, os, select

from .frames import MAX_FRAME

PIPE_SIZE = 1 << 20


class Pipe:
    """One of descriptors 1 and 2 as the session sees it, for one execution:
    a child that outlives its execution keeps writing into a pipe that nobody
    shows."""

    def __init__(self, fd, wire):
        r, w = os.pipe2(os.O_CLOEXEC)
        if r < 3 or w < 3:  # the code closed some of 0, 1 and 2
            os.close(r)
            os.close(w)
            for standard in (0, 1, 2):
                os.dup2(wire.null, standard)
            r, w = os.pipe2(os.O_CLOEXEC)
        try:
            fcntl.fcntl(w, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
        except OSError:
            pass  # the bound of an ordinary user; the default does too
        self.fd = fd
        self.read = wire.private(r, close=True)
        os.set_blocking(self.read, False)
        os.dup2(w, fd)
        os.close(w)

    def drain(self, limit=PIPE_SIZE):
        """Reads what is there, but no more than limit bytes if something
        writes without end."""
        chunks, left = [], limit
        while left > 0:
            try:
                data = os.read(self.read, MAX_FRAME)
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
        """Reports whether nobody holds the other end any more."""
        poll = select.poll()
        poll.register(self.read, select.POLLIN)
        return any(event == select.POLLHUP for _, event in poll.poll(0))

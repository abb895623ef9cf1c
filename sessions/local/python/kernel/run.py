"""One execution under way."""

from .pristine import __builtins__

from .capture import Capture
from .frames import MAX_FRAME, frame


class Run:
    """One execution under way."""

    def __init__(self, kernel, seq, out, err):
        self.kernel = kernel
        self.seq = seq
        self.out, self.err = out, err
        self.stdout, self.stderr = Capture("stdout", kernel), Capture("stderr", kernel)
        self.exit = 0  # what the program of a command ended with
        self.interrupted = False  # the host wants it to end
        self.reached = False  # and the code was running when it said so

    def pump(self, fd):
        """Sends what is in the pipe. Called with the watcher's lock held."""
        out = fd == self.out.read
        pipe, capture = (self.out, self.stdout) if out else (self.err, self.stderr)
        data = pipe.drain(256 << 10)
        frames = self.frames(capture, data)
        if frames:
            self.kernel.wire.send(*frames)
        if capture.total > self.kernel.options.max_output:
            (self.kernel.stdout if out else self.kernel.stderr).hurry()
        if not data and pipe.at_end():
            self.kernel.watcher.forget(fd)
        return len(data)

    def frames(self, capture, data):
        if not data:
            return []
        data = capture.feed(data)
        header = f'{{"type":"stream","seq":{self.seq},"name":"{capture.name}"}}'
        return [frame(header, data[i:i + MAX_FRAME]) for i in range(0, len(data), MAX_FRAME)]

    def finish(self, frames, status):
        """Returns the last frames. Called with the watcher's lock held."""
        last = []
        for pipe, capture in ((self.out, self.stdout), (self.err, self.stderr)):
            last += self.frames(capture, pipe.drain())
        last += frames
        for capture in (self.stdout, self.stderr):
            if capture.over:
                last.append(frame(f'{{"type":"tail","seq":{self.seq},"name":"{capture.name}"}}', capture.over))
        last.append(frame(
            f'{{"type":"done","seq":{self.seq},"status":"{status}",'
            f'"interrupted":{"true" if self.reached else "false"},"exit":{self.exit},'
            f'"stdout":{self.stdout.finish()},"stderr":{self.stderr.finish()}}}'))
        return last

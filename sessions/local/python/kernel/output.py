"""The session's standard output and error: descriptors, pipes and text streams."""

from .pristine import __builtins__, os

import _thread
import sys

from .pipe import Pipe
from .streams import TextStream
from .turns import Turns, flush


class Output:
    """Descriptors 1 and 2, and sys.stdout and sys.stderr over them.

    stdout and stderr last until code breaks them. pipes change with each
    execution; there are none before open_pipes. turns keeps the streams in
    order.
    """

    def __init__(self, wire, interrupts, late):
        self.wire = wire
        self.late = late  # what earlier executions still write
        self.interrupts = interrupts
        self.pipes = ()
        self.watcher = None  # what sends the contents of pipes
        self.written = None  # by the run under way, when that was last asked
        self.open_streams()

    def open_streams(self):
        """Makes new text streams, over descriptors that are open."""
        for fd in (0, 1, 2):
            try:
                os.fstat(fd)
            except OSError:  # the code has closed it
                os.dup2(self.wire.null, fd)
        self.stdout, self.stderr = TextStream(1, "<stdout>"), TextStream(2, "<stderr>")
        self.turns = Turns((self.stdout, self.stderr), self.interrupts, self.send)

    def open_pipes(self):
        """Makes new pipes for the next execution and returns the former ones."""
        former, self.pipes = self.pipes, (Pipe(1, self.wire), Pipe(2, self.wire))
        return former

    def bind(self):
        """Undoes what code has assigned to sys.stdout and its like."""
        sys.stdout = sys.__stdout__ = self.stdout
        sys.stderr = sys.__stderr__ = self.stderr

    def pipes_in_order(self):
        """Returns the pipes, first that of the stream that was written to last:
        the other one holds nothing but what programs wrote."""
        return self.pipes if self.turns.holder is self.stdout else self.pipes[::-1]

    def send(self, stream):
        """Sends what is in the pipe of a stream."""
        self.watcher.send(self.pipes[0 if stream is self.stdout else 1].reader)

    def send_all(self):
        """Sends all that was written so far. An interrupt comes before or after that."""
        self.turns.shield(Output.send_pending, self)

    def send_pending(self):
        self.flush()
        self.watcher.send(*(pipe.reader for pipe in self.pipes_in_order()))

    def has_grown(self):
        """Sends what was written, and reports whether anything was since this was
        asked last."""
        self.send_all()
        run = self.watcher.current
        written = (run.seq, *(capture.total for capture in run.captures)) if run is not None else None
        grown, self.written = written != self.written, written
        return grown

    def flush(self):
        for stream in (self.stdout, self.stderr):
            flush(stream)

    def forget_blocks(self):
        """Has both streams write lines, in a child. What is collected is its parent's."""
        for stream in (self.stdout, self.stderr):
            stream.forget_blocks()

    def drain(self):
        """Writes what the text streams have buffered to the pipes. Returns False
        if one of them is broken."""
        return self.stdout.drain() and self.stderr.drain()

    def take(self):
        """Returns what was written outside any execution."""
        self.stdout.drain()
        self.stderr.drain()
        return b"".join(pipe.read() for pipe in self.pipes)

    def guard(self, threads):
        """Has the streams keep apart what threads and tasks of earlier executions write."""
        for stream in (self.stdout, self.stderr):
            if not stream.guarded:
                stream.guard(threads, self.late)

    def guarded(self):
        """Reports whether they do."""
        return self.stdout.guarded or self.stderr.guarded

    def reset(self, threads, tasks):
        """Guards the streams against threads that are left, and tasks, if there are any."""
        for stream in (self.stdout, self.stderr):
            if tasks or _thread._count() > threads.own:
                stream.guard(threads, self.late)
            else:
                stream.unguard()

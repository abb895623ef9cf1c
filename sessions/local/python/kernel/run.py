"""One execution: the output that is sent while it runs, and its last frames."""

from .pristine import __builtins__, time

from functools import partial

from .capture import Capture
from .frames import MAX_FRAME, frame

MAX_PUMPED = 256 << 10  # bytes that are sent at a time
FLOOD = 10_000  # lines a second


class Rate:
    """How fast a number grows, by the last SPAN seconds or more."""

    SPAN = 0.02

    def __init__(self):
        self.since, self.base, self.last = time.monotonic(), 0, 0.0

    def of(self, number):
        """Returns by how much the number grows a second."""
        now = time.monotonic()
        if now - self.since >= self.SPAN:
            self.last = (number - self.base) / (now - self.since)
            self.since, self.base = now, number
        return self.last


class Run:
    """An execution of a cell or of a command. annotate, unless it is None, returns a
    line to add to what a stream has printed, or nothing.

    seq is its number; exit is the exit status of a command's program, and contents what
    the code has in its namespace, as JSON.
    interrupted says that the host wants it to end, reached that the code was
    running when that was said.
    """

    def __init__(self, seq, output, spills, limit, annotate=None):
        self.seq = seq
        self.output = output
        self.wire = output.wire
        self.pipes = output.pipes
        self.streams = output.stdout, output.stderr
        self.captures = Capture("stdout", limit, spills), Capture("stderr", limit, spills)
        self.rates = Rate(), Rate()  # of the lines of the streams
        self.last = None  # the capture of which something was sent last
        self.readers = tuple(pipe.reader for pipe in self.pipes)
        self.annotate = annotate
        self.exit = 0
        self.contents = "null"
        self.interrupted = False
        self.reached = False

    def pump(self, reader, limit=MAX_PUMPED):
        """Sends what is in a pipe, about limit bytes at most, and returns how many
        those were. Called with the watcher's lock held, as finish is."""
        i = self.readers.index(reader)
        data = self.pipes[i].read(limit)
        frames = self.frames(self.captures[i], data)
        if frames:
            self.wire.send(*frames)
        self.choose_buffer(i)
        return len(data)

    def choose_buffer(self, i):
        """Has a stream collect blocks while it floods, or while nothing is sent of it."""
        if self.captures[i].is_cut():
            self.streams[i].buffer_blocks()
            return
        rate = self.rates[i].of(self.captures[i].lines)
        if rate >= FLOOD:
            self.streams[i].buffer_blocks()
        elif rate < FLOOD / 4:
            self.streams[i].buffer_lines()

    def collecting(self):
        """Returns which streams, of those that are sent as they come, collect blocks, or
        have collected some that is not sent."""
        return [i for i in (0, 1) if self.streams[i].collects() and not self.captures[i].is_cut()]

    def pump_blocks(self):
        """Sends what streams have collected into blocks. Called with the watcher's lock
        held. A stream that has collected nothing writes lines again."""
        for i in self.collecting():
            data = self.streams[i].take_block(partial(self.empty, i))
            if frames := self.frames(self.captures[i], data):
                self.wire.send(*frames)
            self.choose_buffer(i)

    def empty(self, i):
        """Sends all that is in a pipe."""
        while self.pump(self.readers[i]) >= MAX_PUMPED:
            pass

    def in_order(self, descriptors):
        """Returns descriptors such that the pipe which the code wrote to last comes
        before the other one."""
        last = self.output.pipes_in_order()[0].reader
        return sorted(descriptors, key=lambda fd: fd != last)

    def at_end(self, reader):
        """Reports whether a pipe has no more to give."""
        return self.pipes[self.readers.index(reader)].at_end()

    def frames(self, capture, data):
        """Returns the frames for what a stream wrote: an empty one for what is not
        sent, so that its place is known."""
        if not data:
            return []
        data = capture.add(data)
        header = f'{{"type":"stream","seq":{self.seq},"name":"{capture.name}"}}'
        moved, self.last = self.last is not capture, capture
        if not data:
            return [frame(header)] if moved else []
        return [frame(header, data[i:i + MAX_FRAME]) for i in range(0, len(data), MAX_FRAME)]

    def finish(self, frames, status):
        """Returns the last frames, frames among them: the rest of the output
        precedes them, and the ends of streams that were cut follow."""
        last = []
        for pipe in self.output.pipes_in_order():
            last += self.frames(self.captures[self.pipes.index(pipe)], pipe.read())
        last += self.notes(frames)
        last += frames
        for capture in self.captures:
            if capture.tail:
                last.append(frame(f'{{"type":"tail","seq":{self.seq},"name":"{capture.name}"}}', capture.tail))
        last.append(self.done_frame(status))
        return last

    def notes(self, frames):
        """Returns the frames of a line about the output, unless it or the last frames
        have that line."""
        if self.annotate is None:
            return []
        recent = [capture.recent() for capture in self.captures]
        note = next(filter(None, map(self.annotate, recent)), b"")
        if not note or any(note in data for data in (*recent, *frames)):
            return []
        return self.frames(self.captures[1], note + b"\n")

    def done_frame(self, status):
        stdout, stderr = self.captures
        return frame(
            f'{{"type":"done","seq":{self.seq},"status":"{status}",'
            f'"interrupted":{"true" if self.reached else "false"},"exit":{self.exit},"contents":{self.contents},'
            f'"stdout":{stdout.finish()},"stderr":{stderr.finish()}}}')

"""The objects that are sys.stdout and sys.stderr."""

from .pristine import __builtins__

import _thread
import io

from .blocks import SLICE, Blocks
from .text import utf8


def in_slices(write):
    """Returns a write that needs little memory besides the text: it passes a
    long one to write slice by slice."""
    def write_slices(text):
        if not isinstance(text, str) or len(text) <= SLICE:
            return write(text)
        for i in range(0, len(text), SLICE):
            write(text[i:i + SLICE])
        return len(text)
    return write_slices


class TextStream(io.TextIOWrapper):
    """sys.stdout or sys.stderr.

    Logging handlers and the like keep it, so that one object serves all
    executions, while the descriptor below it changes. write is replaced while
    more must be done than to write: see arrange.
    """

    turns = None  # who may write, as both streams know

    def __init__(self, fd, name):
        raw = io.FileIO(fd, "w", closefd=False)
        raw.name = name
        super().__init__(io.BufferedWriter(raw, 64 << 10), encoding="utf-8",
                         errors="backslashreplace", line_buffering=True)
        self.mode = "w"
        self.number = fd
        self.write_guarded = None  # what keeps the writes of some threads and tasks, if anything does
        self.blocks = None  # what collects writes into blocks, if anything does
        self.wants_blocks = False  # the next writer is to begin that, or to end it
        self.lines_only = False  # code writes bytes too, between lines

    def write(self, text):
        if isinstance(text, str) and len(text) > SLICE:
            return in_slices(super().write)(text)
        return super().write(text)

    @property
    def buffer(self):
        if self.turns is not None and self.turns.awaited(self):
            self.turns.take(self)
        if not self.lines_only:
            self.lines_only = True
            self.buffer_lines()
            self.flush()
        return super().buffer

    @property
    def guarded(self):
        return self.write_guarded is not None

    def isatty(self):
        return False

    def arrange(self):
        """Chooses what write does next: no more than is needed, since code may
        print a million lines."""
        if self.write_guarded is not None:
            write = self.write_guarded
        elif self.turns is not None and self.turns.awaited(self):
            write = self.write_in_turn
        elif self.blocks is not None:
            write = self.blocks.write if self.wants_blocks else self.write_last_block
        elif self.wants_blocks:
            write = self.write_first_block
        else:
            self.__dict__.pop("write", None)
            return
        self.__dict__["write"] = write

    def write_in_turn(self, text):
        self.turns.take(self)
        return self.write(text)

    def guard(self, threads, late):
        """Keeps for the next answer what threads and tasks of earlier executions write,
        from now on. A write that has begun ends before its execution does: see
        Kernel.finish."""
        write, ident, main = in_slices(super().write), _thread.get_ident, threads.main
        belongs, writing, turns, origin = threads.belongs, threads.writing, self.turns, threads.execution.get

        def write_late(text):
            for i in range(0, len(text), SLICE):
                late.add(origin(), utf8(text[i:i + SLICE]))
            return len(text)

        def write_guarded(text):
            if not isinstance(text, str):
                return write(text)  # which says what is wrong
            if ident() == main:
                if not belongs():
                    return write_late(text)
                if turns.awaited(self):
                    turns.take(self)
                return write(text)
            with writing:
                if not belongs():
                    return write_late(text)
                if turns.awaited(self):
                    turns.take(self)
                return write(text)
        self.end_blocks()
        self.write_guarded = write_guarded
        self.arrange()

    def unguard(self):
        """Ends guard and buffer_blocks."""
        self.write_guarded = None
        self.wants_blocks = False
        self.arrange()

    def buffer_blocks(self):
        """Collects writes into blocks instead of lines, until buffer_lines or drain.
        The next writer makes the switch, so that the order of what is written stays."""
        if not (self.guarded or self.lines_only or self.wants_blocks):
            self.wants_blocks = True
            self.arrange()

    def buffer_lines(self):
        """Ends buffer_blocks."""
        if self.wants_blocks:
            self.wants_blocks = False
            self.arrange()

    def write_first_block(self, text):
        super().flush()
        self.blocks = Blocks(self.number, self.turns.shield)
        self.arrange()
        return self.write(text)

    def write_last_block(self, text):
        self.end_blocks()
        self.arrange()
        return self.write(text)

    def collects(self):
        """Reports whether writes are collected, or were and wait to be taken."""
        blocks = self.blocks
        return self.wants_blocks or blocks is not None and bool(blocks.texts)

    def take_block(self, before):
        """Returns the bytes that were collected: see Blocks.take."""
        return self.blocks.take(before) if self.blocks is not None else b""

    def end_blocks(self):
        self.wants_blocks = False
        blocks, self.blocks = self.blocks, None
        if blocks is not None:
            blocks.flush()

    def forget_blocks(self):
        self.wants_blocks, self.blocks = False, None
        self.arrange()

    def drain(self):
        """Writes what is buffered and collects lines again. Returns False if the
        stream is broken."""
        try:
            self.end_blocks()
            self.flush()
        except (OSError, ValueError):
            return False
        finally:
            self.arrange()
        return True

    def flush(self):
        if self.blocks is not None:
            self.blocks.flush()
        super().flush()

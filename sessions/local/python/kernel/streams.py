"""The objects that are sys.stdout and sys.stderr."""

from .pristine import __builtins__

import _thread
import io

SLICE = 1 << 20  # characters that are encoded at a time


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
    executions, while the descriptor below it changes.
    """

    def __init__(self, fd, name):
        raw = io.FileIO(fd, "w", closefd=False)
        raw.name = name
        super().__init__(io.BufferedWriter(raw, 64 << 10), encoding="utf-8",
                         errors="backslashreplace", line_buffering=True)
        self.mode = "w"
        self.number = fd
        self.guarded = False
        self.blocks = None  # what collects writes into blocks, if anything does

    def write(self, text):
        if isinstance(text, str) and len(text) > SLICE:
            return in_slices(super().write)(text)
        return super().write(text)

    def isatty(self):
        return False

    def guard(self, threads):
        """Drops what threads of earlier executions write, from now on. A write
        that has begun ends before its execution does: see Kernel.finish."""
        write, ident, main = in_slices(super().write), _thread.get_ident, threads.main
        belongs, writing = threads.belongs, threads.writing

        def write_guarded(text):
            if ident() == main:
                return write(text)
            with writing:
                return write(text) if belongs() else len(text)
        if self.blocks is not None:
            self.blocks.flush()
            self.blocks = None
        self.__dict__["write"] = write_guarded
        self.guarded = True

    def unguard(self):
        """Ends guard and buffer_blocks."""
        self.__dict__.pop("write", None)
        self.guarded = False

    def buffer_blocks(self):
        """Collects writes into blocks instead of lines, until drain. The next
        writer makes the switch, so that the order of what is written stays."""
        if "write" in self.__dict__:
            return
        raw = io.FileIO(self.number, "w", closefd=False)
        blocks = io.TextIOWrapper(io.BufferedWriter(raw, 256 << 10), encoding="utf-8", errors="backslashreplace")

        def write_first(text):
            super(TextStream, self).flush()
            self.blocks = blocks
            write = self.__dict__["write"] = in_slices(blocks.write)
            return write(text)
        self.__dict__["write"] = write_first

    def drain(self):
        """Writes what is buffered and collects lines again. Returns False if the
        stream is broken."""
        if not self.guarded:
            self.__dict__.pop("write", None)
        try:
            if self.blocks is not None:
                self.blocks.flush()
                self.blocks = None
            self.flush()
        except (OSError, ValueError):
            return False
        return True

    def flush(self):
        if self.blocks is not None:
            self.blocks.flush()
        super().flush()

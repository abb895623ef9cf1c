"""sys.stdout and sys.stderr."""

from .pristine import __builtins__

import _thread
import io

SLICE = 1 << 20  # characters that are encoded at once


def sliced(write):
    """Makes a write that needs little memory beside the text: a long one is
    encoded piece by piece."""
    def written(text):
        if not isinstance(text, str) or len(text) <= SLICE:
            return write(text)
        for i in range(0, len(text), SLICE):
            write(text[i:i + SLICE])
        return len(text)
    return written


class TextStream(io.TextIOWrapper):
    """sys.stdout or sys.stderr: one object for the life of the session, since
    logging handlers and the like keep it. The descriptor below it changes."""

    def __init__(self, fd, name):
        raw = io.FileIO(fd, "w", closefd=False)
        raw.name = name
        super().__init__(io.BufferedWriter(raw, 64 << 10), encoding="utf-8",
                         errors="backslashreplace", line_buffering=True)
        self.mode = "w"
        self.number = fd
        self.guarded = False
        self.fast = None

    def write(self, text):
        if isinstance(text, str) and len(text) > SLICE:
            return sliced(super().write)(text)
        return super().write(text)

    def isatty(self):
        return False

    def guard(self, threads):
        """From now on writes count only from threads of the execution under
        way. A write that has begun is over before the execution is: see
        Kernel.answer."""
        write, ident, main = sliced(super().write), _thread.get_ident, threads.main
        belongs, writing = threads.belongs, threads.writing

        def guarded(text):
            if ident() == main:
                return write(text)
            with writing:
                return write(text) if belongs() else len(text)
        if self.fast is not None:
            self.fast.flush()
            self.fast = None
        self.__dict__["write"] = guarded
        self.guarded = True

    def trust(self):
        """Ends guard and hurry."""
        self.__dict__.pop("write", None)
        self.guarded = False

    def hurry(self):
        """From now on writes are collected into blocks instead of lines.
        The switch is made by the next writer, so that nothing is reordered."""
        if "write" in self.__dict__:
            return
        raw = io.FileIO(self.number, "w", closefd=False)
        fast = io.TextIOWrapper(io.BufferedWriter(raw, 256 << 10), encoding="utf-8", errors="backslashreplace")

        def first(text):
            super(TextStream, self).flush()
            self.fast = fast
            write = self.__dict__["write"] = sliced(fast.write)
            return write(text)
        self.__dict__["write"] = first

    def settle(self):
        """Back to lines. Returns False if the stream is broken."""
        if not self.guarded:
            self.__dict__.pop("write", None)
        try:
            if self.fast is not None:
                self.fast.flush()
                self.fast = None
            self.flush()
        except (OSError, ValueError):
            return False
        return True

    def flush(self):
        if self.fast is not None:
            self.fast.flush()
        super().flush()

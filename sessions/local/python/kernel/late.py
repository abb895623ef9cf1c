"""What threads, tasks and children write when their execution has ended."""

from .pristine import __builtins__

import threading

MAX_KEPT = 8 << 10  # bytes of the end of what one execution left behind
MAX_ORIGINS = 16  # executions that are told apart


class Origin:
    """The execution that a thread or a task is part of. seq is its number for the
    host, number the one that people know it by, or 0. What a stopped one still
    writes is dropped."""

    __slots__ = "seq", "number", "stopped"

    def __init__(self, seq, number):
        self.seq = seq
        self.number = number
        self.stopped = False


class Late:
    """Collects output for the next answer, by the number of its execution. Any thread
    may call add."""

    def __init__(self):
        self.lock = threading.RLock()  # a finalizer may write while this thread adds
        self.parts = {}  # [bytes written, the end of them] by number

    def add(self, origin, data):
        """Keeps what was written. origin is None if that is not known."""
        if not data or origin is not None and origin.stopped:
            return
        number = 0 if origin is None else origin.number
        with self.lock:
            if number not in self.parts and len(self.parts) >= MAX_ORIGINS:
                number = 0
            part = self.parts.setdefault(number, [0, bytearray()])
            part[0] += len(data)
            part[1] += data[-MAX_KEPT:]
            if len(part[1]) > 2 * MAX_KEPT:
                del part[1][:-MAX_KEPT]

    def stop(self, origin):
        """Drops what a stopped execution has left behind and what it still writes."""
        origin.stopped = True
        with self.lock:
            self.parts.pop(origin.number, None)

    def take(self):
        """Returns what was collected since the last time: the number, the bytes
        written and the end of them, for each execution."""
        if not self.parts:
            return []
        with self.lock:
            parts, self.parts = self.parts, {}
        return [(number, total, bytes(end[-MAX_KEPT:])) for number, (total, end) in parts.items()]

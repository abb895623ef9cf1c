"""What threads, tasks and children write and show when their execution has ended."""

from .pristine import __builtins__

import threading

MAX_KEPT = 8 << 10  # bytes of the end of what one execution left behind
MAX_ORIGINS = 16  # executions that are told apart
MAX_PICTURES = 4  # of an answer, the last ones
MAX_BYTES = 10 << 20  # of all of them


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
    may call add and show."""

    def __init__(self):
        self.lock = threading.RLock()  # a finalizer may write while this thread adds
        self.parts = {}  # [bytes written, the end of them, pictures left out] by number
        self.pictures = []  # (number, name, forms), the oldest first
        self.given = 0  # pictures that the answer under way has

    def part(self, origin):
        """Returns the number under which something is kept, and what is there. The
        caller holds the lock."""
        number = 0 if origin is None else origin.number
        if number not in self.parts and len(self.parts) >= MAX_ORIGINS:
            number = 0
        return number, self.parts.setdefault(number, [0, bytearray(), 0])

    def add(self, origin, data):
        """Keeps what was written. origin is None if that is not known."""
        if not data or origin is not None and origin.stopped:
            return
        with self.lock:
            part = self.part(origin)[1]
            part[0] += len(data)
            part[1] += data[-MAX_KEPT:]
            if len(part[1]) > 2 * MAX_KEPT:
                del part[1][:-MAX_KEPT]

    def show(self, origin, forms, name, update):
        """Keeps a picture, a list of (MIME type, bytes). With update it replaces the one
        of that name. The oldest make room for it."""
        if origin is not None and origin.stopped:
            return
        with self.lock:
            number = self.part(origin)[0]
            if update and name is not None:
                self.pictures = [one for one in self.pictures if one[:2] != (number, name)]
            self.pictures.append((number, name, forms))
            self.make_room(MAX_PICTURES)

    def make_room(self, most):
        """Leaves out the oldest pictures beyond some number, or too many bytes. The
        caller holds the lock."""
        size = sum(len(form) for _, _, forms in self.pictures for _, form in forms)
        while len(self.pictures) > most or size > MAX_BYTES:
            number, _, forms = self.pictures.pop(0)
            size -= sum(len(form) for _, form in forms)
            self.parts[number][2] += 1

    def stop(self, origin):
        """Drops what a stopped execution has left behind and what it still writes."""
        origin.stopped = True
        with self.lock:
            self.pictures = [one for one in self.pictures if one[0] != origin.number]
            self.parts.pop(origin.number, None)

    def take(self, last):
        """Returns what was collected since the last time: the number, the bytes written
        and the end of them, the pictures and how many others there were, for each
        execution. last says that the answer under way gets nothing after that."""
        with self.lock:
            self.make_room(max(MAX_PICTURES - self.given, 0))
            pictures, self.pictures = self.pictures, []
            parts, self.parts = self.parts, {}
            self.given = 0 if last else self.given + len(pictures)
        return [(number, total, bytes(end[-MAX_KEPT:]), [forms for of, _, forms in pictures if of == number], left_out)
                for number, (total, end, left_out) in parts.items()]

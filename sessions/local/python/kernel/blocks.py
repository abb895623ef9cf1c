"""What code prints in a flood, collected into blocks: a system call for each line
would take longer than anything else."""

from .pristine import __builtins__, os

import _thread
from collections import deque

BLOCK = 64 << 10  # characters after which they are written
SLICE = 1 << 20  # characters that are encoded at a time


class Blocks:
    """Collects the texts that are written to a descriptor. Any thread may call its
    methods. shield makes a call that no interrupt cuts short."""

    def __init__(self, fd, shield):
        self.fd = fd
        self.shield = shield
        self.texts = deque()
        self.size = 0  # characters, roughly
        self.lock = _thread.allocate_lock()  # held while texts are taken out, until they are written
        self.holder = None  # the thread that holds it

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.texts.append(text)
        self.size += len(text)
        if self.size >= BLOCK:
            self.flush()
        return len(text)

    def flush(self):
        """Writes what was collected."""
        if self.holder != _thread.get_ident():  # or a finalizer writes while this thread does, which goes on with that
            self.shield(Blocks.write_all, self)

    def write_all(self):
        with self.lock:
            self.holder = _thread.get_ident()
            try:
                while self.texts:
                    for data in self.take_texts():
                        while data:
                            data = data[os.write(self.fd, data):]
            finally:
                self.holder = None

    def take(self, before):
        """Returns what was collected as bytes, after a call of before, which deals with
        what was written until then. Returns nothing while another thread writes it."""
        if not self.texts or not self.lock.acquire(blocking=False):
            return b""
        self.holder = _thread.get_ident()
        try:
            before()
            return b"".join(self.take_texts())
        finally:
            self.holder = None
            self.lock.release()

    def take_texts(self):
        """Takes the texts out and yields them as bytes, in pieces that need little
        memory besides."""
        texts = [self.texts.popleft() for _ in range(len(self.texts))]
        self.size = 0
        if sum(map(len, texts)) <= SLICE:
            texts = ["".join(texts)]
        for text in texts:
            for i in range(0, len(text), SLICE):
                yield memoryview(text[i:i + SLICE].encode("utf-8", "backslashreplace"))

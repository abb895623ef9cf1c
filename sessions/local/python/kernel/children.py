"""Calls libraries that nobody can stop in a forked child, within bounds of time and memory."""

from .pristine import __builtins__, os, select, time

import resource
import signal

SECONDS = 12  # of a call
MEMORY = 1 << 30  # bytes that it takes beside what the session has
MAX_RESULT = 48 << 20  # bytes
PIECE = 1 << 20
OK, FAILED = b"+", b"-"


class Failed(Exception):
    """Says why there is no result, within a sentence."""


def call(function, *args, seconds=SECONDS, memory=MEMORY):
    """Calls function in a child and returns the bytes that it returns. Raises Failed
    with the message of its exception, or because of the bounds."""
    return Child(function, *args, seconds=seconds, memory=memory).result()


class Child:
    """A call of a function in a child, which runs beside what its maker does until
    that asks for the result, once."""

    def __init__(self, function, *args, seconds=SECONDS, memory=MEMORY):
        self.seconds = seconds
        self.until = time.monotonic() + seconds
        self.reader, writer = os.pipe()
        try:
            self.pid = os.fork()
            if not self.pid:
                answer(writer, function, args, seconds, memory)
        except OSError as e:
            os.close(self.reader)
            raise Failed(f"no process could be started for it: {e.strerror}") from None
        finally:
            os.close(writer)

    def result(self):
        """Returns the bytes that the function returns. Raises Failed."""
        try:
            result = read(self.reader, self.until, self.seconds)
        finally:
            self.end()
        if result[:1] == OK:
            return result[1:]
        if result[:1] == FAILED:
            raise Failed(result[1:].decode("utf-8", "replace"))
        raise Failed("it takes more memory than there is for it")

    def end(self):
        """Ends the child, whatever it does."""
        os.close(self.reader)
        kill(self.pid)


def answer(writer, function, args, seconds, memory):
    """Is the child: calls the function and writes what it returns."""
    try:
        bound(seconds, memory)
        result = OK + function(*args)
    except MemoryError:
        result = FAILED + b"it takes more memory than there is for it"
    except BaseException as e:
        try:
            lines = str(e).strip().splitlines() or [type(e).__name__]
            result = FAILED + lines[0][:300].encode("utf-8", "replace")
        except BaseException:
            result = FAILED + b"it failed"
    try:
        view = memoryview(result)
        while view:
            view = view[os.write(writer, view):]
    finally:
        os._exit(0)


def bound(seconds, memory):
    """Bounds what the child may take, and makes it deaf to interrupts, which are the
    parent's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds + 1, seconds + 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with open("/proc/self/statm", "rb") as file:
        words = file.read().split()
    pages = max(int(words[5]), int(words[1]))  # data and stack, or what is in memory where that is not known
    most = pages * resource.getpagesize() + memory
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    except (OSError, ValueError):
        pass  # the session has a lower limit already


def read(reader, until, seconds):
    """Returns what a child writes until it closes its end."""
    pieces, length = [], 0
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    while True:
        left = until - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise Failed(f"it takes more than {seconds} s")
        piece = os.read(reader, PIECE)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        length += len(piece)
        if length > MAX_RESULT:
            raise Failed(f"it has more than {MAX_RESULT >> 20} MB")


def kill(pid):
    """Ends a child and waits for it."""
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (OSError, ChildProcessError):
        pass  # the code waits for all children

"""What is left running when an execution is over."""

from .pristine import __builtins__, os, time

import _thread
import signal

from .processes import processes


def quiet():
    """Reports whether nothing in the session runs, or is going to, by itself.

    Threads of libraries are not seen here; the processor time that they take
    tells whether they work."""
    return (
        _thread._count() <= 1  # the watcher
        and not any(signal.getitimer(signal.ITIMER_REAL))
        and childless()
    )


def childless():
    """Reports whether the process has no children that live: in a sandbox it is
    the first process, which inherits those of all others. One that has ended
    and is not waited for may be there for ever, and does nothing."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    me = os.getpid()
    return not any(parent == me for _, parent, _ in processes())


def used():
    """Returns the nanoseconds of processor time that the process has taken."""
    return time.process_time_ns()


def heap_trimmer():
    """Returns what gives the heap's free pages back."""
    try:
        import ctypes
        trim = ctypes.CDLL(None).malloc_trim
    except Exception:  # another C library
        return lambda: None
    return lambda: trim(0)

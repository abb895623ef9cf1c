"""Whether the session is idle between executions, which is when the host may stop it."""

from .pristine import __builtins__, os, time

import _thread
import signal

from .eventloop import has_work
from .frames import frame
from .processes import list_processes


class IdleReporter:
    """Tells the host whether the session is idle, and how much processor time it
    has used since it finished a request."""

    def __init__(self, shell, relay, own):
        self.shell = shell
        self.relay = relay
        self.own = own  # threads of the kernel besides the main one
        self.trim_heap = heap_trimmer()
        self.finished = 0  # the processor time when the last request was finished

    def request_finished(self):
        self.finished = cpu_time()

    def report(self, seq):
        """Returns unused memory to the system, and the frame that answers the
        host's request seq."""
        used = cpu_time() - self.finished
        try:
            self.trim_heap()
            tasks = has_work(self.shell)
            idle = not tasks and is_idle(self.own) and (self.relay is None or self.relay.is_idle())
        except BaseException:  # the code has replaced what this needs
            tasks = idle = False
        return frame(f'{{"type":"idle_report","seq":{seq},"idle":{"true" if idle else "false"},'
                     f'"tasks":{"true" if tasks else "false"},"cpu":{used}}}')


def is_idle(own):
    """Reports whether no thread, timer or process of the code is left. own are the
    threads of the kernel besides the main one.

    Threads of libraries are not seen here; the processor time that they use
    shows whether they work."""
    return (
        _thread._count() <= own
        and not any(signal.getitimer(signal.ITIMER_REAL))
        and not has_children()
    )


def has_children():
    """Reports whether a child of the process is alive. In a sandbox the process is
    the first one, which inherits the children of all others. A child that has
    ended and is never waited for does not count."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    me = os.getpid()
    return any(parent == me for _, parent, _ in list_processes())


def cpu_time():
    """Returns the processor time that the process has used, in ns."""
    return time.process_time_ns()


def heap_trimmer():
    """Returns a function that returns the heap's free pages to the system."""
    try:
        import ctypes
        trim = ctypes.CDLL(None).malloc_trim
    except Exception:  # another C library
        return lambda: None
    return lambda: trim(0)

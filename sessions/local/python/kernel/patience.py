"""Stops formatters of values that take too long, so that the answer comes without them."""

from .pristine import __builtins__, time

import _thread
import signal
from signal import ITIMER_REAL, SIGALRM, getsignal, setitimer

set_handler = signal.signal
SECONDS = 2
FIRST_LOOK, LOOK = SECONDS / 2, SECONDS / 4  # seconds until the formatter is looked at, and again
MOST = 10  # seconds, on a machine that is so busy that these are less than SECONDS of a processor's time
ASLEEP = 0.001  # seconds of a processor that a formatter which waits does not use between two looks


class TooSlow(BaseException):
    """Ends a formatter. It is no Exception: formatters catch those."""


class Patience:
    """Calls what may take SECONDS in the main thread, which it uses an alarm for. A
    handler and an alarm of the code are restored.

    SECONDS are those of the formatter's own work, or of its waiting: a machine that
    has no time for the session is no fault of the formatter's."""

    def __init__(self):
        self.main = _thread.get_ident()
        self.armed = False
        self.began = self.worked = self.seen = 0.0

    def call(self, function, *args, **kwargs):
        """Returns what a function returns. Raises TooSlow if it takes too long."""
        if self.armed or _thread.get_ident() != self.main:
            return function(*args, **kwargs)
        former = getsignal(SIGALRM)
        set_handler(SIGALRM, self.look)
        self.began, self.worked = time.monotonic(), time.thread_time()
        self.seen = self.worked
        self.armed = True
        alarm = setitimer(ITIMER_REAL, FIRST_LOOK, LOOK)
        try:
            try:
                return function(*args, **kwargs)
            finally:
                self.armed = False
        finally:
            self.armed = False  # also if the alarm came in the line above
            setitimer(ITIMER_REAL, *alarm)
            set_handler(SIGALRM, former if former is not None else signal.SIG_DFL)

    def look(self, number, frame):
        """Handles the alarm."""
        worked = time.thread_time()
        waits, self.seen = worked - self.seen < ASLEEP, worked
        passed = time.monotonic() - self.began
        if self.armed and passed >= SECONDS and (waits or worked - self.worked >= SECONDS or passed >= MOST):
            raise TooSlow

"""Stops formatters of values that take too long, so that the answer comes without them."""

from .pristine import __builtins__

import _thread
import signal
from signal import ITIMER_REAL, SIGALRM, getsignal, setitimer

set_handler = signal.signal
SECONDS = 2
AGAIN = 0.25  # seconds until a formatter that has caught the end is ended again


class TooSlow(BaseException):
    """Ends a formatter. It is no Exception: formatters catch those."""


class Patience:
    """Calls what may take SECONDS in the main thread, which it uses an alarm for. A
    handler and an alarm of the code are restored."""

    def __init__(self):
        self.main = _thread.get_ident()
        self.armed = False

    def call(self, function, *args, **kwargs):
        """Returns what a function returns. Raises TooSlow after SECONDS."""
        if self.armed or _thread.get_ident() != self.main:
            return function(*args, **kwargs)
        former = getsignal(SIGALRM)
        set_handler(SIGALRM, self.end)
        self.armed = True
        alarm = setitimer(ITIMER_REAL, SECONDS, AGAIN)
        try:
            try:
                return function(*args, **kwargs)
            finally:
                self.armed = False
        finally:
            self.armed = False  # also if the alarm came in the line above
            setitimer(ITIMER_REAL, *alarm)
            set_handler(SIGALRM, former if former is not None else signal.SIG_DFL)

    def end(self, number, frame):
        if self.armed:
            raise TooSlow

"""Where KeyboardInterrupt may strike: in the code, not in the kernel around it."""

from .pristine import __builtins__

import _signal
import signal


class Interrupts:
    """What SIGINT does: nothing, unless interrupts are allowed."""

    def __init__(self):
        self.allowed = False
        self.shielded = False
        self.pending = False
        self.handler = self.strike

    def strike(self, signum, stack):
        if self.shielded:
            self.pending = True
        elif self.allowed:
            raise KeyboardInterrupt

    def shield(self, call, argument):
        """Makes a call that is not left half done: an interrupt waits for its end."""
        self.shielded = True
        try:
            call(argument)
        finally:
            self.shielded = False
        if self.pending:
            self.pending = False
            raise KeyboardInterrupt

    def install(self):
        """Takes SIGINT, and sees to it that handlers which code sets for any
        signal run in code only."""
        install, installed = signal.signal, signal.getsignal

        def set_handler(signum, handler):
            if callable(handler) and not isinstance(handler, (Guarded, signal.Handlers)) and handler is not self.handler:
                handler = Guarded(self, handler)
            return bare(install(signum, handler))

        def get_handler(signum):
            return bare(installed(signum))

        def bare(handler):
            return handler.handler if isinstance(handler, Guarded) else handler

        install(signal.SIGINT, self.handler)
        signal.signal, signal.getsignal = set_handler, get_handler

    def reset(self):
        self.pending = False
        if _signal.getsignal(signal.SIGINT) is not self.handler:
            _signal.signal(signal.SIGINT, self.handler)


class Guarded:
    """A signal handler of the session that must not run in the kernel."""

    def __init__(self, interrupts, handler):
        self.interrupts = interrupts
        self.handler = handler

    def __call__(self, signum, stack):
        if self.interrupts.allowed:
            return self.handler(signum, stack)

"""Raises KeyboardInterrupt in the session's code, and never in the kernel around it."""

from .pristine import __builtins__

import _signal
import signal
import threading


class Interrupts:
    """The handler of SIGINT, which does nothing unless interrupts are allowed."""

    def __init__(self):
        self.main = threading.get_ident()
        self.allowed = False
        self.shielded = False
        self.pending = False
        self.handler = self.handle

    def handle(self, signum, stack):
        if self.shielded:
            self.pending = True
        elif self.allowed:
            raise KeyboardInterrupt

    def send(self, run):
        """Interrupts a run, which is the one under way. Any thread may call it."""
        run.interrupted = True
        run.reached |= self.allowed
        signal.pthread_kill(self.main, signal.SIGINT)

    def send_to_loop(self):
        """Interrupts what runs in the event loop between executions."""
        signal.pthread_kill(self.main, signal.SIGINT)

    def shield(self, call, argument):
        """Makes a call that no interrupt cuts short: one that comes is raised
        after it, and after the call that this one is a part of."""
        if self.shielded:
            call(argument)
            return
        self.shielded = True
        try:
            call(argument)
        finally:
            self.shielded = False
        if self.pending:
            self.pending = False
            raise KeyboardInterrupt

    def install(self):
        """Handles SIGINT, and wraps the handlers that code sets for any signal so
        that they run in code only."""
        install, installed = signal.signal, signal.getsignal

        def set_handler(signum, handler):
            own = handler is self.handler or isinstance(handler, (GuardedHandler, signal.Handlers))
            if callable(handler) and not own:
                handler = GuardedHandler(self, handler)
            return unwrap(install(signum, handler))

        def get_handler(signum):
            return unwrap(installed(signum))

        install(signal.SIGINT, self.handler)
        signal.signal, signal.getsignal = set_handler, get_handler

    def reset(self):
        """Handles SIGINT again, whatever code has set for it."""
        self.pending = False
        if _signal.getsignal(signal.SIGINT) is not self.handler:
            _signal.signal(signal.SIGINT, self.handler)


class GuardedHandler:
    """A signal handler of the code, which must not run in the kernel."""

    def __init__(self, interrupts, handler):
        self.interrupts = interrupts
        self.handler = handler

    def __call__(self, signum, stack):
        if self.interrupts.allowed:
            return self.handler(signum, stack)


def unwrap(handler):
    return handler.handler if isinstance(handler, GuardedHandler) else handler

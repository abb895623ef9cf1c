"""Whose output and figures count: those of threads that the execution under way
has started, not of what earlier ones left running."""

from .pristine import __builtins__

import _thread
import contextvars
import sys
import threading


class Threads:
    """The threads of the process, told apart by their execution."""

    def __init__(self, kernel):
        self.kernel = kernel
        self.main = threading.get_ident()
        self.epoch = contextvars.ContextVar("epoch", default=None)
        self.elders = frozenset()
        self.writing = threading.Lock()  # held by a thread of the code while it writes

    def belongs(self):
        """Reports whether the calling thread is of the execution under way."""
        run = self.kernel.run
        if run is None:
            return False
        ident = _thread.get_ident()
        if ident == self.main:
            return True
        epoch = self.epoch.get()
        return epoch == run.seq if epoch is not None else ident not in self.elders

    def any_left(self):
        """Reports whether earlier executions left any running, and notes which."""
        if _thread._count() > 1:
            self.elders = frozenset(sys._current_frames())
            return True
        return False

    def tell_apart(self):
        """From now on, before code starts a thread, the streams begin to guard
        themselves against those of earlier executions."""
        kernel = self.kernel

        def guarding(start):
            def started(*args, **kwargs):
                for stream in (kernel.stdout, kernel.stderr):
                    if not stream.guarded:
                        stream.guard(self)
                return start(*args, **kwargs)
            return started

        for module, names in ((_thread, ("start_new_thread", "start_joinable_thread")),
                              (threading, ("_start_new_thread", "_start_joinable_thread"))):
            for name in names:
                if hasattr(module, name):
                    setattr(module, name, guarding(getattr(module, name)))

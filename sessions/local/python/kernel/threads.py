"""Tells the threads of the execution under way from those that earlier ones left running."""

from .pristine import __builtins__

import _thread
import contextvars
import sys
import threading

STARTERS = (
    (_thread, ("start_new_thread", "start_joinable_thread")),
    (threading, ("_start_new_thread", "_start_joinable_thread")),
)


class Threads:
    """The threads of the process by their execution, whose number a thread has
    in its context. Only the output and the displays of the execution under way
    are sent."""

    def __init__(self):
        self.main = threading.get_ident()
        self.current = None  # the number of the execution under way
        self.execution = contextvars.ContextVar("execution", default=None)
        self.survivors = frozenset()
        self.writing = threading.Lock()  # held by a thread of the code while it writes

    def begin(self, seq):
        """Makes the calling thread, and those that it starts, part of an
        execution, which is the one under way until end."""
        self.execution.set(seq)
        self.current = seq

    def end(self):
        self.current = None

    def belongs(self):
        """Reports whether the calling thread is part of the execution under way."""
        current = self.current
        if current is None:
            return False
        ident = _thread.get_ident()
        if ident == self.main:
            return True
        execution = self.execution.get()
        return execution == current if execution is not None else ident not in self.survivors

    def note_survivors(self):
        """Reports whether earlier executions left threads running, and remembers
        those that have no execution in their context."""
        if _thread._count() > 1:
            self.survivors = frozenset(sys._current_frames())
            return True
        return False

    def guard_when_started(self, output):
        """Guards the output as soon as code starts a thread."""
        def guarding(start):
            def start_guarded(*args, **kwargs):
                output.guard(self)
                return start(*args, **kwargs)
            return start_guarded

        for module, names in STARTERS:
            for name in names:
                if hasattr(module, name):
                    setattr(module, name, guarding(getattr(module, name)))

"""Tells the threads of the execution under way from those that earlier ones left running."""

from .pristine import __builtins__

import _thread
import contextvars
import sys
import threading

from .late import Origin

STARTERS = (
    (_thread, ("start_new_thread", "start_joinable_thread")),
    (threading, ("_start_new_thread", "_start_joinable_thread")),
)


class Threads:
    """The threads and tasks of the process by their execution, whose Origin they have
    in their context. Only the output and the displays of the execution under way
    are sent."""

    def __init__(self, own):
        self.own = own  # threads of the kernel besides the main one
        self.main = threading.get_ident()
        self.current = None  # the number of the execution under way
        self.origin = None  # that of the execution under way, or of the last one
        self.execution = contextvars.ContextVar("execution", default=None)
        self.survivors = frozenset()
        self.writing = threading.Lock()  # held by a thread of the code while it writes

    def begin(self, seq, number):
        """Makes the calling thread, and the threads and tasks that it starts, part of
        an execution, which is the one under way until end."""
        self.origin = Origin(seq, number)
        self.execution.set(self.origin)
        self.current = seq

    def end(self):
        self.current = None

    def belongs(self):
        """Reports whether the calling thread, or the task that it runs, is part of the
        execution under way."""
        current = self.current
        if current is None:
            return False
        origin = self.execution.get()
        if origin is not None:
            return origin.seq == current
        ident = _thread.get_ident()
        return ident == self.main or ident not in self.survivors

    def of(self, task):
        """Returns the Origin of a task, or None."""
        try:
            return task.get_context().get(self.execution)
        except Exception:
            return None  # it is no task of asyncio

    def note_survivors(self):
        """Reports whether earlier executions left threads running, and remembers
        those that have no execution in their context."""
        if _thread._count() > self.own:
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

"""Names that IPython has among those of the code, and that dir() does not list."""

from .pristine import __builtins__

import builtins
import sys

# What the namespace of any module has.
MODULE = ("__annotations__", "__builtins__", "__cached__", "__doc__", "__file__", "__loader__", "__name__", "__package__", "__spec__")
EXIT_CODE = "_exit_code"  # of the last line of the shell


class OwnNames:
    """The names that were there before the code, as long as they have the values that
    they had."""

    def __init__(self, shell):
        self.shell = shell
        self.values = {}

    def note(self):
        """Notes all names that there are now."""
        self.values.update((name, value) for name, value in self.shell.user_ns.items() if name not in MODULE)

    def has(self, name, value):
        """Reports whether a name is not one that the code has given to the value."""
        hook = self.shell.displayhook
        if name in ("_", "__", "___"):
            return value is getattr(hook, name, None) or self.values.get(name) is value
        return name == EXIT_CODE or name in self.values and self.values[name] is value

    def hide(self):
        """Makes dir() leave them out where it lists the names of the code."""
        original, own, frame_above = builtins.dir, self, sys._getframe

        def dir(*args):
            if args:
                return original(*args)
            frame = frame_above(1)
            names = frame.f_locals
            if frame.f_globals is not own.shell.user_ns or names is not frame.f_globals:
                return sorted(names)
            return sorted(name for name, value in names.items() if not own.has(name, value))

        dir.__doc__, dir.__module__, dir.__qualname__ = original.__doc__, "builtins", "dir"
        builtins.dir = dir

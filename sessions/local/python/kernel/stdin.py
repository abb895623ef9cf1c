"""sys.stdin, input() and the like: they fail at once, since nobody can type."""

from .pristine import __builtins__

import builtins
import getpass
import io
import sys

from IPython.core.error import StdinNotImplementedError

NO_INPUT = (
    "nobody can type into this session, so {} has nothing to read. "
    "Put the value into the code, or read it from a file in the data folder."
)


class NoInput(io.TextIOBase):
    """sys.stdin: reading fails and says why."""

    name = "<stdin>"
    mode = "r"
    encoding = "utf-8"
    errors = "strict"

    def refuse(self, *args, **kwargs):
        raise StdinNotImplementedError(NO_INPUT.format("sys.stdin"))

    read = readline = readlines = __next__ = refuse

    @property
    def buffer(self):
        self.refuse()

    def readable(self):
        return True

    def fileno(self):
        return 0


def refuse_prompts():
    """Replaces the functions that prompt a person."""
    builtins.input = refusing("input()")
    getpass.getpass = refusing("getpass()")
    sys.breakpointhook = refusing("the debugger")


def refusing(what):
    def refuse(*args, **kwargs):
        raise StdinNotImplementedError(NO_INPUT.format(what))
    return refuse

"""Whatever waits for a person to type says at once that there is none."""

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
    """sys.stdin: reading fails at once and says why."""

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


def refuse(what):
    def refused(*args, **kwargs):
        raise StdinNotImplementedError(NO_INPUT.format(what))
    return refused


def refuse_questions():
    builtins.input = refuse("input()")
    getpass.getpass = refuse("getpass()")
    sys.breakpointhook = refuse("the debugger")

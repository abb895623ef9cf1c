"""What becomes of pip where nothing can be installed: see offline/pip."""

from .pristine import __builtins__, os

import re
import shlex
import sys
from importlib.util import find_spec

from IPython.core.error import UsageError

from .offline.pip.commands import Refused
from .offline.pip.commands import pip as answer

# The folder of the package that stands for pip, and of programs that run it.
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "offline")

# A program that is pip, what precedes an operator of the shell, and the rest.
# A quoted operator is none.
COMMAND = re.compile(
    r"""\s*(?:sudo\s+)?(uv\s+pip|(?:\S*/)?pip[\d.]*|(?:\S*/)?python[\d.]*\s+-m\s+pip)(?=[\s|;&<>]|$)"""
    r"""((?:[^'"|;&<>\\\n]|'[^']*'|"(?:[^"\\]|\\.)*"|\\.)*)(|[|;&<>\n].*)""", re.DOTALL).fullmatch
# What a shell takes literally, in the group, and a comment.
COMMENT = re.compile(r"""('[^']*'|"(?:[^"\\]|\\.)*"|\\.)|(?<!\S)#[^\n]*""", re.DOTALL)
SILENCED = re.compile(r"\s(?:[12]?|&)>(?:&\d|\s*/dev/null)")


def stand_in(options):
    """Sees to it that pip is what says so if nothing can be installed, in this
    process and in all that it starts, and not the system's. Reports whether."""
    if not options.offline and find_spec("pip"):
        return False
    sys.path.insert(0, FOLDER)
    os.environ["PIP_PYTHON"] = sys.executable
    for name, entry in (("PYTHONPATH", FOLDER), ("PATH", os.path.join(FOLDER, "bin"))):
        rest = os.environ.get(name)
        os.environ[name] = entry + os.pathsep + rest if rest else entry
    return True


class PipCall:
    """A command for the shell that begins with pip."""

    def __init__(self, program, line, rest):
        self.line = "--uv " + line if program.startswith("uv") else line
        self.rest = "cat " + rest if rest.strip() else ""  # takes the text as its input

    @classmethod
    def of(cls, command):
        match = COMMAND(SILENCED.sub("", uncommented(command)))
        return cls(*match.groups()) if match else None

    def text(self):
        return pip(self.line)


def uncommented(command):
    return COMMENT.sub(lambda match: match[1] or "", command)


def pip(line):
    """Returns what pip would say to the arguments. Raises UsageError for what
    it cannot do."""
    try:
        words = shlex.split(uncommented(line))
    except ValueError as e:
        raise UsageError(f"%pip: the line cannot be split into words: {e}") from None
    try:
        return answer(words, "%pip")
    except Refused as e:
        raise UsageError(str(e)) from None

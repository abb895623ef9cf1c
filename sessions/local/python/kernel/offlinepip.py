"""Puts a replacement before pip, in this process and in all that it starts: offline/pip."""

from .pristine import __builtins__, os

import re
import shlex
import sys

from IPython.core.error import UsageError

from .offline.pip.commands import INDEX, Refused, Work, pip

# The folder of the package that replaces pip, and of programs that run it.
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "offline")

# A program that is pip, its arguments, and an operator of the shell with what
# follows it. An operator in quotes is none.
COMMAND = re.compile(
    r"""\s*(?:sudo\s+)?(uv\s+pip|(?:\S*/)?pip[\d.]*|(?:\S*/)?python[\d.]*\s+-m\s+pip)(?=[\s|;&<>]|$)"""
    r"""((?:[^'"|;&<>\\\n]|'[^']*'|"(?:[^"\\]|\\.)*"|\\.)*)(|[|;&<>\n].*)""", re.DOTALL).fullmatch
# What a shell takes literally, which is the group, or a comment.
COMMENT = re.compile(r"""('[^']*'|"(?:[^"\\]|\\.)*"|\\.)|(?<!\S)#[^\n]*""", re.DOTALL)
SILENCED = re.compile(r"\s(?:[12]?|&)>(?:&\d|\s*/dev/null)")


def replace_pip(options):
    """Replaces pip in this process and in all that it starts."""
    sys.path.insert(0, FOLDER)
    os.environ["PIP_PYTHON"] = sys.executable
    if not options.offline and not options.relay:
        os.environ[INDEX] = "1"
    for name, entry in (("PYTHONPATH", FOLDER), ("PATH", os.path.join(FOLDER, "bin"))):
        others = os.environ.get(name)
        os.environ[name] = entry + os.pathsep + others if others else entry


class PipCall:
    """A line for the shell that begins with a call of pip.

    rest is what follows the call, as a line that reads pip's output as its
    input, or "" if nothing follows."""

    def __init__(self, program, arguments, rest):
        self.arguments = "--uv " + arguments if program.startswith("uv") else arguments
        self.rest = "cat " + rest if rest.strip() else ""

    @classmethod
    def parse(cls, line):
        """Returns the call at the beginning of a line, or None."""
        match = COMMAND(SILENCED.sub("", strip_comments(line)))
        return cls(*match.groups()) if match else None

    def run(self):
        """Returns what the call prints."""
        return run_pip(self.arguments)

    def needs_program(self):
        """Reports whether the call is left to the real pip, which is a program."""
        try:
            pip(split(self.arguments), "%pip")
        except Work:
            return True
        except (Refused, UsageError):
            pass
        return False


def strip_comments(line):
    return COMMENT.sub(lambda match: match[1] or "", line)


def run_pip(arguments):
    """Returns what pip prints for arguments, a part of a line. Raises UsageError
    for what it cannot do."""
    try:
        return pip(split(arguments), "%pip")
    except Refused as e:
        raise UsageError(str(e)) from None


def split(arguments):
    try:
        return shlex.split(strip_comments(arguments))
    except ValueError as e:
        raise UsageError(f"%pip: the line cannot be split into words: {e}") from None

"""%pip, %%bash and their like."""

from .pristine import __builtins__

import subprocess
import sys

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class

from .offlinepip import PipCall, pip


@magics_class
class SessionMagics(Magics):
    """Magics whose originals expect a terminal or a network."""

    @line_magic
    def pip(self, line):
        call = self.shell.kernel.no_pip and PipCall.of(f"pip {line}")
        if call and call.rest:
            self.shell.system(f"pip {line}")
        elif self.shell.kernel.no_pip:
            print(pip(line), end="")
        else:
            self.shell.system(f"{sys.executable} -m pip {line}")

    @line_magic
    def uv(self, line):
        self.shell.system(f"uv {line}")

    @cell_magic
    def script(self, line, cell):
        self.feed(line.split(), cell)

    @cell_magic
    def bash(self, line, cell):
        self.feed(["bash", *line.split()], cell)

    @cell_magic
    def sh(self, line, cell):
        self.feed(["sh", *line.split()], cell)

    def feed(self, command, cell):
        """Runs command with cell as its input; its output is the session's."""
        strict = "--no-raise-error" not in command
        command = [word for word in command if word != "--no-raise-error"]
        if not command:
            raise UsageError("%%script needs a program, such as %%script bash")
        if any(word in ("--bg", "--out", "--err", "--proc") for word in command):
            raise UsageError("the magic takes no option but --no-raise-error; use subprocess for more")
        code = self.shell.child(command, input=cell.encode())
        if code and strict:
            raise subprocess.CalledProcessError(code, command)

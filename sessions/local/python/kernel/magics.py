"""%pip, %%bash and other magics whose originals need a terminal or a network."""

from .pristine import __builtins__

import subprocess

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class

from .offlinepip import PipCall, run_pip

STRICT_OFF = "--no-raise-error"
UNSUPPORTED = ("--bg", "--out", "--err", "--proc")


@magics_class
class SessionMagics(Magics):
    """Magics that run programs whose output is the session's."""

    @line_magic
    def pip(self, line):
        call = PipCall.parse(f"pip {line}")
        if call and call.needs_program():
            code = self.shell.run_program(f"pip {line}", shell=True)
            if code:
                raise UsageError(f"%pip has failed, with exit status {code}; what it says is above")
        elif call and call.rest:
            self.shell.system(f"pip {line}")
        else:
            print(run_pip(line), end="")

    @line_magic
    def tb(self, line):
        """Prints the traceback of the last error with all frames."""
        print(self.shell.tracebacks.format_last() or "There was no error in this session yet.", end="")

    @line_magic
    def uv(self, line):
        self.shell.system(f"uv {line}")

    @cell_magic
    def script(self, line, cell):
        self.run_with_input(line.split(), cell)

    @cell_magic
    def bash(self, line, cell):
        self.run_with_input(["bash", *line.split()], cell)

    @cell_magic
    def sh(self, line, cell):
        self.run_with_input(["sh", *line.split()], cell)

    def run_with_input(self, command, cell):
        """Runs a command that reads the cell as its input."""
        strict = STRICT_OFF not in command
        command = [word for word in command if word != STRICT_OFF]
        if not command:
            raise UsageError("%%script needs a program, such as %%script bash")
        if any(word in UNSUPPORTED for word in command):
            raise UsageError(f"this magic has no option but {STRICT_OFF}; use subprocess for anything else")
        code = self.shell.run_program(command, input=cell.encode())
        if code and strict:
            raise subprocess.CalledProcessError(code, command)

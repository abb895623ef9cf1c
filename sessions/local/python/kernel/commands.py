"""Programs that the host runs beside the session's code, which leave no trace in the interpreter."""

from .pristine import __builtins__, os

import errno
import subprocess

from .processes import kill_family
from .text import utf8

SHELL = "/bin/bash"
LONG = 96 << 10  # bytes of a line that is passed in a file: an argument may have 128 KiB
Popen = subprocess.Popen


class Command:
    """A program to run, which leads a session of processes of its own, so that an
    interrupt ends it with all that it has started.

    request is the payload of the host's frame; null is a descriptor to read no
    input from."""

    def __init__(self, request, interrupts, null):
        self.line = request.get("shell")
        self.args = request.get("args") or []
        self.stdin = utf8(request.get("stdin") or "")
        self.interrupts = interrupts
        self.null = null
        self.pid = 0

    def execute(self, run):
        """Returns the exit status as a shell does, 128 + N after signal N."""
        inherited = []
        try:
            try:
                self.start(inherited)
            except OSError as e:
                return self.report_not_started(e)
            finally:
                for fd in inherited:
                    os.close(fd)
            status = self.wait(run)
        except BaseException:
            if self.pid:
                kill_family(self.pid)
            raise
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code

    def wait(self, run):
        try:
            self.interrupts.allowed = True
            if run.interrupted:  # by a signal that came before interrupts were allowed
                raise KeyboardInterrupt
            _, status = os.waitpid(self.pid, 0)
            return status
        finally:
            self.interrupts.allowed = False

    def start(self, inherited):
        """Starts the program, and adds to inherited the descriptors that only it
        needs."""
        args, passed = self.args or [SHELL, "-c", self.line], ()
        if self.line and len(utf8(self.line)) > LONG:
            fd = make_file(utf8(self.line), inherited)
            args, passed = [SHELL, "-c", f'eval "$(cat <&{fd})" {fd}<&-'], (fd,)
        process = Popen(args, stdin=self.open_stdin(inherited), start_new_session=True, pass_fds=passed)
        process.returncode = 0  # Popen need not wait for it: wait does
        self.pid = process.pid

    def open_stdin(self, inherited):
        """Returns a descriptor for the program to read its input from: a file,
        since nobody would be there to fill a pipe."""
        return make_file(self.stdin, inherited) if self.stdin else self.null

    def report_not_started(self, error):
        """Prints why the program could not be started, and returns the exit
        status, both like a shell."""
        missing = error.errno == errno.ENOENT
        reason = "command not found" if missing else os.strerror(error.errno)
        os.write(2, utf8(f"{(self.args or [SHELL])[0]}: {reason}\n"))
        return 127 if missing else 126


def make_file(data, opened):
    """Returns a descriptor of a file without a name that holds data, and adds it
    to opened."""
    path = os.path.join(os.environ.get("TMPDIR") or "/tmp", f"command-{os.urandom(8).hex()}")
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    opened.append(fd)
    os.unlink(path)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]
    os.lseek(fd, 0, os.SEEK_SET)
    return fd

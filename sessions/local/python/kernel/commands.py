"""Programs that are run beside the session's code, for a request and not for a
cell: nothing in the interpreter shows that there was one."""

from .pristine import __builtins__, os, parse

import errno
import subprocess

from .processes import kill_family
from .run import Run
from .text import utf8
from .tracebacks import explain

SHELL = "/bin/bash"
LONG = 96 << 10  # bytes of a command line; one argument may have 128 KiB
Popen = subprocess.Popen


def run_command(kernel, seq, payload):
    """Serves a request to run a program."""
    run = Run(kernel, seq, kernel.out, kernel.err)
    kernel.prepare(run)
    kernel.watcher.begin(run)
    frames, status = (), "ok"
    try:
        wanted, _ = parse(payload.decode(), 0)
        run.exit = Program(kernel, wanted).run(run)
    except BaseException as e:  # an interrupt above all
        kernel.interrupts.allowed = False
        frames, status = explain(seq, e), "interrupted" if run.interrupted else "error"
    kernel.answer(run, frames, status)
    kernel.clean()


class Program:
    """A program that is leader of a session of its own, of which nothing is
    left when it is interrupted."""

    def __init__(self, kernel, wanted):
        self.kernel = kernel
        self.line = wanted.get("shell")
        self.args = wanted.get("args") or []
        self.stdin = utf8(wanted.get("stdin") or "")
        self.pid = 0

    def run(self, run):
        """Returns the exit status, as a shell would have it."""
        interrupts = self.kernel.interrupts
        opened = []
        try:
            try:
                self.start(opened)
            except OSError as e:
                return self.not_started(e)
            finally:
                for fd in opened:
                    os.close(fd)
            try:
                interrupts.allowed = True
                if run.interrupted:  # by a signal that came too early to be heeded
                    raise KeyboardInterrupt
                _, status = os.waitpid(self.pid, 0)
            finally:
                interrupts.allowed = False
        except BaseException:
            if self.pid:
                kill_family(self.pid)
            raise
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code

    def start(self, opened):
        """Starts the program. What is only for it to inherit is added to opened."""
        args, inherited = self.args or [SHELL, "-c", self.line], ()
        if self.line and len(utf8(self.line)) > LONG:
            fd = file_of(utf8(self.line), opened)
            args, inherited = [SHELL, "-c", f'eval "$(cat <&{fd})" {fd}<&-'], (fd,)
        process = Popen(args, stdin=self.input(opened), start_new_session=True, pass_fds=inherited)
        process.returncode = 0  # it is waited for here
        self.pid = process.pid

    def input(self, opened):
        """Returns a descriptor from which the program's input is read: a file,
        since nobody would be there to fill a pipe."""
        return file_of(self.stdin, opened) if self.stdin else self.kernel.wire.null

    def not_started(self, error):
        """Says why there is no such program, as a shell does."""
        why = "command not found" if error.errno == errno.ENOENT else os.strerror(error.errno)
        os.write(2, utf8(f"{(self.args or [SHELL])[0]}: {why}\n"))
        return 127 if error.errno == errno.ENOENT else 126


def file_of(data, opened):
    """Returns a descriptor of a file without a name that holds data."""
    path = os.path.join(os.environ.get("TMPDIR") or "/tmp", f"command-{os.urandom(8).hex()}")
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    opened.append(fd)
    os.unlink(path)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]
    os.lseek(fd, 0, os.SEEK_SET)
    return fd

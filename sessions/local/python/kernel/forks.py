"""Children that code forks from the interpreter: they print nothing twice, do not
speak to the host, and end like an interpreter of their own."""

from .pristine import __builtins__, os

import functools
import subprocess
import sys


def separate_forks(output, descriptors):
    """Flushes output before each fork. The child has no descriptors to the host,
    and so no turns to write."""
    def close_descriptors():
        output.forget_blocks()
        output.turns.end()
        for fd in descriptors:
            try:
                os.close(fd)
            except OSError:
                pass  # the code has closed it
    os.register_at_fork(before=output.flush, after_in_child=close_descriptors)


def flush_before_programs(output):
    """Flushes output before programs start that are not forked: they may write to the
    same descriptors."""
    def flushing(start):
        @functools.wraps(start)
        def start_after_output(*args, **kwargs):
            output.flush()
            return start(*args, **kwargs)
        return start_after_output

    subprocess._fork_exec = flushing(subprocess._fork_exec)
    module = sys.modules["os"]
    for name in ("system", "posix_spawn", "posix_spawnp", "execv", "execve"):
        setattr(module, name, flushing(getattr(os, name)))


def exit_child(output, error, tracebacks):
    """Ends a child whose cell has ended, with error unless that is None, as an
    interpreter would end."""
    code = 0 if error is None else 1
    try:
        message = ""
        if isinstance(error, SystemExit) and (error.code is None or isinstance(error.code, int)):
            code = (error.code or 0) & 0xff
        elif isinstance(error, SystemExit):
            message = f"{error.code}\n"
        elif error is not None:
            _, _, trace = tracebacks.describe(error)
            message = trace + "\n"
        output.stdout.flush()
        output.stderr.write(message)
        output.stderr.flush()
    finally:
        os._exit(code)

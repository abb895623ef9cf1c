"""Programs that cells run: an interrupt ends them with all that they have started."""

from .pristine import __builtins__

import signal
import subprocess

from .processes import kill_family


def run_program(command, interrupts, input=None, **kwargs):
    """Runs a program whose input is the bytes of input, or nothing, and returns
    its exit status. kwargs are those of subprocess.Popen."""
    stdin = subprocess.DEVNULL if input is None else subprocess.PIPE
    process = subprocess.Popen(command, stdin=stdin, start_new_session=True, **kwargs)
    process._sigint_wait_secs = 0
    try:
        process.communicate(input)
    except BaseException as e:
        while process.returncode is None:
            try:
                interrupts.shield(kill, process)
            except KeyboardInterrupt:
                pass  # another interrupt
        raise e.with_traceback(None)
    return process.returncode


def kill(process):
    """Kills a program with all that it has started."""
    kill_family(process.pid)
    process.returncode = -signal.SIGKILL  # kill_family has waited for it

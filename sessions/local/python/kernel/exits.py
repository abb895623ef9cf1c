"""The end of the process on purpose: what the code has printed is sent before."""

from .pristine import __builtins__, os

import sys


def send_before_exit(pid, send_all):
    """Calls send_all before code ends the process pid by os._exit, os.abort or
    os.kill."""
    def sending(end, is_end):
        def end_after_output(*args, **kwargs):
            if os.getpid() == pid and is_end(*args):
                send_all()
            return end(*args, **kwargs)
        return end_after_output

    module = sys.modules["os"]
    module._exit = sending(os._exit, lambda *args: True)
    module.abort = sending(os.abort, lambda *args: True)
    module.kill = sending(os.kill, lambda target=None, *args: target == pid)

"""Forks, and the end of the process on purpose."""

from .pristine import __builtins__, os

import sys


def part_from_forks(kernel):
    """A child prints nothing twice and does not speak to the host."""
    def before():
        for stream in (kernel.stdout, kernel.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                pass

    def after():
        for fd in (kernel.wire.inbound, kernel.wire.outbound, kernel.watcher.epoll_fd, kernel.watcher.timer):
            try:
                os.close(fd)
            except OSError:
                pass
    os.register_at_fork(before=before, after_in_child=after)


def send_before_end(kernel):
    """What the code printed is sent before it ends the process on purpose."""
    def last_words(end, ends):
        def ended(*args, **kwargs):
            if kernel.run is not None and os.getpid() == kernel.pid and ends(*args):
                send_output(kernel)
            return end(*args, **kwargs)
        return ended

    module = sys.modules["os"]
    module._exit = last_words(os._exit, lambda *args: True)
    module.abort = last_words(os.abort, lambda *args: True)
    module.kill = last_words(os.kill, lambda pid=None, *rest: pid == kernel.pid)


def send_output(kernel):
    if not kernel.watcher.lock.acquire(timeout=1):
        return
    try:
        run = kernel.run
        for fd in (run.out.read, run.err.read):
            run.pump(fd)
    finally:
        kernel.watcher.lock.release()

"""asyncio between cells: what code in a coroutine may do, a cell may do too."""

from .pristine import __builtins__, os

import _thread
import asyncio


def lend_loop(shell):
    """Gives cells the session's loop as the running one, so that they can make
    tasks. It does not run: a cell that awaits something runs it, and the end of
    each cell does for a moment. asyncio.run and run_until_complete, which refuse
    to work inside a running loop, still work."""
    running, main, pid = asyncio.get_running_loop, _thread.get_ident(), os.getpid()

    def get_running_loop():
        """Return the running event loop, or that of the session."""
        try:
            return running()
        except RuntimeError:
            if _thread.get_ident() != main or os.getpid() != pid or shell.loop.is_closed():
                raise
            return shell.loop

    asyncio.get_running_loop = asyncio.events.get_running_loop = get_running_loop


def begin_tasks(loop):
    """Runs what is ready in the loop, so that tasks which a cell made are under
    way when it ends."""
    if not loop.is_closed() and not loop.is_running() and getattr(loop, "_ready", None):
        loop.run_until_complete(asyncio.sleep(0))

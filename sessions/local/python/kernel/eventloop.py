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
    find_tasks(get_running_loop)


def find_tasks(get_running_loop):
    """Lets cells ask for tasks as well, and finds tasks of both kinds, those in C
    and those in Python, which are accounted for apart: nest_asyncio changes to the
    latter, and without this timeouts and groups say that they are in no task."""
    tasks = asyncio.tasks
    current, every = tasks.current_task, tasks.all_tasks
    current_python = getattr(tasks, "_py_current_task", current)
    every_python = getattr(tasks, "_py_all_tasks", every)

    def current_task(loop=None):
        """Return a currently executed task."""
        loop = loop or get_running_loop()
        return current(loop) or current_python(loop)

    def all_tasks(loop=None):
        """Return a set of all tasks for the loop."""
        loop = loop or get_running_loop()
        return every(loop) | every_python(loop)

    asyncio.current_task = tasks.current_task = current_task
    asyncio.all_tasks = tasks.all_tasks = all_tasks


def begin_tasks(loop):
    """Runs what is ready in the loop, so that tasks which a cell made are under
    way when it ends."""
    if not loop.is_closed() and not loop.is_running() and getattr(loop, "_ready", None):
        loop.run_until_complete(asyncio.sleep(0))

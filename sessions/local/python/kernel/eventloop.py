"""asyncio in cells: a cell may do what code in a coroutine may."""

from .pristine import __builtins__, os

import _thread
import asyncio


def lend_loop(shell):
    """Makes asyncio.get_running_loop return the session's loop in cells, so that
    they can create tasks. The loop does not run then: a cell that awaits
    something runs it, the end of each cell runs it for a moment, and between cells
    it runs as long as there is something to do (between).
    asyncio.run and run_until_complete, which refuse to work inside a running
    loop, still work."""
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
    shell.all_tasks = find_all_tasks(get_running_loop)


def find_all_tasks(get_running_loop):
    """Makes current_task and all_tasks work in cells, and find both the tasks that
    are implemented in C and those in Python, which asyncio registers
    separately: nest_asyncio switches to the latter, and timeouts and task
    groups would say that they are in no task."""
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
    return all_tasks


def has_work(shell):
    """Reports whether the session's loop has anything to do, now or later."""
    loop = shell.loop
    try:
        return not loop.is_closed() and bool(loop._ready or loop._scheduled or shell.all_tasks(loop))
    except Exception:
        return False  # the code has broken what asyncio needs


def cancel_tasks(shell, chosen):
    """Cancels the tasks of the session for which chosen is true."""
    if shell.loop is not None and not shell.loop.is_closed():
        for task in shell.all_tasks(shell.loop):
            if chosen(task):
                task.cancel()


def start_tasks(loop):
    """Runs what is ready in the loop, so that tasks which a cell has created are
    under way when it ends."""
    if not loop.is_closed() and not loop.is_running() and getattr(loop, "_ready", None):
        loop.run_until_complete(asyncio.sleep(0))


def run_coroutine(loop, coroutine):
    """Runs a coroutine to its end. An interrupt cancels it and shows where it was."""
    task = loop.create_task(coroutine)
    try:
        return loop.run_until_complete(task)
    except KeyboardInterrupt:
        task.cancel()
        loop.run_until_complete(asyncio.wait([task], timeout=1))
        if not task.cancelled():
            raise
        try:
            task.result()
        except asyncio.CancelledError as e:  # has the traceback of the coroutine
            raise KeyboardInterrupt().with_traceback(e.__traceback__) from None

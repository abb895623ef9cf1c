"""Runs the session's event loop between executions, so that tasks go on."""

from .pristine import __builtins__

import _thread

from .eventloop import has_work


class Between:
    """The time between two executions. Tasks and callbacks run in it, on the main
    thread, until the host sends a request."""

    def __init__(self, shell, wire, watcher, threads, interrupts, tracebacks):
        self.shell = shell
        self.threads = threads
        self.wire = wire
        self.watcher = watcher
        self.interrupts = interrupts
        self.tracebacks = tracebacks
        self.waiting = False  # for a request, while the loop runs
        self.loop = None

    def busy(self):
        """Reports whether anything in the session may use the loop."""
        return has_work(self.shell) or _thread._count() > self.threads.own and not self.shell.loop.is_closed()

    def serve(self):
        """Returns when there is a request, at once if nothing uses the loop."""
        if not self.busy():
            return
        self.loop = self.shell.loop
        self.waiting = True
        self.watcher.begin_between(self.request_came)
        try:
            while self.waiting and not self.loop.is_closed():
                self.run_loop()
        finally:
            self.waiting = False
            self.watcher.end_between()

    def run_loop(self):
        """Runs the loop until a request comes, or code in it raises what no task
        keeps: an interrupt, since a task has kept the session from running code."""
        try:
            try:
                self.interrupts.allowed = True
                self.loop.run_forever()
            finally:
                self.interrupts.allowed = False
        except SystemExit:
            pass  # it ends a task or a callback, as it ends a thread
        except BaseException as e:
            self.interrupts.allowed = False
            self.report(e)

    def report(self, error):
        """Prints an error as that of no execution: which one it is of is not known."""
        token = self.threads.execution.set(None)
        try:
            self.tracebacks.print_task(self.loop, {"message": "Stopped in the event loop", "exception": error})
        except BaseException:
            pass  # the code has broken what that needs
        finally:
            self.threads.execution.reset(token)

    def request_came(self):
        """Ends serve. The watcher calls it."""
        try:
            self.loop.call_soon_threadsafe(self.stop_loop)
        except RuntimeError:
            pass  # the code has closed the loop, which ends serve too

    def stop_loop(self):
        if self.wire.received:
            self.waiting = False
            self.loop.stop()

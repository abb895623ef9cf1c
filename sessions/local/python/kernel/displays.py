"""What display() and its like do: they send a display to the host."""

from .pristine import __builtins__, os, quote

import _thread

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher

from .summary import summary
from .values import bundle, parts_of


class Displays:
    """Sends displays, but not those of threads that earlier executions left
    running, nor those of forked children. forms says in which form each is shown."""

    def __init__(self, wire, threads, interrupts, forms):
        self.wire = wire
        self.forms = forms
        self.threads = threads
        self.interrupts = interrupts
        self.pid = os.getpid()

    def send(self, data, display_id=None, update=False):
        """Sends the forms in data, by MIME type. With update they replace those
        that have been sent with the same display_id."""
        seq = self.threads.current
        if not self.threads.belongs() or os.getpid() != self.pid:
            return
        data = self.refine(data, display_id)
        if not data:
            return
        name = quote(str(display_id)[:256]) if display_id is not None else "null"
        update = "true" if update else "false"
        display = bundle(f'{{"type":"display","seq":{seq},"id":{name},"update":{update},', parts_of(data))
        if _thread.get_ident() == self.threads.main:
            self.interrupts.shield(self.wire.send, display)
            return
        with self.threads.writing:
            if self.threads.current == seq:  # the execution may have ended meanwhile
                self.wire.send(display)


    def refine(self, data, display_id=None):
        """Returns the forms of a display as they are sent."""
        return self.forms.refine(data, self.threads.current, None if display_id is None else str(display_id))

    def close(self):
        """Ends an execution: says what became of pictures that it has too many of."""
        words = self.forms.closing_words(self.threads.current)
        if words:
            self.send(summary(words))


class Publisher(DisplayPublisher):
    """What display() calls."""

    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs):
        self.shell.displays.send(data, (transient or {}).get("display_id"), update)

    def clear_output(self, wait=False):
        pass  # what was sent stays: a model reads it once, not as it changes


class Hook(DisplayHook):
    """Shows the values of cells that magics run. Nothing is echoed."""

    def __call__(self, result=None):
        if result is not None:
            data, _ = self.shell.display_formatter.format(result)
            self.shell.displays.send(data)
            self.fill_exec_result(result)

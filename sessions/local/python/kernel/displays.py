"""What display() and its like do: they send a display to the host."""

from .pristine import __builtins__, os, quote

import _thread

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher

from .frames import frame
from .images import Picture
from .summary import SUMMARY, summary
from .text import utf8
from .values import bundle, parts_of


class Displays:
    """Sends displays, but not those of forked children; those of threads and tasks that
    earlier executions left running are kept for the next answer. forms says in which
    form each is shown."""

    def __init__(self, output, threads, interrupts, forms):
        self.output = output
        self.forms = forms
        self.threads = threads
        self.interrupts = interrupts
        self.pid = os.getpid()

    def send(self, data, display_id=None, update=False):
        """Sends the forms in data, by MIME type. With update they replace those
        that have been sent with the same display_id."""
        seq = self.threads.current  # it may be another one when the forms are made
        if not self.may_send():
            self.keep(data, None if display_id is None else str(display_id)[:256], update)
            return
        if self.output.has_grown():
            self.forms.gallery.separate()
        data = self.forms.refine(data, seq, None if display_id is None else str(display_id))
        if not data:
            return
        name = quote(str(display_id)[:256]) if display_id is not None else "null"
        update = "true" if update else "false"
        self.send_frame(seq, "display", f'"id":{name},"update":{update},', lambda head: bundle(head, parts_of(data)))

    def keep(self, data, name, update):
        """Keeps what an earlier execution displays: a picture, or the text."""
        origin = self.threads.execution.get()
        if os.getpid() != self.pid or origin is not None and origin.stopped:
            return
        data = self.forms.bundles.refine(data)
        if any(isinstance(form, Picture) for form in data.values()):
            shown = {mime: form for mime, form in data.items() if isinstance(form, Picture) or mime in (SUMMARY, "text/plain")}
            self.output.late.show(origin, parts_of(shown), name, update)
            return
        text = data.get(SUMMARY) or data.get("text/plain")
        if isinstance(text, str):
            self.output.late.add(origin, utf8(text + "\n"))

    def clear(self, wait):
        """Has the host forget what the execution has written and displayed; with
        wait, when something follows."""
        if not self.may_send():
            return
        self.forms.forget()
        self.send_frame(self.threads.current, "clear", f'"wait":{"true" if wait else "false"}', lambda head: frame(head + "}"))

    def send_frame(self, seq, kind, fields, make):
        """Sends the frame that make makes of its header, after all that was written
        before, unless the execution seq has ended."""
        made = make(f'{{"type":"{kind}","seq":{seq},{fields}')
        if _thread.get_ident() == self.threads.main:
            self.interrupts.shield(self.send_in_order, made)
            return
        with self.threads.writing:
            if self.threads.current == seq:  # the execution may have ended meanwhile
                self.send_in_order(made)

    def may_send(self):
        return self.threads.belongs() and os.getpid() == self.pid

    def send_in_order(self, made):
        self.output.send_pending()
        self.output.wire.send(made)

    def refine(self, data):
        """Returns the forms of a value as they are sent."""
        return self.forms.refine(data, self.threads.current)

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
        self.shell.displays.clear(wait)
        figures = self.shell.kernel.figures
        if figures is not None:
            figures.sent.clear()  # those that are still open are shown again


class Hook(DisplayHook):
    """Shows the values of cells that magics run. Nothing is echoed."""

    def __call__(self, result=None):
        if result is not None:
            data, _ = self.shell.display_formatter.format(result)
            self.shell.displays.send(data)
            self.fill_exec_result(result)

"""What display() and its like do."""

from .pristine import __builtins__

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher


class Publisher(DisplayPublisher):
    """What display() calls."""

    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs):
        self.shell.kernel.show(data, (transient or {}).get("display_id"), update)

    def clear_output(self, wait=False):
        pass  # what was sent stays: an agent reads it once, not as it changes


class Hook(DisplayHook):
    """Shows the values of cells that magics run. Nothing is echoed."""

    def __call__(self, result=None):
        if result is not None:
            data, _ = self.shell.display_formatter.format(result)
            self.shell.kernel.show(data, None, False)
            self.fill_exec_result(result)

"""Shows matplotlib's figures: each open figure once, as it is when a cell ends."""

from .pristine import __builtins__, unpack

import functools

from .fonts import Fonts
from .glyphs import Glyphs
from .pictures import MAX_SIDE, draw_image

INLINE = "module://matplotlib_inline.backend_inline"
MAX_INCHES = 500  # of a figure's side; in one that is larger FreeType cannot draw text that fits in MAX_SIDE
# Backends that draw into files and work here. Those that open windows have
# nowhere to open them.
FILE_BACKENDS = {"agg", "pdf", "ps", "svg", "template"}
# Backends of other packages, and of other versions of matplotlib.
FOREIGN_BACKENDS = {"ipympl", "widget", "module://ipympl.backend_nbagg", "gtkagg", "qt4agg", "qt6agg"}


class Figures:
    """matplotlib's figures in a session. Making it imports matplotlib, and raises
    what that raises."""

    def __init__(self, shell):
        import matplotlib.pyplot
        from matplotlib._pylab_helpers import Gcf
        from IPython.core.pylabtools import print_figure
        backend = use_inline_backend(shell, matplotlib.pyplot)
        self.shell = shell
        self.glyphs = Glyphs(Fonts())
        self.open_figures, self.close = Gcf.get_all_fig_managers, matplotlib.pyplot.close
        self.print_figure, self.show = print_figure, backend.show
        self.sent = {}  # the picture that was last sent, by the figure's identity
        self.register(shell.display_formatter.formatters["image/png"])
        self.warm_up()

    def register(self, formatter):
        """Shows figures and images of PIL as pictures."""
        from matplotlib.figure import Figure
        from PIL.Image import Image
        formatter.fix(Figure, self.draw_shown)
        formatter.fix(Image, draw_image)

    def warm_up(self):
        """Loads the fonts and what else a first figure needs."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        figure = Figure(figsize=(1, 1))
        FigureCanvasAgg(figure)
        figure.add_subplot().plot([0, 1], label="x")
        figure.axes[0].legend()
        self.draw(figure)

    def draw(self, figure):
        """Returns a figure as PNG, or None if there is nothing on it."""
        width, height = figure.get_size_inches()
        if max(width, height) > MAX_INCHES:
            raise ValueError(f"A figure of {width:g} × {height:g} inches is too large to show. figsize is in inches, "
                             "not in pixels: (12, 8) is already large.")
        dpi = min(figure.dpi, MAX_SIDE / max(width, height, 0.01))
        for _ in range(3):
            picture = self.print_figure(figure, "png", dpi=dpi)
            if not isinstance(picture, bytes):
                return None
            side = max(unpack(picture, 16))  # the header's width and height
            if side <= MAX_SIDE:
                break
            dpi *= 0.99 * MAX_SIDE / side
        return picture

    def draw_shown(self, figure):
        """Draws a figure that code displays, so that flush need not show it again."""
        picture = self.draw(figure)
        if picture is not None:
            self.sent[id(figure)] = picture
        return picture

    def flush(self):
        """Shows the open figures that have not been shown as they are now. One that
        cannot be drawn does not keep the others from being shown; its error is
        raised at the end."""
        failure = None
        for manager in self.open_figures():
            try:
                self.show_changed(manager.canvas.figure)
            except Exception as e:
                failure = failure or e
        if failure:
            raise failure

    def show_changed(self, figure):
        picture = self.draw(figure)
        if picture is not None and picture != self.sent.get(id(figure)):
            self.shell.displays.send({"image/png": picture, "text/plain": repr(figure)})
            self.sent[id(figure)] = picture

    def clear(self):
        """Closes the figures, and forgets what was shown."""
        self.sent.clear()
        self.glyphs.forget_warnings()
        if self.open_figures():
            self.close("all")
        self.show._to_draw, self.show._draw_called = [], False


def use_inline_backend(shell, pyplot):
    """Selects the backend that opens no windows and returns its module. Figures
    shows what is drawn, instead of the backend."""
    pyplot.switch_backend(INLINE)
    from matplotlib_inline import backend_inline as backend
    backend.configure_inline_support(shell, INLINE)
    shell.events.unregister("post_execute", backend.flush_figures)
    open_no_windows(pyplot)
    return backend


def open_no_windows(pyplot):
    """Keeps the backend when code, such as a script for a desktop or a notebook,
    switches to one that opens windows."""
    switch = pyplot.switch_backend

    @functools.wraps(switch)
    def switch_backend(newbackend):
        return switch(newbackend if str(newbackend).lower() in FILE_BACKENDS else INLINE)
    pyplot.switch_backend = switch_backend
    # In interactive mode, matplotlib redraws figures after each cell from a hook.
    # flush draws what is shown, and the canvas for SVG changes a figure's size.
    pyplot.uninstall_repl_displayhook()
    pyplot.install_repl_displayhook = lambda: None
    accept_foreign_backends()


def accept_foreign_backends():
    """matplotlib.use refuses names that it does not know before it switches."""
    try:
        from matplotlib.backends import backend_registry
    except ImportError:
        return  # matplotlib before 3.9
    known = backend_registry.is_valid_backend
    backend_registry.is_valid_backend = lambda backend: str(backend).lower() in FOREIGN_BACKENDS or known(backend)

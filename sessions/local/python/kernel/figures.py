"""matplotlib's figures."""

from .pristine import __builtins__, unpack

import functools

from .fonts import Fonts
from .glyphs import Letters
from .pictures import MAX_SIDE, png

INLINE = "module://matplotlib_inline.backend_inline"
MAX_INCHES = 500  # of a figure; letters of one that fits in MAX_SIDE are too small for FreeType
# What draws into files and needs nothing that is not here. Whatever opens windows
# has nowhere to open them.
FILES = {"agg", "pdf", "ps", "svg", "template"}
# Backends of other packages, and of other versions of matplotlib.
ELSEWHERE = {"ipympl", "widget", "module://ipympl.backend_nbagg", "gtkagg", "qt4agg", "qt6agg"}


class Figures:
    """matplotlib, when it is there: every figure is shown once."""

    def __init__(self, shell):
        import matplotlib.pyplot
        from PIL.Image import Image
        from IPython.core.pylabtools import print_figure
        from matplotlib._pylab_helpers import Gcf
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        matplotlib.pyplot.switch_backend(INLINE)
        from matplotlib_inline import backend_inline
        backend_inline.configure_inline_support(shell, INLINE)
        shell.events.unregister("post_execute", backend_inline.flush_figures)
        open_no_windows(matplotlib.pyplot)
        self.letters = Letters(Fonts())
        self.open_figures, self.close = Gcf.get_all_fig_managers, matplotlib.pyplot.close
        self.print_figure, self.show = print_figure, backend_inline.show
        self.shell = shell
        self.shown = {}  # by identity, the picture that was last sent
        pictures = shell.display_formatter.formatters["image/png"]
        pictures.keep(Figure, self.png)
        pictures.keep(Image, png)
        figure = Figure(figsize=(1, 1))
        FigureCanvasAgg(figure)
        figure.add_subplot().plot([0, 1], label="x")
        figure.axes[0].legend()
        self.draw(figure)  # loads the fonts and what else a first figure needs

    def draw(self, figure):
        """Returns the PNG of a figure, or None if nothing is on it."""
        width, height = figure.get_size_inches()
        if max(width, height) > MAX_INCHES:
            raise ValueError(f"A figure of {width:g} × {height:g} inches is too large to be shown. figsize is in inches, "
                             "not in pixels: (12, 8) is a large one.")
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

    def png(self, figure):
        picture = self.draw(figure)
        if picture is not None:
            self.shown[id(figure)] = picture
        return picture

    def flush(self):
        """Shows what is open and has not been shown as it is now. A figure that
        cannot be drawn does not keep the others from being shown."""
        failed = None
        for manager in self.open_figures():
            figure = manager.canvas.figure
            try:
                picture = self.draw(figure)
            except Exception as e:
                failed = failed or e
                continue
            if picture is not None and picture != self.shown.get(id(figure)):
                self.shell.kernel.show({"image/png": picture, "text/plain": repr(figure)}, None, False)
                self.shown[id(figure)] = picture
        if failed:
            raise failed

    def clear(self):
        self.shown.clear()
        self.letters.forget()
        if self.open_figures():
            self.close("all")
        self.show._to_draw, self.show._draw_called = [], False


def open_no_windows(pyplot):
    """Whoever switches to a backend with windows keeps the one that shows figures
    in the answer: scripts written for a desktop or a notebook do."""
    switch = pyplot.switch_backend

    @functools.wraps(switch)
    def switched(newbackend):
        return switch(newbackend if str(newbackend).lower() in FILES else INLINE)
    pyplot.switch_backend = switched
    # Nothing is redrawn after each cell in interactive mode, for which there is a
    # hook: flush draws what is shown, and SVG's canvas changes a figure's size.
    pyplot.uninstall_repl_displayhook()
    pyplot.install_repl_displayhook = lambda: None
    accept_backends()


def accept_backends():
    """matplotlib.use refuses names that it does not know before it switches."""
    try:
        from matplotlib.backends import backend_registry
    except ImportError:
        return  # matplotlib before 3.9
    known = backend_registry.is_valid_backend
    backend_registry.is_valid_backend = lambda backend: str(backend).lower() in ELSEWHERE or known(backend)

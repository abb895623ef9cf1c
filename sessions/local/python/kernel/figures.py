"""matplotlib's figures."""

from .pristine import __builtins__, unpack

MAX_PIXELS = 2000  # a side of a figure


class Figures:
    """matplotlib, when it is there: every figure is shown once."""

    def __init__(self, shell):
        import matplotlib.pyplot
        from IPython.core.pylabtools import print_figure
        from matplotlib._pylab_helpers import Gcf
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        name = "module://matplotlib_inline.backend_inline"
        matplotlib.pyplot.switch_backend(name)
        from matplotlib_inline import backend_inline
        backend_inline.configure_inline_support(shell, name)
        shell.events.unregister("post_execute", backend_inline.flush_figures)
        self.open_figures, self.close = Gcf.get_all_fig_managers, matplotlib.pyplot.close
        self.print_figure, self.show = print_figure, backend_inline.show
        self.shell = shell
        self.shown = {}  # by identity, the picture that was last sent
        shell.display_formatter.formatters["image/png"].for_type(Figure, self.png)
        figure = Figure(figsize=(1, 1))
        FigureCanvasAgg(figure)
        figure.add_subplot().plot([0, 1], label="x")
        figure.axes[0].legend()
        self.draw(figure)  # loads the fonts and what else a first figure needs

    def draw(self, figure):
        """Returns the PNG of a figure, or None if nothing is on it."""
        dpi = min(figure.dpi, MAX_PIXELS / max(*figure.get_size_inches(), 0.01))
        for _ in range(3):
            picture = self.print_figure(figure, "png", dpi=dpi)
            if not isinstance(picture, bytes):
                return None
            side = max(unpack(picture, 16))  # the header's width and height
            if side <= MAX_PIXELS:
                break
            dpi *= 0.99 * MAX_PIXELS / side
        return picture

    def png(self, figure):
        picture = self.draw(figure)
        if picture is not None:
            self.shown[id(figure)] = picture
        return picture

    def flush(self):
        """Shows what is open and has not been shown as it is now, and closes it."""
        for manager in self.open_figures():
            figure = manager.canvas.figure
            picture = self.draw(figure)
            if picture is not None and picture != self.shown.get(id(figure)):
                self.shell.kernel.show({"image/png": picture, "text/plain": repr(figure)}, None, False)

    def clear(self):
        self.shown.clear()
        if self.open_figures():
            self.close("all")
        self.show._to_draw, self.show._draw_called = [], False

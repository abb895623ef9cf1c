"""Shows matplotlib's figures: each open figure once, as it is when a cell ends."""

from .pristine import __builtins__, unpack

import functools
import warnings

from .fonts import Fonts
from .glyphs import Glyphs
from .letters import draw_letters
from .images import MUCH, PNG, Picture
from .imshow import draw_large_images_fast
from .outfiles import NotSaved
from .summary import SUMMARY

INLINE = "module://matplotlib_inline.backend_inline"
MAX_INCHES = 120  # of a figure's side: what is larger was meant in pixels
SANE_INCHES = 14  # of the longer side that such a figure gets
MAX_WHOLE = 40_000_000  # pixels of a figure that is saved in full
# Backends that draw into files and work here. Those that open windows have
# nowhere to open them.
FILE_BACKENDS = {"agg", "pdf", "ps", "svg", "template"}
# Backends of other packages, and of other versions of matplotlib.
FOREIGN_BACKENDS = {"ipympl", "widget", "module://ipympl.backend_nbagg", "gtkagg", "qt4agg", "qt6agg"}


class Figures:
    """matplotlib's figures in a session. Making it imports matplotlib, and raises
    what that raises."""

    def __init__(self, shell, forms):
        import matplotlib.pyplot
        from matplotlib._pylab_helpers import Gcf
        from IPython.core.pylabtools import print_figure
        backend = use_inline_backend(shell, matplotlib.pyplot)
        self.shell = shell
        self.images, self.out = forms.images, forms.out
        fonts = Fonts()
        self.glyphs = Glyphs(fonts)
        draw_letters(fonts, self.glyphs)
        self.open_figures, self.close = Gcf.get_all_fig_managers, matplotlib.pyplot.close
        self.print_figure, self.show = print_figure, backend.show
        self.sent = {}  # the picture that was last sent, by the figure's identity
        self.register(shell.display_formatter.formatters["image/png"])
        forms.objects.show_figures(self)
        try:
            draw_large_images_fast()
        except Exception:
            pass  # another version of matplotlib: they take longer
        self.warm_up()

    def register(self, formatter):
        """Shows figures as pictures, whatever format code selects for them."""
        from matplotlib.figure import Figure
        formatter.fix(Figure, self.draw_shown)
        Figure.savefig = self.warn_of_blank(Figure.savefig)

    def warn_of_blank(self, savefig):
        """Wraps savefig: code that shows a figure and saves it afterwards saves an
        empty one, since showing closes it."""
        @functools.wraps(savefig)
        def save(figure, fname, *args, **kwargs):
            if self.is_new(figure):
                warnings.warn(f"The figure saved to {fname} is blank: nothing is drawn on it. plt.show() ends a figure, so "
                              "call savefig before it, or fig.savefig on the figure that was drawn.", **self.glyphs.where)
            return savefig(figure, fname, *args, **kwargs)
        return save

    def is_new(self, figure):
        """Reports whether nothing was ever put on a figure of pyplot's."""
        try:
            return getattr(figure, "number", None) is not None and figure.get_children() == [figure.patch]
        except Exception:
            return False

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
        size = figure.get_size_inches()
        if max(size) <= MAX_INCHES:
            return self.draw_within(figure)
        figure.set_size_inches(size * SANE_INCHES / max(size), forward=False)
        try:
            return self.draw_within(figure)
        finally:
            figure.set_size_inches(size, forward=False)

    def draw_within(self, figure):
        """Returns a figure as PNG of no more pixels than a picture may have."""
        width, height = (max(n, 0.01) for n in figure.get_size_inches())
        dpi = figure.dpi * self.images.scale(width * figure.dpi, height * figure.dpi)
        for _ in range(4):
            picture = self.print_figure(figure, "png", dpi=dpi)
            if not isinstance(picture, bytes):
                return None
            scale = self.images.scale(*unpack(picture, 16))  # the header's width and height
            if scale == 1:
                break
            dpi *= 0.99 * scale
        return picture

    def draw_shown(self, figure):
        """Draws a figure that code displays, so that flush need not show it again."""
        picture = self.draw(figure)
        if picture is not None:
            self.sent[id(figure)] = picture
        return picture

    def note_shown(self, figure):
        """Keeps flush from showing a figure as it is now."""
        self.draw_shown(figure)

    def forms_of(self, figure):
        """Returns the forms of a figure that code displays."""
        return self.with_words(figure, self.draw_shown(figure))

    def with_words(self, figure, picture):
        """Returns the forms of a figure, with what is lost in its picture."""
        data = {"text/plain": repr(figure)}
        if picture is None:
            return data
        data[PNG] = Picture(PNG, picture, unpack(picture, 16))
        size = figure.get_size_inches()
        if max(size) > MAX_INCHES:
            data[SUMMARY] = (f"The figure has {size[0]:g}×{size[1]:g} inches and is drawn smaller: figsize is in inches, not "
                             "in pixels, and (12, 8) is already large.")
        elif min(size) > 0 and self.images.scale(*(size * figure.dpi)) < 1:
            data[SUMMARY] = self.describe_reduced(figure, *(size * figure.dpi), *unpack(picture, 16))
        return data

    def describe_reduced(self, figure, width, height, shown_width, shown_height):
        """Says that a figure is shown smaller than it is. One that is shown much
        smaller is saved in full."""
        words = f"Figure of {width:.0f}×{height:.0f} pixels, shown at {shown_width}×{shown_height}"
        if not MUCH * shown_width * shown_height <= width * height <= MAX_WHOLE:
            return words + "."
        try:
            whole = self.print_figure(figure, "png", dpi=figure.dpi)
            return f"{words}; in full: {self.out.save(title_of(figure), 'figure', 'png', whole)}"
        except NotSaved as e:
            return f"{words}; no file, since {e}."

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
        self.glyphs.tell_missing()
        if failure:
            raise failure

    def show_changed(self, figure):
        picture = self.draw(figure)
        if picture is not None and picture != self.sent.get(id(figure)):
            self.shell.displays.send(self.with_words(figure, picture))
            self.sent[id(figure)] = picture

    def clear(self):
        """Closes the figures, and forgets what was shown."""
        self.sent.clear()
        self.glyphs.forget_missing()
        if self.open_figures():
            self.close("all")
        self.show._to_draw, self.show._draw_called = [], False


def title_of(figure):
    """Returns the title of a figure or of its first axes, or ""."""
    titles = [figure.get_suptitle() if hasattr(figure, "get_suptitle") else "", *(axes.get_title() for axes in figure.axes[:1])]
    return next((title for title in titles if title), "")


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

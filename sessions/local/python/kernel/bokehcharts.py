"""Plots of bokeh: a page that shows them, and what they hold."""

from .pristine import __builtins__

from .charts import extent, line, quoted

MAX_MODELS = 40  # plots of a layout that are described


def page_of_bokeh(plot, title):
    """Returns a page that shows a plot without a network."""
    from bokeh.embed import file_html
    from bokeh.resources import INLINE
    return file_html(plot, INLINE, title=title or "Plot")


def describe_bokeh(layout):
    """Returns the line on a plot or a layout of plots, and its title."""
    plots = list(layout.select({"type": plot_type()}))[:MAX_MODELS]
    title = next((text for text in map(title_of, plots) if text), "")
    axes = axes_of(plots[0]) if len(plots) == 1 else []
    traces = [text for plot in plots for text in glyphs_of(plot)]
    kind = "bokeh plot" if len(plots) == 1 else f"bokeh layout of {len(plots)} plots"
    return line(kind, title, axes, traces), title


def plot_type():
    from bokeh.models import Plot
    return Plot


def title_of(plot):
    return str(getattr(plot.title, "text", None) or "")


def axes_of(plot):
    named = []
    for name, axes in (("x", plot.below + plot.above), ("y", plot.left + plot.right)):
        label = next((axis.axis_label for axis in axes if getattr(axis, "axis_label", None)), None)
        if label:
            named.append(f"{name} {quoted(label)}")
    return named


def glyphs_of(plot):
    """Returns what each renderer of a plot shows."""
    texts = []
    for renderer in plot.renderers:
        glyph, source = getattr(renderer, "glyph", None), getattr(renderer, "data_source", None)
        if glyph is None:
            continue
        columns = getattr(source, "data", None) or {}
        parts, count = [], 0
        for key in ("x", "y", "top", "right", "xs", "ys"):
            field = getattr(getattr(glyph, key, None), "field", getattr(glyph, key, None))
            if isinstance(field, str) and field in columns:
                values = columns[field]
                count = max(count, len(values))
                if found := extent(values):
                    parts.append(f"{key} {found}")
        text = type(glyph).__name__.lower()
        if renderer.name:
            text += " " + quoted(renderer.name)
        texts.append(", ".join([text + (f" of {count} points" if count else ""), *parts]))
    return texts


def show_in_answer(show):
    """Returns what replaces bokeh.io.show: nothing here opens a browser. A file that
    output_file has named is written too."""
    def patch(module):
        def show_plot(obj, *args, **kwargs):
            from bokeh.io.saving import save
            from bokeh.io.state import curstate
            if curstate().file:
                save(obj)
            show(obj)
        module.show = show_plot
    return patch


def stay_silent(module):
    """Replaces output_notebook, which loads a page's scripts."""
    def output_notebook(*args, **kwargs):
        """Does nothing: show() works without it."""
    module.output_notebook = output_notebook

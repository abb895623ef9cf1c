"""plotly's figures: a page for the person, and for the model what they hold, with a sketch."""

from .pristine import __builtins__

from .charts import extent, flat, line, quoted, values_of
from .markup import read_markup
from .sketches import sketch

MIME = "application/vnd.plotly.v1+json"
# Fields of a trace whose values are told, with how they are called.
FIELDS = (("x", "x"), ("y", "y"), ("z", "z"), ("lat", "latitude"), ("lon", "longitude"), ("r", "r"), ("theta", "theta"),
          ("labels", "labels"), ("values", "values"), ("locations", "locations"), ("open", "open"), ("close", "close"))


def chart_of(figure):
    """Returns a figure of plotly, or its dictionary, as lists of traces and the
    layout without its template."""
    spec = figure if isinstance(figure, dict) else figure.to_dict()
    layout = {key: value for key, value in (spec.get("layout") or {}).items() if key != "template"}
    return [trace for trace in spec.get("data") or () if isinstance(trace, dict)], layout


def page_of(figure):
    """Returns a page that shows the figure without a network."""
    import plotly.io
    return plotly.io.to_html(figure, include_plotlyjs=True, full_html=True, validate=False)


def picture_of(figure):
    """Returns a sketch of the figure as PNG, or None for one of another kind."""
    return sketch(*chart_of(figure))


def title_of(figure):
    return text_of(chart_of(figure)[1].get("title"))


def describe(figure):
    """Returns the line on a figure."""
    traces, layout = chart_of(figure)
    axes = []
    for name in ("xaxis", "yaxis"):
        title = text_of((layout.get(name) or {}).get("title"))
        if title:
            axes.append(f"{name[0]} {quoted(title)}")
    return line("plotly chart", text_of(layout.get("title")), axes, [describe_trace(trace) for trace in traces])


def describe_trace(trace):
    """Returns what a trace holds: its kind and name, how many points and where."""
    text = kind_of(trace)
    if trace.get("name"):
        text += " " + quoted(trace["name"])
    parts, count = [], 0
    for key, name in FIELDS:
        values = values_of(trace.get(key))
        if len(values):
            count = max(count, len(flat(values)))
            if found := extent(values):
                parts.append(f"{name} {found}")
    if count:
        text += f" of {count} point{'s' * (count != 1)}"
    return ", ".join([text, *parts])


def kind_of(trace):
    kind = trace.get("type", "scatter")
    if kind in ("scatter", "scattergl") and "lines" in str(trace.get("mode", "lines")):
        return "area" if trace.get("fill") not in (None, "none") or trace.get("stackgroup") else "line"
    return kind


def text_of(title):
    """Returns a title, which is a text or has one, without markup."""
    if isinstance(title, dict):
        title = title.get("text")
    if not isinstance(title, str):
        return ""
    if "<" in title:
        title = read_markup(title)
    return " ".join(title.split())


def show_in_answer(show):
    """Returns what replaces plotly.io.show: it shows figures in the answer, whatever
    renderer is named, as there is neither a browser nor a page."""
    def patch(module):
        def show_figure(fig, *args, **kwargs):
            from plotly.io._utils import validate_coerce_fig_to_dict
            validate_coerce_fig_to_dict(fig, False)  # what is no figure is an error
            show(fig)
        module.show = show_figure
    return patch


def without_widgets(module):
    """Has FigureWidget, which needs widgets, be an ordinary figure."""
    class FigureWidget:
        def __new__(cls, *args, **kwargs):
            from plotly.graph_objs import Figure
            return Figure(*args, **kwargs)
    module.FigureWidget = FigureWidget

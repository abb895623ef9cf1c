"""Draws charts of plotly with matplotlib: not as they look in a browser, but with the same data."""

from .pristine import __builtins__

import io
import warnings

from .charts import flat, values_of

MAX_POINTS = 20_000  # of a trace that are drawn
MAX_TRACES = 60
MAX_PANELS = 36
DPI = 100
LEAST, MOST = (300, 200), (1200, 900)  # pixels of a sketch
DEFAULT = 750, 480
COLOURS = ["#636EFA", "#EF553B", "#00CC96", "#AB63FA", "#FFA15A", "#19D3F3", "#FF6692", "#B6E880", "#FF97FF", "#FECB52"]


def sketch(traces, layout):
    """Returns a chart as PNG, or None if it has a trace of another kind than those
    that are drawn here, or none that could be."""
    if not 0 < len(traces) <= MAX_TRACES or not all(map(is_drawn, traces)):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they would name no line of the code
        return draw(traces, layout)


def is_drawn(trace):
    """Reports whether a trace is of a kind that is drawn here. A bar with a base may
    stand for a time."""
    return trace.get("type", "scatter") in DRAW and trace.get("base") is None


def draw(traces, layout):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    size = [min(max(int(layout.get(name) or default), least), most) / DPI
            for name, default, least, most in zip(("width", "height"), DEFAULT, LEAST, MOST)]
    figure = Figure(figsize=size, dpi=DPI, layout=None)
    FigureCanvasAgg(figure)
    panels = Panels(figure, layout)
    bars = [trace for trace in traces if trace.get("type") == "bar"]
    for i, trace in enumerate(traces):
        if trace.get("visible") not in (False, "legendonly"):
            DRAW[trace.get("type", "scatter")](panels.of(trace), trace, Style(trace, i, layout), Bars(bars, trace, layout))
    panels.finish()
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=DPI, bbox_inches="tight", pad_inches=0.1)
    return out.getvalue()


class Style:
    """How a trace is drawn."""

    def __init__(self, trace, number, layout):
        self.name = trace.get("name") if trace.get("showlegend") is not False else None
        marker, line = trace.get("marker") or {}, trace.get("line") or {}
        ways = layout.get("colorway") or COLOURS
        own = next((one for one in (marker.get("color"), line.get("color"), trace.get("fillcolor"))
                    if isinstance(one, str)), None)
        self.colour = colour(own) or colour(ways[number % len(ways)]) or COLOURS[number % len(COLOURS)]
        self.colours = [colour(c) or self.colour for c in marker["color"]] if is_texts(marker.get("color")) else self.colour
        self.dash = {"dash": "--", "dot": ":", "dashdot": "-."}.get(line.get("dash"), "-")
        self.alpha = trace.get("opacity") or 1
        self.layout = layout


def is_texts(value):
    return isinstance(value, (list, tuple)) and len(value) > 0 and isinstance(value[0], str)


def colour(text):
    """Returns one of plotly's colours as matplotlib writes it, or None."""
    from matplotlib.colors import is_color_like
    if not isinstance(text, str):
        return None
    if text.startswith(("rgb(", "rgba(")):
        parts = text[text.index("(") + 1:].rstrip(")").split(",")
        try:
            numbers = [float(part) for part in parts]
        except ValueError:
            return None
        text = tuple([n / 255 for n in numbers[:3]] + numbers[3:4])
    return text if is_color_like(text) else None


def points(field):
    """Returns values as matplotlib takes them: numbers, times or texts."""
    import numpy
    values = list(flat(values_of(field))[:2_000_000])
    step = -(-len(values) // MAX_POINTS) or 1
    values = values[::step]
    if any(isinstance(v, str) for v in values):
        if all(v is None or isinstance(v, str) and len(v) >= 8 and v[:4].isdigit() and v[4] == "-" for v in values):
            try:
                return numpy.array([v and v[:26].rstrip("Z") for v in values], dtype="datetime64[us]")
            except ValueError:
                pass
        return ["" if v is None else str(v)[:40] for v in values]
    try:
        return numpy.array([float("nan") if v is None else v for v in values], dtype=float)
    except (TypeError, ValueError):
        return numpy.array(values)


def pair(trace):
    """Returns x and y of a trace, of equal length."""
    import numpy
    x, y = points(trace.get("x")), points(trace.get("y"))
    if not len(x):
        x = numpy.arange(len(y))
    if not len(y):
        y = numpy.arange(len(x))
    least = min(len(x), len(y))
    return x[:least], y[:least]


class Panels:
    """The axes of a chart, by the names of plotly's."""

    def __init__(self, figure, layout):
        self.figure = figure
        self.layout = layout
        self.axes = {}

    def of(self, trace):
        key = trace.get("xaxis") or "x", trace.get("yaxis") or "y"
        if "domain" in trace and "xaxis" not in trace:  # a pie
            domain = trace["domain"] or {}
            key = str(domain), ""
            if key not in self.axes:
                self.axes[key] = self.place(domain.get("x"), domain.get("y"), ())
            return self.axes[key]
        if key not in self.axes and len(self.axes) < MAX_PANELS:
            self.axes[key] = self.add(key)
        return self.axes.get(key) or next(iter(self.axes.values()))

    def setting(self, name):
        return self.layout.get(name[0] + "axis" + name[1:]) or {}

    def add(self, key):
        x, y = map(self.setting, key)
        over = y.get("overlaying")
        base = next((axes for (_, name), axes in self.axes.items() if over and name == over), None)
        if base is not None:
            axes = base.twinx()
            self.describe(axes, {}, y)
            return axes
        return self.place(x.get("domain"), y.get("domain"), (x, y))

    def place(self, x, y, settings):
        left, right = x or (0, 1)
        low, high = y or (0, 1)
        axes = self.figure.add_axes([0.1 + 0.86 * left, 0.14 + 0.74 * low, 0.86 * (right - left) - 0.02, 0.74 * (high - low)])
        if settings:
            self.describe(axes, *settings)
        return axes

    def describe(self, axes, x, y):
        for name, setting in (("x", x), ("y", y)):
            title = setting.get("title")
            text = title.get("text") if isinstance(title, dict) else title
            if text:
                getattr(axes, f"set_{name}label")(plain(text), fontsize=9)
            if setting.get("type") == "log":
                getattr(axes, f"set_{name}scale")("log")
            if setting.get("autorange") == "reversed":
                getattr(axes, f"invert_{name}axis")()
            limits = setting.get("range")
            if isinstance(limits, (list, tuple)) and len(limits) == 2 and all(isinstance(n, (int, float)) for n in limits):
                log = setting.get("type") == "log"
                getattr(axes, f"set_{name}lim")(*[10 ** n if log else n for n in limits])

    def finish(self):
        """Adds the title, legends and the names of panels, and turns long labels."""
        title = self.layout.get("title")
        text = title.get("text") if isinstance(title, dict) else title
        if text:
            self.figure.suptitle(plain(text), fontsize=12)
        for note in (self.layout.get("annotations") or ())[:MAX_PANELS]:
            if note.get("xref") == "paper" and note.get("text") and not note.get("showarrow"):
                self.figure.text(0.1 + 0.86 * note.get("x", 0), 0.14 + 0.74 * note.get("y", 0), plain(note["text"]),
                                 fontsize=9, ha="center", va="bottom")
        for axes in self.axes.values():
            handles, names = axes.get_legend_handles_labels()
            if len(names) > 1 and self.layout.get("showlegend") is not False:
                axes.legend(handles[:12], [plain(name) for name in names[:12]], fontsize=8)
            labels = axes.get_xticklabels()
            if sum(len(label.get_text()) for label in labels) > 60:
                for label in labels:
                    label.set(rotation=40, ha="right", fontsize=8)


def plain(text):
    """Returns a text of plotly without markup, which is no formula either."""
    text = str(text).replace("<br>", "\n").replace("<b>", "").replace("</b>", "").replace("<i>", "").replace("</i>", "")
    return text[:200].replace("$", "\\$")


class Bars:
    """Where the bars of a trace are beside those of the others."""

    def __init__(self, all_bars, trace, layout):
        mine = [one for one in all_bars if one.get("xaxis") == trace.get("xaxis") and one.get("yaxis") == trace.get("yaxis")]
        self.mode = layout.get("barmode") or "group"
        self.count = len(mine) or 1
        self.index = next((i for i, one in enumerate(mine) if one is trace), 0)
        self.before = mine[:self.index] if self.mode in ("stack", "relative") else []


def draw_scatter(axes, trace, style, bars):
    x, y = pair(trace)
    mode = trace.get("mode") or ("lines+markers" if len(x) < 20 else "lines")
    marker = trace.get("marker") or {}
    if "lines" in mode:
        axes.plot(x, y, style.dash, color=style.colour, label=style.name, alpha=style.alpha, marker="o" if "markers" in mode else None,
                  markersize=4)
        if (trace.get("fill") in ("tozeroy", "tonexty") or trace.get("stackgroup")) and not isinstance(y, list):
            axes.fill_between(range(len(x)) if isinstance(x, list) else x, y, alpha=0.3, color=style.colour)
    elif "markers" in mode:
        shades = values_of(marker.get("color"))
        shaded = len(shades) >= len(x) > 0 and not is_texts(shades)
        drawn = axes.scatter(x, y, s=sizes(marker, len(x)), label=style.name, alpha=style.alpha,
                             c=points(marker["color"])[:len(x)] if shaded else style.colours)
        if shaded:
            axes.figure.colorbar(drawn, ax=axes)
    if "text" in mode:
        texts = values_of(trace.get("text"))
        for one in list(zip(x, y, texts))[:100]:
            axes.annotate(plain(one[2]), one[:2], fontsize=8)


def sizes(marker, count):
    """Returns the areas of markers."""
    size = marker.get("size")
    values = values_of(size) if not isinstance(size, (int, float)) else []
    if len(values) < count or not count:
        return (size if isinstance(size, (int, float)) else 6) ** 2
    largest = max([v for v in values if v == v and v is not None] or [1]) or 1
    return [max(4, 900 * abs(float(v or 0)) / float(largest)) for v in values[:count]]


def draw_bar(axes, trace, style, bars):
    flat_bars = trace.get("orientation") == "h"
    lengths = sums(trace)
    known = axes.__dict__.setdefault("bar_names", {})
    for name in lengths:
        known.setdefault(name, len(known))
    at, width, base = [known[name] for name in lengths], 0.8, None
    if bars.mode == "group" and bars.count > 1:
        width = 0.8 / bars.count
        at = [place - 0.4 + width * (bars.index + 0.5) for place in at]
    elif bars.before:
        before = [sums(one) for one in bars.before]
        base = [sum(one.get(name, 0) for one in before) for name in lengths]
    draw_all = axes.barh if flat_bars else axes.bar
    colours = style.colours if len(style.colours) == len(lengths) else style.colour
    draw_all(at, list(lengths.values()), width, base, color=colours, label=style.name, alpha=style.alpha)
    ticks = list(known)[:: -(-len(known) // 30) or 1]
    (axes.set_yticks if flat_bars else axes.set_xticks)([known[name] for name in ticks], ticks)


def sums(trace):
    """Returns the lengths of bars by the names of their places: those at the same
    place stand on each other."""
    places, lengths = pair(trace)[::-1] if trace.get("orientation") == "h" else pair(trace)
    total = {}
    for place, length in zip(places, lengths):
        if length == length and not isinstance(length, str):
            name = place_name(place)
            total[name] = total.get(name, 0.0) + float(length)
    return total


def place_name(place):
    kind = getattr(getattr(place, "dtype", None), "kind", "")
    if kind == "M":
        return str(place)[:10]
    return f"{place:g}" if kind in "iuf" and kind else str(place)[:40]


def draw_histogram(axes, trace, style, bars):
    flat_bars = trace.get("x") is None
    values = points(trace.get("y" if flat_bars else "x"))
    if isinstance(values, list):  # texts: how often each comes
        counts = {}
        for value in values:
            counts[value] = counts.get(value, 0) + 1
        names = list(counts)[:40]
        (axes.barh if flat_bars else axes.bar)(names, [counts[name] for name in names], color=style.colour, label=style.name)
        return
    values = values[values == values]
    count = trace.get("nbinsy" if flat_bars else "nbinsx") or min(60, max(10, int(len(values) ** 0.5)))
    axes.hist(values, bins=int(count), color=style.colour, label=style.name, alpha=0.7,
              orientation="horizontal" if flat_bars else "vertical", density="density" in (trace.get("histnorm") or ""))
    if not (axes.get_xlabel() if flat_bars else axes.get_ylabel()):
        (axes.set_xlabel if flat_bars else axes.set_ylabel)("count", fontsize=9)


def draw_boxes(axes, trace, style, bars):
    flat_boxes = trace.get("y") is None or trace.get("orientation") == "h"
    values, groups = points(trace.get("x" if flat_boxes else "y")), points(trace.get("y" if flat_boxes else "x"))
    known = axes.__dict__.setdefault("box_names", {})
    parts = {}
    for i, value in enumerate(values):
        if value == value:
            parts.setdefault(str(groups[i]) if i < len(groups) else str(trace.get("name") or ""), []).append(float(value))
    for name, part in list(parts.items())[:40]:
        at = known.setdefault(name if len(groups) else (name, len(known)), len(known))
        if trace.get("type") == "violin" and len(part) > 1:
            for body in axes.violinplot([part], positions=[at], widths=0.7, orientation="horizontal" if flat_boxes else "vertical")["bodies"]:
                body.set_facecolor(style.colour)
        else:
            axes.boxplot([part], positions=[at], widths=0.6, orientation="horizontal" if flat_boxes else "vertical",
                         patch_artist=True, boxprops={"facecolor": style.colour, "alpha": 0.6}, medianprops={"color": "black"})
    names = [name if isinstance(name, str) else name[0] for name in known]
    (axes.set_yticks if flat_boxes else axes.set_xticks)(list(known.values()), names)


def draw_pie(axes, trace, style, bars):
    labels, values = points(trace.get("labels")), points(trace.get("values"))
    parts = {}
    for i, label in enumerate(labels):
        value = float(values[i]) if i < len(values) else 1.0
        if value == value and value > 0:
            parts[plain(label)] = parts.get(plain(label), 0.0) + value
    whole = sum(parts.values()) or 1
    parts = dict(sorted(parts.items(), key=lambda part: -part[1])[:40])
    axes.pie(list(parts.values()), labels=[name if value > whole / 50 else "" for name, value in parts.items()],
             autopct=lambda share: f"{share:.0f} %" if share > 3 else "", textprops={"fontsize": 9}, colors=COLOURS,
             startangle=90, counterclock=False, wedgeprops={"width": 1 - trace["hole"]} if trace.get("hole") else None)
    axes.set_aspect("equal")


def draw_heatmap(axes, trace, style, bars):
    import numpy
    rows = values_of(trace.get("z"))
    z = numpy.array([[float("nan") if v is None else v for v in row] for row in rows], dtype=float)
    z = z[:: -(-z.shape[0] // 1000), :: -(-z.shape[1] // 1000)]
    reverse = axes.yaxis_inverted()
    drawn = axes.imshow(z, aspect="auto", origin="upper" if reverse else "lower", cmap="plasma", interpolation="nearest")
    axes.figure.colorbar(drawn, ax=axes)
    for name, count in (("x", z.shape[1]), ("y", z.shape[0])):
        names = points(trace.get(name))
        if len(names) == count:
            chosen = range(0, count, -(-count // 25))
            texts = [str(names[i])[:24] if isinstance(names, list) or names.dtype.kind == "M" else f"{names[i]:g}" for i in chosen]
            getattr(axes, f"set_{name}ticks")(list(chosen), texts)
    if z.size <= 100 and (trace.get("texttemplate") or trace.get("text") is not None):
        for (row, column), value in numpy.ndenumerate(z):
            axes.text(column, row, f"{value:.3g}", ha="center", va="center", fontsize=8, color="white")


def draw_candles(axes, trace, style, bars):
    x = points(trace.get("x"))
    first, high, low, last = (points(trace.get(name)) for name in ("open", "high", "low", "close"))
    count = min(map(len, (first, high, low, last)))
    at = range(count) if isinstance(x, list) or not len(x) else x[:count]
    colours = ["#3D9970" if b >= a else "#FF4136" for a, b in zip(first[:count], last[:count])]
    axes.vlines(at, low[:count], high[:count], colors=colours, linewidth=1)
    axes.vlines(at, first[:count], last[:count], colors=colours, linewidth=4)


DRAW = {"scatter": draw_scatter, "scattergl": draw_scatter, "bar": draw_bar, "histogram": draw_histogram, "box": draw_boxes,
        "violin": draw_boxes, "pie": draw_pie, "heatmap": draw_heatmap, "candlestick": draw_candles, "ohlc": draw_candles}

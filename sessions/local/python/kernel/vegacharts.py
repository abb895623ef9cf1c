"""Charts of Vega and Vega-Lite, as Altair makes them: a page, a picture, and what they hold."""

from .pristine import __builtins__, encode

import re

from .charts import extent, line, quoted
from .children import Failed, call

LITE = re.compile(r"application/vnd\.vegalite\.v([0-9]+)(\.[0-9.]+)?\+json")
VEGA = re.compile(r"application/vnd\.vega\.v([0-9]+)(\.[0-9.]+)?\+json")
VERSION = re.compile(r"/v([0-9]+)\.([0-9]+)")
MAX_JSON = 40 << 20  # characters of a chart
MAX_DEPTH = 4  # of layers and rows of charts that are described
MEMORY = 3 << 30  # of the child; the JavaScript engine reserves much that it does not use
NO_LIBRARY = "the package vl-convert-python is not installed"


def spec_of(chart):
    """Returns one of Altair's charts as its specification."""
    import altair
    with altair.data_transformers.disable_max_rows():
        return chart.to_dict()


class VegaChart:
    """A specification of Vega-Lite, or of Vega."""

    def __init__(self, spec, lite=True):
        self.spec = spec
        self.lite = lite
        self.text = encode(spec)
        if len(self.text) > MAX_JSON:
            raise Failed(f"its data has {len(self.text) >> 20} MB, more than {MAX_JSON >> 20}")

    def page(self):
        """Returns a page that shows the chart without a network."""
        return call(convert, "html", self.text, self.lite, memory=MEMORY, seconds=25).decode("utf-8", "replace")

    def picture(self, scale):
        """Returns the chart as PNG."""
        return call(convert, "png", self.text, self.lite, scale, memory=MEMORY, seconds=25)

    def title(self):
        title = self.spec.get("title")
        if isinstance(title, dict):
            title = title.get("text")
        if isinstance(title, list):
            title = " ".join(map(str, title))
        return title if isinstance(title, str) else ""

    def describe(self):
        """Returns the line on the chart."""
        if not self.lite:
            marks = [str(mark.get("type", "")) for mark in self.spec.get("marks") or () if isinstance(mark, dict)]
            return line("Vega chart", self.title(), [], marks)
        axes, traces = {}, []
        self.walk(self.spec, self.rows_of(self.spec, []), axes, traces, 0)
        names = [f"{channel} {quoted(name)}" for channel, name in axes.items()]
        return line("Vega-Lite chart", self.title(), names[:6], traces)

    def walk(self, spec, rows, axes, traces, depth):
        """Describes the chart in spec and those in it."""
        if not isinstance(spec, dict) or depth > MAX_DEPTH:
            return
        rows = self.rows_of(spec, rows)
        if "mark" in spec:
            traces.append(self.describe_mark(spec, rows, axes))
        for name in ("layer", "hconcat", "vconcat", "concat"):
            for part in (spec.get(name) or ())[:20]:
                self.walk(part, rows, axes, traces, depth + 1)
        self.walk(spec.get("spec"), rows, axes, traces, depth + 1)

    def rows_of(self, spec, rows):
        """Returns the rows of data in spec, or else those of what is around it."""
        data = spec.get("data")
        if not isinstance(data, dict):
            return rows
        values = data.get("values")
        if "name" in data and values is None:
            values = (self.spec.get("datasets") or {}).get(data["name"])
        return values if isinstance(values, list) else []

    def describe_mark(self, spec, rows, axes):
        mark = spec["mark"]
        text = str(mark.get("type") if isinstance(mark, dict) else mark)
        if rows:
            text += f" of {len(rows)} row{'s' * (len(rows) != 1)}"
        parts = [text]
        for channel, how in list((spec.get("encoding") or {}).items())[:8]:
            if not isinstance(how, dict):
                continue
            field = how.get("field")
            name = how.get("title") or (how.get("axis") or {}).get("title") or field or how.get("aggregate")
            if channel in ("x", "y", "color", "size", "column", "row", "theta") and name:
                axes.setdefault(channel, name)
            values = [row.get(field) for row in rows if isinstance(row, dict)] if isinstance(field, str) else []
            found = extent(values)
            if how.get("aggregate"):
                found = f"{how['aggregate']} of {field}" if field else str(how["aggregate"])
            if found and channel != "tooltip":
                parts.append(f"{channel} {found}")
        return ", ".join(parts)


def convert(form, text, lite, scale=1):
    """Runs in a child: returns the chart in text as PNG or HTML."""
    try:
        import vl_convert
    except ImportError:
        raise Failed(NO_LIBRARY) from None
    prefix = "vegalite" if lite else "vega"
    function = getattr(vl_convert, f"{prefix}_to_{form}")
    options = {"scale": scale} if form == "png" else {"bundle": True}
    version = VERSION.search(text[text.find('"$schema"'):][:200]) if lite else None
    if version:
        try:
            return as_bytes(function(text, vl_version=f"{version[1]}.{version[2]}", **options))
        except ValueError:
            pass  # another version than those that it has
    return as_bytes(function(text, **options))


def as_bytes(result):
    return result.encode() if isinstance(result, str) else bytes(result)

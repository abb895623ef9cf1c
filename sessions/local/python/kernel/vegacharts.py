"""Charts of Vega and Vega-Lite, as Altair makes them: a page, a picture, and what they hold."""

from .pristine import __builtins__, encode, os

import importlib.util
import re
from html import escape

from .charts import extent, line, quoted
from .children import Failed, call

LITE = re.compile(r"application/vnd\.vegalite\.v([0-9]+)(\.[0-9.]+)?\+json")
VEGA = re.compile(r"application/vnd\.vega\.v([0-9]+)(\.[0-9.]+)?\+json")
VERSION = re.compile(r"/v([0-9]+)\.([0-9]+)")
MAX_JSON = 40 << 20  # characters of a chart
MAX_DEPTH = 4  # of layers and rows of charts that are described
MEMORY = 3 << 30  # of a child; the JavaScript engine reserves much that it does not use
SECONDS = 20  # of a child on a busy machine; on an idle one it takes a tenth of that
BUNDLE = "bundle.js"  # the file with the scripts, which finish.py writes
REMOTE = ("vega@6", "vega-lite@6", "vega-embed@7")  # the scripts, where the library has none


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


class Converter:
    """Draws charts with vl-convert in children: its engine takes a second to start,
    and memory that stays. Makes pages of them."""

    def __init__(self):
        self.scripts = None  # what a page holds; "" if it must load that

    def draw(self, chart):
        """Returns a chart as PNG. Raises Failed."""
        return call(draw, chart.text, chart.lite, memory=MEMORY, seconds=SECONDS)

    def find_scripts(self):
        """Finds the scripts of pages: they are made when the library is installed, as
        it takes seconds, and by another interpreter than the embedded one now."""
        if self.scripts is None:
            self.scripts = ""
            try:
                self.scripts = read_bundle() or call(bundle, memory=MEMORY, seconds=SECONDS).decode()
            except (Failed, OSError):
                pass  # the page loads them

    def page(self, chart):
        """Returns a page that shows a chart."""
        self.find_scripts()
        scripts = f"<script>{self.scripts}</script>" if self.scripts else "".join(
            f'<script src="https://cdn.jsdelivr.net/npm/{name}"></script>' for name in REMOTE)
        spec = chart.text.replace("</", "<\\/")
        return (f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{escape(chart.title() or "Chart")}</title>{scripts}</head>'
                f'<body><div id="chart" style="width: 100%"></div>\n<script>vegaEmbed("#chart", {spec}).catch(console.error);</script>'
                '</body></html>\n')


def read_bundle():
    """Returns the scripts that were made with the installation, or ""."""
    found = importlib.util.find_spec("vl_convert")
    if found is None or not found.submodule_search_locations:
        return ""
    path = os.path.join(found.submodule_search_locations[0], BUNDLE)
    if not os.path.isfile(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def bundle():
    """Runs in a child: returns the scripts that show a chart."""
    return library().javascript_bundle().encode()


def draw(text, lite):
    """Runs in a child: returns the chart in text as PNG."""
    function = library().vegalite_to_png if lite else library().vega_to_png
    version = VERSION.search(text[max(0, text.find('"$schema"')):][:200]) if lite else None
    if version:
        try:
            return bytes(function(text, vl_version=f"{version[1]}.{version[2]}"))
        except ValueError:
            pass  # another version than those that it has
    return bytes(function(text))


def library():
    try:
        import vl_convert
    except ModuleNotFoundError:
        raise Failed("the package vl-convert-python is not installed") from None
    return vl_convert

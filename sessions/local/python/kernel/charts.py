"""What a chart holds, in a line for a model that cannot see it."""

from .pristine import __builtins__

import base64
import math

MAX_VALUES = 200_000  # of a list that are looked at
MAX_TRACES = 8  # that are described
MAX_LINE = 900  # characters
MAX_NAME = 60


def quoted(text, most=MAX_NAME):
    """Returns a name of the chart in quotes, within bounds and in a line."""
    text = " ".join(str(text).split())
    return '"' + (text if len(text) <= most else text[:most - 1] + "…").replace('"', "'") + '"'


def values_of(field):
    """Returns a field of a chart as a list or an array: plotly writes numbers in
    base64."""
    if isinstance(field, dict) and "bdata" in field:
        import numpy
        array = numpy.frombuffer(base64.b64decode(field["bdata"]), numpy.dtype(str(field.get("dtype", "f8"))))
        shape = field.get("shape")
        if shape:
            array = array.reshape([int(n) for n in (shape.split(",") if isinstance(shape, str) else [shape])])
        return array
    if field is None or isinstance(field, (str, bytes, dict)):
        return []
    if hasattr(field, "to_numpy"):
        field = field.to_numpy()
    return field if hasattr(field, "__len__") else list(field)


def flat(values):
    """Returns the numbers or texts in a list of lists."""
    if hasattr(values, "ravel"):
        return values.ravel()
    if len(values) and isinstance(values[0], (list, tuple)):
        return [one for row in values for one in row]
    return values


def extent(values):
    """Returns the range of values as a text, or "" if there are none."""
    values = flat(values)
    known = [v for v in list(values[:MAX_VALUES]) if v is not None and v == v]
    if not known:
        return ""
    if all(is_number(v) for v in known):
        finite = [v for v in known if math.isfinite(v)]
        return between(number(min(finite)), number(max(finite))) if finite else ""
    texts = [str(v) for v in known]
    if all(is_date(text) for text in texts):
        return between(short_date(min(texts)), short_date(max(texts)))
    distinct = list(dict.fromkeys(texts))
    if len(distinct) > 6:
        return f"{quoted(distinct[0], 20)}, {quoted(distinct[1], 20)} … {quoted(distinct[-1], 20)} ({len(distinct)} different)"
    return ", ".join(quoted(text, 24) for text in distinct)


def between(low, high):
    return low if low == high else f"{low} to {high}"


def is_number(value):
    if isinstance(value, (bool, str, bytes)):
        return False
    try:
        return isinstance(float(value), float)
    except (TypeError, ValueError):
        return False


def number(value):
    """Returns a number as a person would write it."""
    value = float(value)
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"


def is_date(text):
    return len(text) >= 8 and text[:4].isdigit() and text[4] == "-" and text[5:7].isdigit()


def short_date(text):
    """Returns a date without a time of midnight."""
    day, _, clock = text.replace("T", " ").partition(" ")
    return day if not clock.strip("0:.Z+") else f"{day} {clock[:8]}"


def line(kind, title, axes, traces):
    """Returns the line: what kind of chart it is, its title, names of axes, and
    what it shows as a list of texts."""
    text = kind
    if title:
        text += " " + quoted(title, 100)
    if axes:
        text += " (" + ", ".join(axes) + ")"
    if traces:
        text += ": " + "; ".join(traces[:MAX_TRACES])
        if len(traces) > MAX_TRACES:
            text += f"; and {len(traces) - MAX_TRACES} more"
    return text if len(text) <= MAX_LINE else text[:MAX_LINE - 1] + "…"

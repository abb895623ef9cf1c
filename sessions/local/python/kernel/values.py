"""The value of a cell, and what a display shows, as the parts of a frame."""

from .pristine import __builtins__, encode, quote

import base64

from .frames import MAX_DISPLAY, frame
from .pictures import lighter
from .text import cut, utf8

MAX_TEXT = 1 << 20  # a value as text
PLAIN = (int, float, bool, str)
BINARY = ("image/", "audio/", "video/", "application/pdf", "application/octet-stream")


def encode_value(value, shell, numpy):
    """Returns the value as JSON, by the rules of Azure's executionResult,
    and as a list of (MIME type, bytes)."""
    kind = type(value)
    if kind in PLAIN and shell.shows_plainly(kind):
        text = repr(value)
        return scalar(value, text), [("text/plain", utf8(cut(text, MAX_TEXT, "the value")))]
    data, _ = shell.display_formatter.format(value)
    parts = parts_of(data)
    text = dict(parts).get("text/plain", b"").decode("utf-8", "replace")
    if numpy is not None and isinstance(value, numpy.generic):
        value = value.item()
    if type(value) in PLAIN:
        return scalar(value, text), parts
    return utf8(quote(cut(text, MAX_TEXT, "the value"))), parts


def scalar(value, text):
    kind = type(value)
    if kind is str:
        text = cut(value, MAX_TEXT, "the value")
    elif kind is bool:
        return b"true" if value else b"false"
    elif kind is int:
        try:
            return int.__repr__(value).encode()
        except ValueError:
            pass
    elif kind is float:
        if value != value or value in (float("inf"), float("-inf")):
            return b"null"
        return float.__repr__(value).encode()
    return quote(text.encode("utf-8", "backslashreplace").decode()).encode()


def parts_of(data):
    """Returns what IPython's formatters gave as (MIME type, bytes), the
    largest left out where it is too much for a frame."""
    parts = []
    for mime, form in data.items():
        try:
            parts.append((str(mime)[:120], lighter(str(mime), octets(str(mime), form))))
        except Exception:
            continue  # a form that is not what it says it is
    return within_bounds(parts[:32])


def within_bounds(parts):
    """Leaves out the largest where all together are too much for a frame, and
    says so in the text."""
    dropped = []
    while sum(len(b) for _, b in parts) > MAX_DISPLAY:
        largest = max(parts, key=lambda part: len(part[1]))
        parts.remove(largest)
        dropped.append(f"[{largest[0]} of {len(largest[1])} bytes is left out: a display may have {MAX_DISPLAY}. "
                       "Save it to a file in the data folder, or show less of it.]")
    if dropped:
        text = [b for mime, b in parts if mime == "text/plain"]
        rest = [part for part in parts if part[0] != "text/plain"]
        parts = [("text/plain", b"\n".join([*text, *map(utf8, dropped)])), *rest]
    return parts


def octets(mime, form):
    if isinstance(form, tuple):
        form = form[0]
    if isinstance(form, (bytes, bytearray)):
        return bytes(form)
    if isinstance(form, str):
        if mime.startswith(BINARY) and not mime.startswith("image/svg"):
            return base64.b64decode(form)
        if mime == "text/plain":
            form = cut(form, MAX_TEXT, "the text")
        return utf8(form)
    return utf8(encode(form))


def bundle(header, parts, before=b""):
    listed = ",".join(f"[{quote(mime)},{len(b)}]" for mime, b in parts)
    return frame(f'{header}"parts":[{listed}]}}', before + b"".join(b for _, b in parts))

"""The value of a cell, and what a display shows, as the parts of a frame."""

from .pristine import __builtins__, encode, quote

import base64

from .frames import MAX_DISPLAY, frame
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
    text = str(data.get("text/plain", ""))
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
            parts.append((str(mime)[:120], octets(str(mime), form)))
        except Exception:
            continue  # a form that is not what it says it is
    parts = parts[:32]
    while sum(len(b) for _, b in parts) > MAX_DISPLAY:
        parts.remove(max(parts, key=lambda part: len(part[1])))
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

"""Encodes the value of a cell, and displays, as the parts of a frame."""

from .pristine import __builtins__, encode, quote

import base64

from .frames import MAX_DISPLAY, frame
from .images import Picture
from .patience import TooSlow
from .plaintext import CONTAINERS, plain_text
from .text import shorten, utf8

MAX_TEXT = 1 << 20  # characters of a value as text
MAX_PARTS = 32
PLAIN = (int, float, bool, str)
BINARY = ("image/", "audio/", "video/", "application/pdf", "application/octet-stream")


def encode_value(value, shell, numpy):
    """Returns the value as JSON, by the rules of Azure's executionResult, and as
    a list of (MIME type, bytes). numpy is the module, or None."""
    kind = type(value)
    if kind in PLAIN and shell.shows_plainly(kind):
        text = plain_text(value)
        return encode_scalar(value, text), [("text/plain", utf8(shorten(text, MAX_TEXT, "the value")))]
    if several := shell.displays.forms.several(value):
        for one in several:
            shell.displays.send(shell.display_formatter.format(one)[0])
        return utf8(quote(shorten(repr(value), MAX_TEXT, "the value"))), []
    data, _ = shell.display_formatter.format(value)
    parts = parts_of(shell.displays.refine(data))
    text = dict(parts).get("text/plain", b"").decode("utf-8", "replace")
    if numpy is not None and isinstance(value, numpy.generic):
        value = value.item()
    if type(value) in PLAIN:
        return encode_scalar(value, text), parts
    if kind in CONTAINERS and "\n" in text:
        text = as_ipython(value, text, shell)
    return utf8(quote(shorten(text, MAX_TEXT, "the value"))), parts


def as_ipython(value, text, shell):
    """Returns the text of a container as IPython has it, or text if that fails."""
    try:
        return shell.display_formatter.patience.call(shell.plain.as_ipython, value)
    except (Exception, TooSlow):
        return text


def encode_scalar(value, text):
    """Returns a value of a plain type as JSON. text is what a number becomes that
    is too long to convert."""
    kind = type(value)
    if kind is str:
        text = shorten(value, MAX_TEXT, "the value")
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
    """Returns the forms that IPython's formatters made as a list of (MIME type,
    bytes), without the largest ones where all are too much for a frame."""
    parts = []
    for mime, form in data.items():
        try:
            parts.append((str(mime)[:120], encode_form(str(mime), form)))
        except Exception:
            continue  # a form that is not what it says it is
    return drop_largest(parts[:MAX_PARTS])


def drop_largest(parts):
    """Drops the largest parts where all are too much for a frame, and says so in
    the text."""
    notes = []
    while sum(len(b) for _, b in parts) > MAX_DISPLAY:
        largest = max(parts, key=lambda part: len(part[1]))
        parts.remove(largest)
        notes.append(f"[{largest[0]} of {len(largest[1])} bytes is left out: a display may have at most {MAX_DISPLAY}. "
                     "Save it to a file in the data folder, or show less of it.]")
    if notes:
        text = [b for mime, b in parts if mime == "text/plain"]
        others = [part for part in parts if part[0] != "text/plain"]
        parts = [("text/plain", b"\n".join([*text, *map(utf8, notes)])), *others]
    return parts


def encode_form(mime, form):
    """Returns a form of a display as bytes."""
    if isinstance(form, tuple):
        form = form[0]
    if isinstance(form, Picture):
        return form.data
    if isinstance(form, (bytes, bytearray)):
        return bytes(form)
    if isinstance(form, str):
        if mime.startswith(BINARY) and not mime.startswith("image/svg"):
            return base64.b64decode(form)
        if mime == "text/plain":
            form = shorten(form, MAX_TEXT, "the text")
        return utf8(form)
    return utf8(encode(form))


def bundle(header, parts, before=b""):
    """Returns a frame of before and the parts, whose sizes complete the header."""
    sizes = ",".join(f"[{quote(mime)},{len(b)}]" for mime, b in parts)
    return frame(f'{header}"parts":[{sizes}]}}', before + b"".join(b for _, b in parts))

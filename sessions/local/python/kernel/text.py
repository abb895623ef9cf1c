"""Fits text into bytes and into the bounds of a frame."""

from .pristine import __builtins__


def utf8(text):
    return text.encode("utf-8", "backslashreplace")


def shorten(text, limit, what):
    """Leaves out the middle of a text of more than limit characters and says so."""
    if len(text) <= limit:
        return text
    head, tail = limit * 3 // 4, limit // 4
    left_out = len(text) - head - tail
    return f"{text[:head]}\n… [{left_out} characters of {what} left out] …\n{text[-tail:]}"

"""Text that fits: into bytes, and into what a frame may hold of it."""

from .pristine import __builtins__


def utf8(text):
    return text.encode("utf-8", "backslashreplace")


def cut(text, limit, what):
    """Leaves the middle of a long text out and says so."""
    if len(text) <= limit:
        return text
    head, tail = limit * 3 // 4, limit // 4
    left_out = len(text) - head - tail
    return f"{text[:head]}\n… [{left_out} characters of {what} left out] …\n{text[-tail:]}"

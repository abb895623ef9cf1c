"""Which encoding a text has that is not what code took it for."""

from .pristine import __builtins__

import codecs

SAMPLE = 64 << 10  # bytes that are looked at
MIN_SAMPLE = 24  # bytes from which an encoding can be told
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
FORMATS = ((b"PK\x03\x04", "a ZIP file, as .xlsx and .docx are"), (b"\x1f\x8b", "compressed by gzip"), (b"%PDF", "a PDF"),
           (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"), (b"\xd0\xcf\x11\xe0", "an old Office file, as .xls is"),
           (b"PAR1", "a Parquet file"))


def explain_encoding(error, options):
    """Returns a line on the encoding of bytes that could not be decoded, or ""."""
    if not isinstance(error, UnicodeDecodeError) or not isinstance(error.object, bytes):
        return ""
    data = read_sample(error.__traceback__) or error.object[:SAMPLE]
    for start, what in FORMATS:
        if data.startswith(start):
            return f"This is no text: the data is {what}."
    found = next((name for mark, name in MARKS if data.startswith(mark)), "") or guess(data)
    return f"The text may be in {found}: pass encoding={found!r}." if found else ""


def read_sample(tb):
    """Returns the beginning of the file that was decoded, if it is found: errors hold
    no more than a piece of it."""
    while tb is not None:
        for name in ("filepath_or_buffer", "f", "file", "handle"):
            buffer = getattr(tb.tb_frame.f_locals.get(name), "buffer", None)
            path = getattr(buffer, "name", tb.tb_frame.f_locals.get(name))
            if isinstance(path, str) and "://" not in path:
                try:
                    with open(path, "rb") as file:
                        return file.read(SAMPLE)
                except (OSError, ValueError):
                    continue
        tb = tb.tb_next
    return b""


def guess(data):
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return ""
    best = from_bytes(data).best() if len(data) >= MIN_SAMPLE else None
    return best.encoding if best is not None and best.encoding not in ("utf_8", "ascii") else ""

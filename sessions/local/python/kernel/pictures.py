"""What is shown as image/png, and pictures that are too large to be sent."""

from .pristine import __builtins__

import io

from IPython.core.formatters import PNGFormatter, get_real_method

MAX_SIDE = 2000  # of a picture; nobody who reads an answer sees more
LARGE = 8 << 20  # bytes of an encoded picture that is made smaller
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
FORMULAS = "sympy.interactive.printing"


class Pictures(PNGFormatter):
    """IPython's formatter, with some types' pictures for good: code that selects
    other formats for figures gets those beside them. What sympy.init_printing
    registers is left out: a picture of 5 says less than its text."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.kept = {}

    def keep(self, kind, draw):
        self.kept[kind] = draw
        self.type_printers[kind] = draw

    def for_type(self, typ, func=None):
        if typ in self.kept or getattr(func, "__module__", None) == FORMULAS:
            func = None
        return super().for_type(typ, func)

    def pop(self, typ, *default):
        if typ in self.kept:
            return self.kept[typ]
        return super().pop(typ, *default)

    def __call__(self, obj):
        method = get_real_method(obj, self.print_method)
        if getattr(method, "__module__", None) == FORMULAS:
            return None
        return super().__call__(obj)


def png(image):
    """Returns a PIL image as PNG, in a size that can be looked at."""
    small = reduced(image)
    if small.mode not in ("1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA"):
        small = small.convert("RGB")
    out = io.BytesIO()
    small.save(out, "PNG")
    return out.getvalue()


def reduced(image):
    if max(image.size) <= MAX_SIDE:
        return image
    small = image.convert("RGB") if image.mode in ("P", "CMYK") else image.copy()
    small.thumbnail((MAX_SIDE, MAX_SIDE), reducing_gap=2.0)
    return small


def lighter(mime, data):
    """Returns an encoded picture, made smaller if it has too many bytes and can be."""
    if len(data) <= LARGE or mime not in FORMATS:
        return data
    try:
        from PIL import Image
        with Image.open(io.BytesIO(data)) as image:
            small = reduced(image)
            out = io.BytesIO()
            small.save(out, FORMATS[mime])
    except Exception:
        return data
    return min(data, out.getvalue(), key=len)

"""What is shown as image/png, and pictures that are too large to be sent."""

from .pristine import __builtins__

import io

from IPython.core.formatters import LatexFormatter, PNGFormatter, get_real_method

MAX_SIDE = 2000  # of a picture; nobody who reads an answer sees more
LARGE = 8 << 20  # bytes of an encoded picture that is made smaller
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
# Modes of PIL that PNG has, and what comes near others.
DRAWN = {"1", "L", "LA", "I;16", "P", "RGB", "RGBA"}
NEAREST = {"I": "I;16", "La": "LA", "PA": "RGBA", "RGBa": "RGBA"}
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


class Formulas(LatexFormatter):
    """IPython's formatter, without what sympy.init_printing registers for numbers
    and lists of Python, whose text says the same in words of Python."""

    def for_type(self, typ, func=None):
        if getattr(func, "__module__", None) == FORMULAS and getattr(typ, "__module__", None) == "builtins":
            func = None
        return super().for_type(typ, func)


def png(image):
    """Returns a PIL image as PNG, in a size that can be looked at."""
    small = reduced(image)
    if small.mode not in DRAWN:
        small = small.convert(NEAREST.get(small.mode, "RGB"))
    out = io.BytesIO()
    small.save(out, "PNG")
    return out.getvalue()


def reduced(image):
    """Returns an image that is not too large. The image stays as it is, and is
    not copied first: it may fill most of the memory."""
    side = max(image.size)
    if side <= MAX_SIDE:
        return image
    if image.mode == "P":
        image = image.convert("RGB")
    return image.resize([max(1, round(n * MAX_SIDE / side)) for n in image.size], reducing_gap=2.0)


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

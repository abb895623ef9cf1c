"""What is shown as image/png, and the bounds of a picture's size."""

from .pristine import __builtins__

import io

from IPython.core.formatters import LatexFormatter, PNGFormatter, get_real_method

MAX_SIDE = 2000  # pixels of a picture's width and height; nobody who reads an answer sees more
LARGE = 8 << 20  # bytes of an encoded picture above which it is made smaller
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
# Modes of PIL that PNG has, and the closest of them for others.
PNG_MODES = {"1", "L", "LA", "I;16", "P", "RGB", "RGBA"}
CLOSEST = {"I": "I;16", "La": "LA", "PA": "RGBA", "RGBa": "RGBA"}
SYMPY_PRINTING = "sympy.interactive.printing"


class PictureFormatter(PNGFormatter):
    """IPython's formatter, in which some types have pictures whatever code
    registers: the formats that it selects for figures come in addition. What
    sympy.init_printing registers is ignored: a picture of 5 says less than its
    text."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.fixed = {}

    def fix(self, kind, draw):
        """Draws objects of a type with draw, for good."""
        self.fixed[kind] = draw
        self.type_printers[kind] = draw

    def for_type(self, typ, func=None):
        if typ in self.fixed or getattr(func, "__module__", None) == SYMPY_PRINTING:
            func = None
        return super().for_type(typ, func)

    def pop(self, typ, *default):
        if typ in self.fixed:
            return self.fixed[typ]
        return super().pop(typ, *default)

    def __call__(self, obj):
        method = get_real_method(obj, self.print_method)
        if getattr(method, "__module__", None) == SYMPY_PRINTING:
            return None
        return super().__call__(obj)


class FormulaFormatter(LatexFormatter):
    """IPython's formatter, without what sympy.init_printing registers for Python's
    own numbers and lists, which read as well as text."""

    def for_type(self, typ, func=None):
        if getattr(func, "__module__", None) == SYMPY_PRINTING and getattr(typ, "__module__", None) == "builtins":
            func = None
        return super().for_type(typ, func)


def draw_image(image):
    """Returns an image of PIL as PNG, of at most MAX_SIDE pixels a side."""
    small = shrink(image)
    if small.mode not in PNG_MODES:
        small = small.convert(CLOSEST.get(small.mode, "RGB"))
    return save(small, "PNG")


def shrink(image):
    """Returns an image that is not too large. The given one does not change, and
    is not copied first: it may fill most of the memory."""
    side = max(image.size)
    if side <= MAX_SIDE:
        return image
    if image.mode == "P":
        image = image.convert("RGB")
    return image.resize([max(1, round(n * MAX_SIDE / side)) for n in image.size], reducing_gap=2.0)


def compress(mime, data):
    """Returns an encoded picture, in a smaller form if it has too many bytes and
    there is one. Other data is returned as it is."""
    if len(data) <= LARGE or mime not in FORMATS:
        return data
    try:
        from PIL import Image
        with Image.open(io.BytesIO(data)) as image:
            smaller = save(shrink(image), FORMATS[mime])
    except Exception:
        return data
    return min(data, smaller, key=len)


def save(image, form):
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()

"""What IPython shows as image/png, and as formulas."""

from .pristine import __builtins__

from IPython.core.formatters import LatexFormatter, PNGFormatter, get_real_method

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

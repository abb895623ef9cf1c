"""Letters that the chosen fonts lack: in formulas, and those that no font has."""

from .pristine import __builtins__, os

import functools
import sys
import unicodedata
from warnings import warn

CURRENCY = 0xA4  # what mathtext draws for a letter that it has not found


class Letters:
    """Draws the letters of formulas with the fallbacks of other texts, and says
    of each script once in a run that no font has it."""

    def __init__(self, fonts):
        import matplotlib
        from matplotlib import _mathtext, _text_helpers
        self.fonts = fonts
        self.told = set()  # scripts
        # A warning is about a line of the code, not about one of the libraries.
        libraries = (os.path.dirname(__file__), os.path.dirname(os.path.dirname(matplotlib.__file__)))
        self.where = {"skip_file_prefixes": libraries} if sys.version_info >= (3, 12) else {"stacklevel": 3}
        _text_helpers.warn_on_missing_glyph = self.tell
        _mathtext._log.addFilter(lambda record: "does not have a glyph" not in str(record.msg))
        _mathtext.UnicodeFonts._get_glyph = self.with_fallbacks(_mathtext.UnicodeFonts._get_glyph)

    def forget(self):
        """Ends a run."""
        self.told.clear()

    def tell(self, letter, fonts=None):
        """Warns of a letter that is drawn as a box. matplotlib's own words are
        kept as far as filters of warnings look for them."""
        name = unicodedata.name(chr(letter), f"U+{letter:04X}")
        script = name.partition(" ")[0]
        if script in self.told:
            return
        self.told.add(script)
        warn(f"Glyph {letter} (\\N{{{name}}}) missing from all fonts that are here: it and other letters that are "
             "missing are drawn as boxes. A font file that has them can be uploaded, and added with "
             "matplotlib.font_manager.fontManager.addfont.", **self.where)

    def with_fallbacks(self, get_glyph):
        """In the place of the method that finds the glyphs of formulas."""
        @functools.wraps(get_glyph)
        def found(fonts, fontname, font_class, sym, *rest):
            glyph = get_glyph(fonts, fontname, font_class, sym, *rest)
            # matplotlib before 3.6 has more to return.
            if len(glyph) != 3 or glyph[1] != CURRENCY or len(sym) != 1 or ord(sym) == CURRENCY:
                return glyph
            font = self.having(ord(sym))
            if font is None:
                self.tell(ord(sym))
                return glyph
            return font, ord(sym), False
        return found

    def having(self, letter):
        """Returns the first font of the fallbacks that has a letter, or None."""
        fonts = map(self.fonts.module.get_font, self.fonts.fallbacks)
        return next((font for font in fonts if font.get_char_index(letter)), None)

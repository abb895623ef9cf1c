"""Characters that the chosen fonts lack: in formulas, and those that no font has."""

from .pristine import __builtins__, os

import functools
import sys
import unicodedata
from warnings import warn

CURRENCY = 0xA4  # what mathtext draws in place of a character that it has not found


class Glyphs:
    """Draws the characters of formulas with the fallbacks of other texts, and
    warns of each script once in a run that no font has it."""

    def __init__(self, fonts):
        import matplotlib
        from matplotlib import _mathtext, _text_helpers
        self.fonts = fonts
        self.warned = set()  # scripts
        # A warning names a line of the code, not one of the libraries.
        libraries = (os.path.dirname(__file__), os.path.dirname(os.path.dirname(matplotlib.__file__)))
        self.where = {"skip_file_prefixes": libraries} if sys.version_info >= (3, 12) else {"stacklevel": 3}
        _text_helpers.warn_on_missing_glyph = self.warn_missing
        _mathtext._log.addFilter(lambda record: "does not have a glyph" not in str(record.msg))
        _mathtext.UnicodeFonts._get_glyph = self.with_fallbacks(_mathtext.UnicodeFonts._get_glyph)

    def forget_warnings(self):
        """Ends a run: the next one is warned again."""
        self.warned.clear()

    def warn_missing(self, character, fonts=None):
        """Warns of a character that is drawn as a box. The beginning is that of
        matplotlib's warning, which filters of warnings match."""
        name = unicodedata.name(chr(character), f"U+{character:04X}")
        script = name.partition(" ")[0]
        if script in self.warned:
            return
        self.warned.add(script)
        warn(f"Glyph {character} (\\N{{{name}}}) missing from all installed fonts: it and others like it are drawn as "
             "boxes. Upload a font file that has them, and add it with matplotlib.font_manager.fontManager.addfont.",
             **self.where)

    def with_fallbacks(self, get_glyph):
        """Wraps the method that finds the glyphs of formulas."""
        @functools.wraps(get_glyph)
        def get_glyph_or_fallback(fonts, fontname, font_class, sym, *args):
            glyph = get_glyph(fonts, fontname, font_class, sym, *args)
            # matplotlib before 3.6 returns more.
            if len(glyph) != 3 or glyph[1] != CURRENCY or len(sym) != 1 or ord(sym) == CURRENCY:
                return glyph
            font = self.find_font(ord(sym))
            if font is None:
                self.warn_missing(ord(sym))
                return glyph
            return font, ord(sym), False
        return get_glyph_or_fallback

    def find_font(self, character):
        """Returns the first of the fallbacks that has a character, or None."""
        fonts = map(self.fonts.module.get_font, self.fonts.fallbacks)
        return next((font for font in fonts if font.get_char_index(character)), None)

"""Characters that the chosen fonts lack: in formulas, and those that no font has.

A filter for warnings that match matplotlib's "Glyph … missing from" silences what is said of them.
"""

from .pristine import __builtins__, os

import functools
import sys
import warnings

ALL_FONTS = "all installed fonts"
WAY_OUT = (
    "Name a font that has them: simhei.ttf, msgothic.ttc and malgun.ttf for Chinese, Japanese and Korean, DejaVuSans.ttf for others.",
    "Upload a font file that has them, and add it with matplotlib.font_manager.fontManager.addfont.",
)
MAX_NAMED = 40  # characters
CURRENCY = 0xA4  # what mathtext draws in place of a character that it has not found


class Glyphs:
    """Draws the characters of formulas with the fallbacks of other texts, and tells
    once in a run of those that no font has."""

    def __init__(self, fonts):
        import matplotlib
        from matplotlib import _mathtext, _text_helpers
        self.fonts = fonts
        self.missing = {}  # characters, by what lacks them
        # A warning names a line of the code, not one of the libraries.
        libraries = (os.path.dirname(__file__), os.path.dirname(os.path.dirname(matplotlib.__file__)))
        self.where = {"skip_file_prefixes": libraries} if sys.version_info >= (3, 12) else {"stacklevel": 3}
        _text_helpers.warn_on_missing_glyph = self.warn_missing
        _mathtext._log.addFilter(lambda record: "does not have a glyph" not in str(record.msg))
        _mathtext.UnicodeFonts._get_glyph = self.with_fallbacks(_mathtext.UnicodeFonts._get_glyph)

    def warn_missing(self, character, fonts=None):
        """Notes a character that is drawn as a box. It has the place of matplotlib's
        function that warns of one."""
        self.warn_missing_all([chr(character)])

    def warn_missing_all(self, characters, where=ALL_FONTS):
        """Notes characters that are drawn as boxes, for the end of the run. where
        names what lacks them."""
        noted = self.missing.setdefault(where, {})
        for character in characters:
            if len(noted) <= MAX_NAMED:
                noted[character] = True

    def forget_missing(self):
        self.missing = {}

    def tell_missing(self):
        """Says once in a run which characters were drawn as boxes, in one line for
        what lacks them. The beginning is that of matplotlib's warning, which filters
        of warnings match."""
        missing, self.missing = self.missing, {}
        for where, characters in missing.items():
            named = " ".join(list(characters)[:MAX_NAMED]) + (" …" if len(characters) > MAX_NAMED else "")
            text = f"Glyph of {named} missing from {where}: drawn as a box. {WAY_OUT[where == ALL_FONTS]}"
            with warnings.catch_warnings(record=True) as passed:
                warnings.warn(text)
            if passed:
                print(text, file=sys.stderr)

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

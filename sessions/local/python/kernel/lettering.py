"""Text that Pillow draws: fonts of other systems have stand-ins, and a line whose font lacks some of its characters is
drawn with one that has them."""

from .pristine import __builtins__, os

import functools
import io


class Lettering:
    """Changes PIL.ImageFont, once that is imported."""

    def __init__(self, typefaces, glyphs):
        self.typefaces = typefaces
        self.glyphs = glyphs
        self.variants = {}  # fonts that draw for others, by file, face and size

    def patch(self, module):
        self.module = module
        module.truetype = self.with_stand_ins(module.truetype)
        for name in ("getlength", "getbbox", "getmask2"):
            setattr(module.FreeTypeFont, name, self.with_letters(getattr(module.FreeTypeFont, name)))

    def with_stand_ins(self, truetype):
        @functools.wraps(truetype)
        def open_font(font=None, size=10, index=0, *args, **kwargs):
            try:
                return truetype(font, size, index, *args, **kwargs)
            except OSError:
                found = isinstance(font, (str, bytes, os.PathLike)) and not os.path.exists(font) and self.typefaces.stand_in(font)
                if not found:
                    raise
            return truetype(found[0], size, found[1], *args, **kwargs)
        return open_font

    def with_letters(self, method):
        """Wraps a method of fonts that measures or draws a line."""
        @functools.wraps(method)
        def measure_or_draw(font, text, *args, **kwargs):
            if isinstance(text, str) and not text.isascii():
                font = self.font_for(font, text)
            return method(font, text, *args, **kwargs)
        return measure_or_draw

    def font_for(self, font, text):
        """Returns the font to draw a line with: font, if no other has more of its
        characters."""
        found, lacking = self.typefaces.best_for(text, self.letters_of(font).get_char_index)
        if lacking:
            self.glyphs.warn_missing_all(lacking)
        if found is None:
            return font
        key = (*found, font.size)
        if key not in self.variants:
            self.variants[key] = self.module.FreeTypeFont(found[0], font.size, found[1], layout_engine=font.layout_engine)
        return self.variants[key]

    def letters_of(self, font):
        """Returns matplotlib's view of a font, which knows its characters."""
        known = font.__dict__.get("_letters")
        if known is None:
            fonts = self.typefaces.fonts.module
            if isinstance(font.path, (str, bytes, os.PathLike)):
                known = fonts.get_font(fonts.FontPath(os.fsdecode(font.path), font.index))
            else:
                known = fonts.ft2font.FT2Font(io.BytesIO(font.font_bytes))
            font.__dict__["_letters"] = known
        return known

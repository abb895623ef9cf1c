"""Text in reportlab's PDF documents: fonts of other systems have stand-ins, fonts with PostScript outlines, such as those
for Chinese, are embedded too, and the standard fonts leave lines that they have no letters for to others."""

from .pristine import __builtins__, os

import functools
import io
import struct

PRINTED_NAME = "dsm-%s-%d"  # of fonts that draw for the standard ones


class PDFFonts:
    """Changes reportlab's modules, once they are imported."""

    def __init__(self, typefaces, glyphs):
        self.typefaces = typefaces
        self.glyphs = glyphs

    def patch_files(self, module):
        """Changes reportlab.pdfbase.ttfonts."""
        original, face = module.TTFontFace, outline_face(module)
        open_original = module.TTFOpenFile

        def open_file(name):
            try:
                return open_original(name)
            except module.TTFError:
                found = self.typefaces.stand_in(name)
                if not found:
                    raise
            return open_original(found[0])

        @functools.wraps(original, updated=())
        def open_face(filename, validate=0, subfontIndex=0):
            if isinstance(filename, (str, os.PathLike)) and not os.path.exists(filename):
                try:
                    filename = open_original(filename)[0]
                except module.TTFError:
                    filename, subfontIndex = self.typefaces.stand_in(filename) or (filename, subfontIndex)
            try:
                return original(filename, validate, subfontIndex)
            except module.TTFError as e:
                if "postscript outlines" not in str(e):
                    raise
            return face(filename, subfontIndex)
        module.TTFOpenFile, module.TTFontFace = open_file, open_face
        self.tell_missing(module.TTFont)

    def tell_missing(self, font_class):
        split = font_class.splitString

        @functools.wraps(split)
        def split_string(font, text, *args, **kwargs):
            if isinstance(text, str) and not text.isascii():
                lacking = [c for c in text if ord(c) not in font.face.charToGlyph and c.isprintable() and not c.isspace()]
                if lacking:
                    self.glyphs.warn_missing_all(lacking, f"the PDF's font {font.fontName}")
            return split(font, text, *args, **kwargs)
        font_class.splitString = split_string

    def patch_standard(self, module):
        """Changes reportlab.pdfgen.textobject, through which all text goes, and how
        the standard fonts measure text."""
        from reportlab.pdfbase import pdfmetrics
        text_class, font_class = module.PDFTextObject, pdfmetrics.Font
        format_text, width = text_class._formatText, font_class.stringWidth

        @functools.wraps(format_text)
        def format_or_replace(text_object, text):
            name = text_object._fontname
            other = self.font_for(pdfmetrics, pdfmetrics.getFont(name), text)
            if other is None:
                return format_text(text_object, text)
            size, leading = text_object._fontsize, text_object._leading
            text_object._fontname = other.fontName
            try:
                return format_text(text_object, text) + " " + back_to(text_object, name, size, leading)
            finally:
                text_object._fontname = name

        @functools.wraps(width)
        def string_width(font, text, size, encoding="utf8"):
            other = self.font_for(pdfmetrics, font, text)
            return width(font, text, size, encoding) if other is None else other.stringWidth(text, size, encoding)
        text_class._formatText, font_class.stringWidth = format_or_replace, string_width

    def font_for(self, pdfmetrics, font, text):
        """Returns the font to write text with in place of a standard font that has
        not all of its characters, or None."""
        if not isinstance(text, str) or text.isascii() or getattr(font, "encName", "") != "WinAnsiEncoding":
            return None
        found, _ = self.typefaces.best_for(text, lambda code: in_windows_1252(chr(code)))
        if found is None:
            return None
        name = PRINTED_NAME % (os.path.basename(found[0]), found[1])
        if name not in pdfmetrics._fonts:
            from reportlab.pdfbase.ttfonts import TTFont
            pdfmetrics.registerFont(TTFont(name, found[0], subfontIndex=found[1]))
        return pdfmetrics.getFont(name)


def back_to(text_object, name, size, leading):
    """Returns the operators that select a standard font again."""
    return "%s %s Tf %s TL" % (text_object._canvas._doc.getInternalFontName(name), size, leading)


def in_windows_1252(character):
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def outline_face(module):
    """Returns the class of faces with PostScript outlines: the glyphs of a document
    are converted to TrueType's outlines as they are embedded."""

    class OutlineFace(module.TTFontFace):
        def __init__(self, filename, subfontIndex=0):
            from fontTools.ttLib import TTFont
            self.font = TTFont(filename, fontNumber=subfontIndex, lazy=True)
            super().__init__(io.BytesIO(without_outlines(module, self.font)))
            self.filename = str(filename)
            self.size = len(self._ttf_data)

        def makeSubset(self, subset):
            self.put_outlines({self.charToGlyph.get(code, 0) for code in subset} | {0})
            return super().makeSubset(subset)

        def put_outlines(self, glyphs):
            """Appends the outlines of glyphs to the font as the table glyf."""
            data, positions = b"", [0] * (len(self.glyphPos))
            names, drawn = self.font.getGlyphOrder(), self.font.getGlyphSet()
            last = 0
            for index in sorted(glyphs):
                positions[last:index + 1] = [len(data)] * (index + 1 - last)
                data += outline(drawn, names[index])
                data += b"\0" * (-len(data) % 4)
                last = index + 1
            positions[last:] = [len(data)] * (len(positions) - last)
            self._ttf_data = self._ttf_data[:self.size] + data
            self.table["glyf"] = {"tag": "glyf", "checksum": 0, "offset": self.size, "length": len(data)}
            self.glyphPos = positions
    return OutlineFace


def outline(drawn, name):
    """Returns a glyph in the format of the table glyf."""
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    pen = TTGlyphPen(None)
    drawn[name].draw(Cu2QuPen(pen, 1, reverse_direction=True))
    glyph = pen.glyph()
    if glyph.numberOfContours == 0:
        return b""
    glyph.recalcBounds(None)
    return glyph.compile(None)


def without_outlines(module, font):
    """Returns a font as a TrueType file whose glyphs are all empty."""
    file = module.TTFontMaker()
    count = struct.unpack(">H", font.reader["maxp"][4:6])[0]
    for tag in ("head", "hhea", "hmtx", "cmap", "name", "OS/2"):
        data = font.reader[tag]
        file.add(tag, data[:50] + b"\0\0" + data[52:] if tag == "head" else data)
    file.add("post", b"\0\3\0\0" + font.reader["post"][4:32])
    file.add("maxp", struct.pack(">LH", 0x10000, count) + b"\0" * 26)
    file.add("loca", b"\0\0" * (count + 1))
    file.add("glyf", b"")
    return file.makeStream()

"""Letters of all scripts in what libraries other than matplotlib draw."""

from .pristine import __builtins__

from .imports import ImportHooks
from .lettering import Lettering
from .pdffonts import PDFFonts
from .typefaces import Typefaces


def draw_letters(fonts, glyphs):
    """Has Pillow and reportlab find fonts for what code draws, with the fonts of
    figures. What lacks a character is told by glyphs."""
    typefaces = Typefaces(fonts)
    pdf = PDFFonts(typefaces, glyphs)
    ImportHooks({
        "PIL.ImageFont": Lettering(typefaces, glyphs).patch,
        "reportlab.pdfbase.ttfonts": pdf.patch_files,
        "reportlab.pdfgen.textobject": pdf.patch_standard,
    }).install()

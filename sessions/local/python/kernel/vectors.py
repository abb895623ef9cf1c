"""SVG drawings and pages of PDF files as pictures."""

from .pristine import __builtins__, os

import re

from .children import Failed, call
from .images import MAX_SIDE, MIN_SIDE, save

MAX_SVG = 20 << 20  # bytes of a drawing
MAX_PDF = 100 << 20
ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
ROOT = re.compile(rb"<svg\b[^>]{0,20000}>", re.IGNORECASE | re.DOTALL)
LENGTH = re.compile(rb"""\b(width|height)\s*=\s*["']\s*([0-9.]{1,12})\s*(px|pt|in|cm|mm|)\s*["']""")
VIEWBOX = re.compile(rb"""\bviewBox\s*=\s*["']\s*[-0-9.eE]+[\s,]+[-0-9.eE]+[\s,]+([0-9.eE]{1,12})[\s,]+([0-9.eE]{1,12})\s*["']""")
UNITS = {b"px": 1, b"": 1, b"pt": 4 / 3, b"in": 96, b"cm": 96 / 2.54, b"mm": 96 / 25.4}
# What stands for fonts that are not here.
FAMILIES = {"font_family": "DejaVu Sans", "serif_family": "DejaVu Serif", "sans_serif_family": "DejaVu Sans",
            "monospace_family": "DejaVu Sans Mono"}
SCALE = 2  # pixels of a point of a PDF page, if it is not too large


def draw_svg(svg, images):
    """Returns an SVG drawing as PNG. Raises Failed."""
    if len(svg) > MAX_SVG:
        raise Failed(f"it has {len(svg) >> 20} MB, more than {MAX_SVG >> 20}")
    if ENTITY.search(svg[:1 << 20]):
        raise Failed("it defines entities, which can grow without end")
    return call(render_svg, svg, svg_size(svg, images))


def svg_size(svg, images):
    """Returns the width at which a drawing is rendered, or None for its own if that
    is not known."""
    root = ROOT.search(svg[:1 << 20])
    if not root:
        raise Failed("it has no element svg")
    sides = {name: float(number) * UNITS[unit] for name, number, unit in LENGTH.findall(root[0])
             if number.count(b".") <= 1 and number != b"."}
    width, height = sides.get(b"width"), sides.get(b"height")
    if not (width and height):
        box = VIEWBOX.search(root[0])
        if not box:
            return None
        width, height = map(float, box.groups())
    if not (width > 0 and height > 0):
        raise Failed("it has no size")
    if width > 1e7 or height > 1e7:
        raise Failed(f"it has {width:g}×{height:g} pixels")
    least = min(width, height)
    scale = images.scale(width, height)
    if least < MIN_SIDE:
        scale = min(scale * MIN_SIDE / least, MAX_SIDE / max(width, height))
    return max(1, round(width * scale))


def render_svg(svg, width):
    """Runs in a child."""
    try:
        import resvg_py
    except ModuleNotFoundError:
        raise Failed("the package resvg-py is not installed") from None
    options = {"width": width} if width else {}
    drawn = resvg_py.svg_to_bytes(svg_string=svg.decode("utf-8", "replace"), background="#ffffff", font_dirs=font_folders(),
                                  **FAMILIES, **options)
    return bytes(drawn)


def font_folders():
    """Returns the folders with fonts of matplotlib and of the system that exist."""
    folders = ["/usr/share/fonts", "/usr/local/share/fonts"]
    try:
        import matplotlib
        folders.insert(0, os.path.join(matplotlib.get_data_path(), "fonts", "ttf"))
    except Exception:
        pass  # another interpreter need not have it
    return [folder for folder in folders if os.path.isdir(folder)]


def draw_pdf(pdf, images):
    """Returns the first page of a PDF file as PNG, and how many it has. Raises
    Failed."""
    if len(pdf) > MAX_PDF:
        raise Failed(f"it has {len(pdf) >> 20} MB, more than {MAX_PDF >> 20}")
    count, _, png = call(render_pdf, pdf, images).partition(b" ")
    return png, int(count)


def render_pdf(pdf, images):
    """Runs in a child."""
    try:
        import pypdfium2
    except ModuleNotFoundError:
        raise Failed("the package pypdfium2 is not installed") from None
    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    width, height = page.get_size()
    scale = images.scale(SCALE * width, SCALE * height) * SCALE
    image = page.render(scale=scale).to_pil()
    return b"%d %s" % (len(document), save(image.convert("RGB"), "PNG"))

"""Drawings in SVG."""

import gzip
import importlib.util
import io
import os
import re

MAX_BYTES = 30 << 20
FAMILIES = {"font_family": "DejaVu Sans", "sans_serif_family": "DejaVu Sans", "serif_family": "DejaVu Serif",
            "monospace_family": "DejaVu Sans Mono"}


def look(path, answer):
    source = read(path)
    width, height = size(source)
    answer.say(f"SVG drawing{f', {width:g}×{height:g}' if width else ''}, {len(source)} characters")
    import resvg_py
    options = {"background": "#ffffff", "font_dirs": font_folders(), **FAMILIES}
    if width:
        request = answer.request
        scale = min(request["max_side"] / max(width, height), (request["max_pixels"] / (width * height)) ** 0.5)
        if scale < 1 or max(width, height) < 600:
            scale = min(scale, 800 / max(width, height)) if scale > 1 else scale
            options["width"] = max(1, int(width * scale))
    drawn = bytes(resvg_py.svg_to_bytes(svg_string=source, **options))
    from PIL import Image
    answer.add_picture(Image.open(io.BytesIO(drawn)).convert("RGB"), "")
    answer.say("[pass lines to read its source]")


def font_folders():
    """Returns the folders with fonts of matplotlib, which need not be imported for
    that, and of the system."""
    folders = ["/usr/share/fonts", "/usr/local/share/fonts"]
    found = importlib.util.find_spec("matplotlib")
    if found and found.submodule_search_locations:
        folders.insert(0, os.path.join(found.submodule_search_locations[0], "mpl-data", "fonts", "ttf"))
    return [folder for folder in folders if os.path.isdir(folder)]


def read(path):
    with open(path, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if data.startswith(b"\x1f\x8b"):
        data = gzip.GzipFile(fileobj=io.BytesIO(data)).read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES >> 20} MiB")
    named = re.match(rb"\s*<\?xml[^>]*encoding=[\"']([\w.-]+)", data)
    for encoding in (named.group(1).decode() if named else "utf-8-sig", "utf-8-sig", "utf-16"):
        try:
            return data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return data.decode("latin-1")


def size(source):
    """Returns width and height in pixels, 0 if they are not said."""
    root = re.search(r"<svg\b[^>]{0,4000}", source, re.IGNORECASE)
    if not root:
        return 0, 0
    given = {}
    for name in ("width", "height"):
        found = re.search(rf"\b{name}\s*=\s*[\"']\s*([0-9.]+(?:e[0-9]+)?)\s*(px|pt|mm|cm|in)?\s*[\"']", root.group())
        if found:
            given[name] = float(found.group(1)) * {"pt": 4 / 3, "mm": 3.7795, "cm": 37.795, "in": 96}.get(found.group(2), 1)
    box = re.search(r"\bviewBox\s*=\s*[\"']\s*[-0-9.e]+[\s,]+[-0-9.e]+[\s,]+([0-9.e]+)[\s,]+([0-9.e]+)", root.group())
    if len(given) < 2 and box:
        width, height = float(box.group(1)), float(box.group(2))
        if width > 0 and height > 0:
            if "width" in given:
                return given["width"], given["width"] * height / width
            if "height" in given:
                return given["height"] * width / height, given["height"]
            return width, height
    return (given["width"], given["height"]) if len(given) == 2 and min(given.values()) > 0 else (0, 0)

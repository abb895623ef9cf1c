"""Values that words say nothing of: what the calls return that draw."""

from .pristine import __builtins__

import sys

# By module and name, since a session need not have the libraries.
DRAWINGS = {
    ("matplotlib.artist", "Artist"),
    ("matplotlib.colorbar", "Colorbar"),
    ("matplotlib.axes._base", "ArtistList"),
    ("seaborn.axisgrid", "_BaseGrid"),
    ("IPython.core.display_functions", "DisplayHandle"),
}
CONTAINERS = "matplotlib.container"
LISTS = "builtins", "matplotlib.cbook"  # modules whose lists are looked into
MAX_ITEMS = 200  # of one container that are looked at
MAX_DEPTH = 3


def is_drawing(value):
    """Reports whether a value is something drawn, such as a line of matplotlib, or
    a container of such things and of arrays, as hist returns it. The picture
    shows it."""
    return found_in(value, MAX_DEPTH) is True


def found_in(value, depth):
    """Returns True for a drawing, None for what says nothing by itself beside
    drawings, and False for anything else."""
    kinds = type(value).__mro__
    if any(kind.__module__ == CONTAINERS or (kind.__module__, kind.__name__) in DRAWINGS for kind in kinds):
        return True
    items = items_of(value)
    if items is None or depth == 0:
        return False
    found = [found_in(item, depth - 1) for item in items[:MAX_ITEMS]]
    if False in found:
        return False
    return True if True in found else None


def items_of(value):
    """Returns the items of a container as a list, or None if value is none that
    drawings are in. Arrays of numbers have none."""
    kind = type(value)
    if isinstance(value, (list, tuple)) and kind.__module__ in LISTS:
        return list(value[:MAX_ITEMS])
    if kind is dict and len(value) <= MAX_ITEMS:
        return list(value.values())
    numpy = sys.modules.get("numpy")
    if numpy is not None and kind is getattr(numpy, "ndarray", None):
        return value.ravel()[:MAX_ITEMS].tolist() if value.dtype.hasobject else []
    return None

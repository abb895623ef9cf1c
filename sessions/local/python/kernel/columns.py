"""Which columns a table has when one is missing."""

from .pristine import __builtins__

import sys

# Methods and functions of pandas that look for a column, and the variables that
# hold the table in them.
SEARCHES = {"__getitem__", "_get_label_or_level_values", "get_grouper", "set_index", "pop", "_drop_axis"}
TABLES = ("self", "obj")
MAX_NAMES = 12
MAX_COMPARED = 2000
SIMILAR = 0.7


def explain_column(error, options):
    """Returns a line on a column of a DataFrame that is not there, or ""."""
    pandas = sys.modules.get("pandas")
    if not isinstance(error, KeyError) or pandas is None:
        return ""
    table = find_table(error.__traceback__, pandas.DataFrame)
    if table is None:
        return ""
    key = error.args[0] if error.args else None
    names = list(table.columns[:MAX_COMPARED])
    if isinstance(key, str) and key not in names and (close := similar(key, names)):
        return f"Do you mean {' or '.join(map(repr, close))}?"
    more = f" and {len(table.columns) - MAX_NAMES} more" if len(table.columns) > MAX_NAMES else ""
    return f"The columns are {', '.join(repr(name)[:80] for name in names[:MAX_NAMES])}{more}." if names else "The table has no columns."


def find_table(tb, kind):
    """Returns the table in which pandas looked for a column, or None."""
    found = None
    while tb is not None:
        frame = tb.tb_frame
        if searches_columns(frame) and frame.f_globals.get("__name__", "").startswith("pandas."):
            found = next((frame.f_locals[name] for name in TABLES if isinstance(frame.f_locals.get(name), kind)), found)
        tb = tb.tb_next
    return found


def searches_columns(frame):
    name = frame.f_code.co_name
    return name in SEARCHES and (name != "_drop_axis" or frame.f_locals.get("axis") in ("columns", 1))


def similar(key, names):
    """Returns the names that are most like a key, whose case and blanks may differ."""
    import difflib
    folded = {fold(name): name for name in reversed(names) if isinstance(name, str)}
    return [folded[close] for close in difflib.get_close_matches(fold(key), folded, 3, SIMILAR)]


def fold(name):
    return "_".join(name.casefold().replace("-", " ").replace("_", " ").split())

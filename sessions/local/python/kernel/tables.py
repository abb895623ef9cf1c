"""How wide tables are: what fits a line of WIDTH characters is shown, so that nobody
has to guess. Code can set the same options to what it wants."""

from .pristine import __builtins__, os

WIDTH = 200  # characters of a line
ROWS = 60
COLUMNS = 60
CELL = 100  # characters of a text in a cell


def widen_pandas(pandas):
    """Wraps what is wider than a line into blocks of columns."""
    for option, value in {"display.width": WIDTH, "display.max_columns": COLUMNS, "display.max_rows": ROWS,
                          "display.max_colwidth": CELL}.items():
        try:
            pandas.set_option(option, value)
        except Exception:
            pass  # another version has not this option


def widen_numpy(numpy):
    numpy.set_printoptions(linewidth=WIDTH)


def widen_polars():
    """Sets what polars reads when it prints a table: it need not be loaded yet. It
    would break names and numbers to fit a narrow table, so that the lines of very
    wide ones are long; frames of dashes say nothing."""
    for name, value in {"POLARS_TABLE_WIDTH": 5 * WIDTH, "POLARS_FMT_MAX_COLS": COLUMNS, "POLARS_FMT_MAX_ROWS": ROWS,
                        "POLARS_FMT_STR_LEN": CELL, "POLARS_FMT_TABLE_FORMATTING": "ASCII_MARKDOWN"}.items():
        os.environ.setdefault(name, str(value))

"""Workbooks of Excel, and those in other formats."""

import itertools

FIRST_ROWS = 8
MAX_SHEETS = 40
MAX_COLUMNS = 30
MAX_COUNTED = 200_000  # rows of a sheet that does not say how many it has


def look(path, answer):
    extension = path.rpartition(".")[2].lower()
    if extension in ("xlsx", "xlsm", "xltx"):
        try:
            return look_at_xlsx(path, answer)
        except (AttributeError, KeyError, TypeError, ValueError):
            answer.forget()  # openpyxl does not read all that Excel does
    try:
        from python_calamine import CalamineWorkbook
    except ImportError:
        if extension != "xls":
            raise
        return look_at_xls(path, answer)
    book = CalamineWorkbook.from_path(path)
    say_sheets(book.sheet_names, answer)
    for name in book.sheet_names[:MAX_SHEETS]:
        rows = book.get_sheet_by_name(name).to_python()
        if not say_sheet(name, len(rows), max(map(len, rows), default=0), rows, answer):
            return


def look_at_xlsx(path, answer):
    """Looks at a workbook cell by cell: it may be larger than the memory."""
    import openpyxl
    values = openpyxl.load_workbook(path, read_only=True, data_only=True)
    formulas = openpyxl.load_workbook(path, read_only=True)
    say_sheets(values.sheetnames, answer)
    for name in values.sheetnames[:MAX_SHEETS]:
        sheet = values[name]
        if not hasattr(sheet, "iter_rows"):
            answer.say(f"sheet {name!r}: a chart")
            continue
        count, width = dimensions(sheet)
        if not say_sheet(name, count, width, paired(sheet, formulas[name]), answer):
            return


def dimensions(sheet):
    """Returns the numbers of rows and columns, -1 if they are too many to count."""
    if sheet.max_row and sheet.max_column:
        return sheet.max_row, sheet.max_column
    count = width = 0
    for row in itertools.islice(sheet.iter_rows(values_only=True), MAX_COUNTED + 1):
        count, width = count + 1, max(width, len(row))
    return (count if count <= MAX_COUNTED else -1), width


def paired(values, formulas):
    """Yields the rows with the values of formulas, or the formulas where nobody has
    computed them."""
    for shown, written in zip(values.iter_rows(values_only=True), formulas.iter_rows(values_only=True)):
        yield [w if v is None else v for v, w in zip(shown, written)]


def look_at_xls(path, answer):
    import xlrd
    book = xlrd.open_workbook(path, on_demand=True)
    say_sheets(book.sheet_names(), answer)
    for name in book.sheet_names()[:MAX_SHEETS]:
        sheet = book.sheet_by_name(name)
        if not say_sheet(name, sheet.nrows, sheet.ncols, map(sheet.row_values, range(sheet.nrows)), answer):
            return


def say_sheets(names, answer):
    answer.say(f"workbook, {len(names)} sheet{'s' if len(names) != 1 else ''}: {', '.join(names[:MAX_SHEETS])}", 600)


def say_sheet(name, count, width, rows, answer):
    """Says the wanted rows of a sheet, by default the first. Returns whether there
    was room."""
    many = f"{count} row{'s' * (count != 1)}" if count >= 0 else f"more than {MAX_COUNTED} rows"
    if answer.room < 300 or not answer.say(f"sheet {name!r}: {many}, {width} column{'s' * (width != 1)}"):
        answer.text.append("[more sheets follow: read them with run_python]")
        return False
    wanted = answer.range(count if count >= 0 else MAX_COUNTED, FIRST_ROWS)
    for n, row in zip(wanted, itertools.islice(rows, wanted.start - 1, None)):
        cells = [cell(value) for value in itertools.islice(row, MAX_COLUMNS)]
        while cells and not cells[-1]:
            cells.pop()
        if not answer.say(f"{n}\t{' | '.join(cells)}{' | …' if width > MAX_COLUMNS else ''}", 600):
            answer.text.append(f'[rows from {n} on are left out; pass lines: "{n}-{n + len(wanted) - 1}" for them]')
            return False
    if wanted and wanted.stop - 1 < count and answer.wants_all:
        answer.say(f'[rows 1-{wanted.stop - 1} of {count}; pass lines for others, such as "{wanted.stop}-{min(count, 100)}"]')
    return True


def cell(value):
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return " ".join(str(value).split())[:60]

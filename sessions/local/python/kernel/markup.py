"""Reads HTML as text: what a person would see, with its tables as tables."""

from .pristine import __builtins__

import re
from html import unescape
from html.parser import HTMLParser

MAX_SOURCE = 400_000  # characters that are read
MAX_ROWS, MAX_COLUMNS = 60, 40  # of a table
MAX_CELL = 80  # characters of a cell
SKIPPED = {"script", "style", "head", "template", "svg", "object", "noscript", "math"}
BLOCKS = {"p", "div", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "blockquote", "dt", "dd",
          "caption", "header", "footer", "pre", "tr", "li", "br", "hr", "details", "summary", "figure", "form"}
VOID = {"br", "hr", "img", "input", "meta", "link", "source", "area", "base", "col", "embed", "track", "wbr"}
SPACE = re.compile(r"\s+")
NUMBER = re.compile(r"[-+−(]?[$€£¥]?[\d.,\u00a0 ]*\d[\d.,]*\)?\s?(%|e[-+]?\d+|[A-Za-z€$£¥]{0,3})$")
NAME = re.compile(r"<[\w.]+( object)?( at 0x[0-9a-fA-F]+)?>")
TITLE = re.compile(r"<(title|h1)\b[^>]{0,500}>([^<]{1,300})</\1", re.IGNORECASE)


def says_nothing(text):
    """Reports whether a text is only the name of a type, such as
    <IPython.core.display.HTML object>."""
    text = text.strip()
    match = NAME.fullmatch(text[:300])
    return not text or bool(match and (match[1] or match[2]))


def title_of(source):
    """Returns the title of a page, or ""."""
    match = TITLE.search(source[:MAX_SOURCE])
    if not match:
        return ""
    return SPACE.sub(" ", unescape(match[2])).strip()


def read_markup(source):
    """Returns what HTML says as text, at most of its first MAX_SOURCE characters."""
    reader = Reader()
    try:
        reader.feed(source[:MAX_SOURCE])
        reader.close()
    except Exception:
        pass  # what was read before it broke is enough
    return reader.text()


class Reader(HTMLParser):
    """Collects the text of a page."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.lines = []
        self.line = ""
        self.skipped = []  # the elements, now open, of which nothing is shown
        self.tables = []  # those that are open
        self.pre = 0

    def text(self):
        self.end_line()
        while self.tables:
            self.end_table()
        return "\n".join(line for line in self.lines if line.strip())

    def handle_starttag(self, tag, attrs):
        if tag in SKIPPED:
            self.skipped.append(tag)
        if self.skipped:
            return
        attributes = {name: value or "" for name, value in attrs}
        if tag == "table":
            self.end_line()
            self.tables.append(Table())
        elif self.tables and tag in ("tr", "td", "th"):
            if tag == "tr":
                self.tables[-1].begin_row()
            else:
                self.tables[-1].begin_cell(attributes)
        elif tag in ("img", "audio", "video", "iframe", "canvas"):
            self.handle_data(" " + described(tag, attributes) + " ")
        elif tag in BLOCKS:
            self.end_line()
            self.pre += tag == "pre"
            if tag == "li":
                self.line = "- "

    def handle_endtag(self, tag):
        if self.skipped:
            if tag == self.skipped[-1]:
                self.skipped.pop()
            return
        if tag == "table" and self.tables:
            self.end_table()
        elif self.tables and tag in ("td", "th", "tr"):
            self.tables[-1].end_cell()
        elif tag in BLOCKS and tag not in VOID:
            self.end_line()
            self.pre -= tag == "pre" and self.pre > 0

    def handle_data(self, data):
        if self.skipped:
            return
        if self.tables and self.tables[-1].cell is not None:
            self.tables[-1].add(data)
        elif self.pre:
            *whole, self.line = (self.line + data).split("\n")
            self.lines += whole
        else:
            text = SPACE.sub(" ", data)
            self.line += text.lstrip() if not self.line or self.line.endswith(" ") else text

    def end_line(self):
        if self.tables and self.tables[-1].cell is not None:
            self.tables[-1].add(" ")
            return
        self.lines.append(self.line.rstrip())
        self.line = ""

    def end_table(self):
        table = self.tables.pop()
        text = table.lines()
        if self.tables and self.tables[-1].cell is not None:
            self.tables[-1].add(" ".join(text))
        else:
            self.lines += text


def described(tag, attributes):
    """Returns what stands for an element that is no text."""
    if tag == "iframe":
        return f"[page: {attributes.get('src', '')[:200]}]"
    if tag == "img" and attributes.get("alt"):
        return f"[image: {attributes['alt'][:100]}]"
    return f"[{ 'image' if tag == 'img' else tag}]"


class Table:
    """A table of HTML, whose cells may span rows and columns."""

    def __init__(self):
        self.rows = []
        self.cell = None  # the texts of the cell that is open
        self.spans = {}  # rows that cells still reach into, by column
        self.more = 0  # rows that are left out

    def begin_row(self):
        self.end_cell()
        if len(self.rows) >= MAX_ROWS:
            self.more += 1
            return
        self.rows.append([])

    def begin_cell(self, attributes):
        self.end_cell()
        if not self.rows:
            self.rows.append([])
        self.span = number(attributes.get("colspan")), number(attributes.get("rowspan"))
        self.cell = []

    def add(self, text):
        if len(self.cell) < 100:
            self.cell.append(text[:4 * MAX_CELL])

    def end_cell(self):
        if self.cell is None:
            return
        text = SPACE.sub(" ", "".join(self.cell)).strip()
        self.cell = None
        if self.more:
            return
        row = self.rows[-1]
        self.fill(row)
        across, down = self.span
        if len(row) < MAX_COLUMNS:
            if down > 1:
                self.spans[len(row)] = down - 1
            row.append(text if len(text) <= MAX_CELL else text[:MAX_CELL - 1] + "…")
            row.extend([""] * (min(across, MAX_COLUMNS) - 1))

    def fill(self, row):
        """Leaves the places free that cells of rows above reach into."""
        while self.spans.get(len(row), 0) > 0:
            self.spans[len(row)] -= 1
            row.append("")

    def lines(self):
        """Returns the table with its columns aligned."""
        self.end_cell()
        rows = [row for row in self.rows if any(row)]
        if not rows:
            return []
        count = max(map(len, rows))
        rows = [row + [""] * (count - len(row)) for row in rows]
        keep = [i for i in range(count) if any(row[i] for row in rows)]
        columns = [[row[i] for row in rows] for i in keep]
        aligned = [align(column) for column in columns]
        lines = ["  ".join(cells).rstrip() for cells in zip(*aligned)]
        if self.more:
            lines.append(f"… {self.more} more rows")
        return lines


def number(text):
    try:
        return max(1, min(int(text), 1000))
    except (TypeError, ValueError):
        return 1


def align(column):
    """Returns the cells of a column at equal widths, numbers at the right."""
    width = max(map(len, column))
    body = [cell for cell in column[1:] if cell] or column
    right = sum(bool(NUMBER.match(cell)) for cell in body) * 2 > len(body)
    return [cell.rjust(width) if right else cell.ljust(width) for cell in column]

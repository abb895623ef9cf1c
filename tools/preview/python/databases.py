"""Databases of SQLite and tables in Parquet: what they are made of."""

import time
import urllib.parse

MAX_TABLES = 50
MAX_COLUMNS = 60
COUNTING = 3  # seconds


def look(path, answer):
    (look_at_sqlite if answer.request["kind"] == "sqlite" else look_at_parquet)(path, answer)


def look_at_sqlite(path, answer):
    import sqlite3
    database = sqlite3.connect(f"file:{urllib.parse.quote(path)}?mode=ro&immutable=1", uri=True)
    end = 0.0
    database.set_progress_handler(lambda: time.monotonic() > end, 10_000)
    end = time.monotonic() + COUNTING
    tables = database.execute("SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY type, name").fetchall()
    answer.say(f"SQLite database: {sum(kind == 'table' for kind, _ in tables)} tables, {sum(kind == 'view' for kind, _ in tables)} views")
    for kind, name in tables[:MAX_TABLES]:
        quoted = '"' + name.replace('"', '""') + '"'
        end = time.monotonic() + COUNTING
        try:
            columns = [f"{column} {type}".strip() for _, column, type, *_ in database.execute(f"PRAGMA table_info({quoted})")]
            rows = f", {database.execute(f'SELECT count(*) FROM {quoted}').fetchone()[0]} rows" if kind == "table" else ""
        except sqlite3.OperationalError as e:
            columns, rows = [], " (too long to count)" if "interrupted" in str(e) else f" ({e})"
        if not answer.say(f"{kind} {name!r}{rows}: {', '.join(columns[:MAX_COLUMNS])}", 1500):
            break
    if len(tables) > MAX_TABLES:
        answer.say(f"[{len(tables) - MAX_TABLES} more]")
    not_rows(answer)


def look_at_parquet(path, answer):
    import pyarrow.parquet
    file = pyarrow.parquet.ParquetFile(path, memory_map=True)
    about = file.metadata
    answer.say(f"Parquet table, {about.num_rows} rows, {about.num_columns} columns, {about.num_row_groups} row groups")
    for field in list(file.schema_arrow)[:MAX_COLUMNS]:
        answer.say(f"{field.name}: {field.type}{'' if field.nullable else ', not null'}")
    if len(file.schema_arrow) > MAX_COLUMNS:
        answer.say(f"[{len(file.schema_arrow) - MAX_COLUMNS} more columns]")
    not_rows(answer)


def not_rows(answer):
    if not answer.wants_all:
        answer.fail("its rows are not shown here: query them with run_python")

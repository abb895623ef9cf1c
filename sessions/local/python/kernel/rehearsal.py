"""What sessions often do, to find out which memory they change."""

from .pristine import __builtins__, os

import sys

# The cells of a session like many. What they define and draw ends with the child in
# which they run.
CELLS = (
    """
print("a", 1, 2.5, [1, 2], {"a": (1, None)})
for i in range(3):
    print(f"{i:>5} {i / 3:.2f}")
class A:
    def __init__(self, x=1):
        self.x = x
    def __repr__(self):
        return f"A({self.x})"
def f(n):
    return [A(i) for i in range(n) if i % 2]
sorted({str(a): a for a in f(9)}.items())
""",
    """
import collections, csv, datetime, functools, io, itertools, json, math, os, pathlib, random, re, statistics, sys, time
collections.Counter("hello").most_common(2)
json.loads(json.dumps({"a": [1, 2.5, None, "é"]}))
re.sub(r"(\\d+)", r"<\\1>", "a1b22")
datetime.datetime.now().strftime("%Y-%m-%d"), random.random(), math.sqrt(2), statistics.mean([1, 2])
path = pathlib.Path("/tmp/rehearsal.csv")
path.write_text("a,b\\n1,2\\n")
list(csv.DictReader(path.open()))
sorted(os.listdir("."))
""",
    """
import numpy as np
a = np.arange(12.0).reshape(3, 4)
b = np.random.default_rng(1).normal(size=1000)
a @ a.T, a.mean(axis=0), np.linalg.inv(a[:, :3] + np.eye(3)), np.percentile(b, [5, 95]), b[b > 0].sum()
repr(a), np.where(b > 0, 1, 0).sum(), np.concatenate([b, b]).std(), np.unique(b.round(1)).size
""",
    """
import pandas as pd
df = pd.DataFrame({"a": np.arange(300) % 7, "b": np.arange(300.0), "c": [f"x{i % 5}" for i in range(300)],
                   "d": pd.date_range("2024-01-01", periods=300)})
df.to_csv("/tmp/rehearsal.csv", index=False)
df = pd.read_csv("/tmp/rehearsal.csv", parse_dates=["d"])
df.info()
df.head(), df.describe(), df.groupby("c")["b"].agg(["mean", "sum"]), df.sort_values("b", ascending=False).head()
df.merge(df[["a", "c"]].drop_duplicates(), on="a"), df.pivot_table(index="a", columns="c", values="b", aggfunc="mean")
df.set_index("d").resample("ME")["b"].sum(), df["c"].str.upper().value_counts(), df.isna().sum(), df.corr(numeric_only=True)
df["e"] = df["b"].rolling(7).mean().fillna(0)
df.loc[df["b"] > 100, ["a", "b"]].apply(lambda r: r["a"] + r["b"], axis=1)
df.head().to_html(), df.to_string(max_rows=5)
df.head()
""",
    """
import matplotlib.pyplot as plt
fig, ax = plt.subplots(figsize=(8, 5))
ax.plot(df["b"], df["b"] ** 2, label="squares")
ax.set(title="A title", xlabel="x", ylabel="y")
ax.legend()
ax.grid(True)
fig.savefig("/tmp/rehearsal.png")
plt.show()
""",
    """
fig, axes = plt.subplots(2, 2, figsize=(10, 8))
axes[0, 0].bar(["a", "b", "c"], [1, 2, 3])
axes[0, 1].hist(df["b"], bins=20)
axes[1, 0].scatter(df["a"], df["b"], c=df["b"], alpha=0.5)
axes[1, 1].plot(df["d"], df["b"])
fig.tight_layout()
plt.show()
df.groupby("c")["b"].mean().plot(kind="bar")
plt.show()
""",
    """
import networkx, openpyxl, scipy.stats, seaborn, sklearn.linear_model
import plotly.express, requests, sqlite3, xml.etree.ElementTree, zipfile
""",
    "1 / 0",
    'pd.read_csv("missing.csv")',
)


def rehearse(shell):
    """Runs the cells, in a child of the kernel. What fails is left out: another
    interpreter need not have the libraries."""
    nowhere = os.open("/dev/null", os.O_RDWR)
    for fd in (1, 2):
        os.dup2(nowhere, fd)
    kernel = shell.kernel
    kernel.threads.begin(0, 0)
    kernel.wire.send = lambda *frames: None
    shell.displays.pid = os.getpid()
    for cell in CELLS:
        try:
            kernel.run_cell(Rehearsed(), cell.encode())
        except Exception as e:
            kernel.tracebacks.explain(0, e)
        sys.stdout.flush()


class Rehearsed:
    """A run that nobody waits for."""

    seq = 0
    interrupted = False

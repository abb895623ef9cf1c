"""Variables, libraries and settings that code finds in a new session."""

from .pristine import __builtins__, os

import json
import shutil
import sys
import traceback
import warnings
from importlib.util import find_spec

from .figures import Figures
from .libraries import show_in_answers
from .offline.pip.commands import INDEX
from .tables import widen_numpy, widen_pandas, widen_polars

# pandas' own readers of spreadsheets.
SHEET_READERS = {"xls": "xlrd", "xlsx": "openpyxl", "xlsm": "openpyxl", "xlsb": "pyxlsb", "ods": "odf"}


def set_variables(options):
    if options.relay:
        name_proxy(f"http://127.0.0.1:{options.relay}", options.index)
    if options.offline:
        os.environ.setdefault("PIP_RETRIES", "0")
        os.environ.setdefault("PIP_DEFAULT_TIMEOUT", "2")
    os.environ.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    os.environ.setdefault("PLOTLY_RENDERER", "plotly_mimetype")
    widen_polars()
    sys.argv[:] = [""]


def name_proxy(proxy, index):
    """Tells programs where the proxy is, and the package index if there is one."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        os.environ[name] = os.environ[name.lower()] = proxy
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "localhost,127.0.0.1,::1"
    if index:
        os.environ["PIP_INDEX_URL"] = os.environ["UV_DEFAULT_INDEX"] = proxy + "/simple/"
        os.environ[INDEX] = "1"


def preload(options, shell, report):
    """Imports what most code uses, so that no call waits for it. Returns numpy and
    the session's Figures, each None if it cannot be had; report writes a line
    of diagnostics."""
    sys.path.append(options.data)
    for name in ("numpy", "pandas"):
        try:
            __import__(name)
        except Exception:
            pass  # another interpreter need not have it
    copy_font_list(options.matplotlib, report)
    if "numpy" in sys.modules:
        widen_numpy(sys.modules["numpy"])
    if "pandas" in sys.modules:
        prepare_pandas(sys.modules["pandas"])
    draw_bars_as_text()
    show_in_answers(shell)
    figures = None
    try:
        figures = Figures(shell, shell.displays.forms)
    except Exception:
        report("no figures: " + traceback.format_exc())
    prefer_fork()
    warnings.filterwarnings("ignore", ".*is non-interactive, and thus cannot be shown", UserWarning)
    if options.offline:
        warnings.filterwarnings("ignore", "Retry downloading from url", UserWarning)  # the error says why
    return sys.modules.get("numpy"), figures


def copy_font_list(folder, report):
    """Copies matplotlib's list of fonts to its folder, to which it also writes:
    without the list it looks at every font of the system."""
    own = os.environ.get("MPLCONFIGDIR")
    if not own or not folder:
        return
    try:
        shutil.copytree(folder, own, dirs_exist_ok=True)
        for name in os.listdir(own):
            if name.startswith("fontlist-"):
                leave_out_missing_fonts(os.path.join(own, name))
    except (OSError, ValueError) as e:
        report(f"no list of fonts: {e}\n")


def leave_out_missing_fonts(path):
    """Leaves those fonts out of a list that are not here: the system of the sandbox
    need not be the one that the list was made on. One that is missing would have
    matplotlib look at every font of the system."""
    with open(path, encoding="utf-8") as f:
        fonts = json.load(f)
    missing = False
    for kind in ("ttflist", "afmlist"):
        here = [font for font in fonts[kind] if not font["fname"].startswith("/") or os.path.exists(font["fname"])]
        missing |= len(here) < len(fonts[kind])
        fonts[kind] = here
    if missing:
        with open(path, "w", encoding="utf-8") as f:
            json.dump(fonts, f)


def prepare_pandas(pandas):
    """Loads what the first table needs, and selects python-calamine for the
    spreadsheets whose own readers are not installed: that of .ods, odfpy, has no
    wheel."""
    widen_pandas(pandas)
    pandas.DataFrame({"a": [0.5]})._repr_html_()
    if find_spec("python_calamine"):
        for kind, reader in SHEET_READERS.items():
            if find_spec(reader) is None:
                pandas.set_option(f"io.excel.{kind}.reader", "calamine")


def draw_bars_as_text():
    """Replaces the bars of tqdm.notebook, which are widgets and need a page that
    runs JavaScript."""
    try:
        import tqdm.notebook as notebook
        from tqdm.std import tqdm
    except Exception:
        return  # another interpreter need not have it

    class Bar(tqdm):
        """tqdm's bar of text, with the arguments of the notebook's."""

        def __init__(self, *args, display=True, **kwargs):
            super().__init__(*args, **kwargs)

    def trange(*args, **kwargs):
        return Bar(range(*args), **kwargs)
    notebook.tqdm = notebook.tqdm_notebook = Bar
    notebook.trange = notebook.tnrange = trange


def prefer_fork():
    """Makes multiprocessing fork: functions of a cell exist in this process alone,
    so that only a fork of it can call them."""
    try:
        import multiprocessing.context as context
        context._default_context._default_context = context._concrete_contexts["fork"]
    except Exception:
        pass
    warnings.filterwarnings("ignore", ".*use of fork\\(\\) may lead to deadlocks", DeprecationWarning)

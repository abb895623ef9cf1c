"""What the session finds around it: variables, libraries and figures."""

from .pristine import __builtins__, os

import shutil
import sys
import traceback
import warnings
from importlib.util import find_spec

from .figures import Figures
from .text import utf8


def set_variables(options):
    if options.site:
        os.environ.setdefault("PYTHONPATH", os.pathsep.join(options.site))
    if options.offline:
        os.environ.setdefault("PIP_RETRIES", "0")
        os.environ.setdefault("PIP_DEFAULT_TIMEOUT", "2")
    os.environ.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    os.environ.setdefault("PLOTLY_RENDERER", "plotly_mimetype")
    sys.argv[:] = [""]


def preload(options, shell, diagnostics):
    """Imports what most code wants, so that no call waits for it. Returns
    numpy and the session's figures, None for what is not there."""
    sys.path.append(options.data)
    for name in ("numpy", "pandas"):
        try:
            __import__(name)
        except Exception:
            pass  # another interpreter need not have it
    fill_matplotlib(options.matplotlib, diagnostics)
    if "pandas" in sys.modules:
        sys.modules["pandas"].DataFrame({"a": [0.5]})._repr_html_()  # loads what the first one needs
        read_sheets(sys.modules["pandas"])
    draw_bars_as_text()
    figures = None
    try:
        figures = Figures(shell)
    except Exception:
        os.write(diagnostics, utf8("no figures: " + traceback.format_exc()))
    prefer_fork()
    warnings.filterwarnings("ignore", ".*is non-interactive, and thus cannot be shown", UserWarning)
    return sys.modules.get("numpy"), figures


def fill_matplotlib(folder, diagnostics):
    """Matplotlib looks at every font of the system unless it finds the list
    in its folder, which it also wants to write to."""
    own = os.environ.get("MPLCONFIGDIR")
    if not own or not folder:
        return
    try:
        shutil.copytree(folder, own, dirs_exist_ok=True)
    except OSError as e:
        os.write(diagnostics, utf8(f"no list of fonts: {e}\n"))


def read_sheets(pandas):
    """pandas looks for odfpy unless told otherwise, of which there is no wheel."""
    if find_spec("odf") is None and find_spec("python_calamine"):
        pandas.set_option("io.excel.ods.reader", "calamine")


def draw_bars_as_text():
    """tqdm.notebook draws its bars with widgets, which need a page that runs
    JavaScript."""
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
    """Functions of a cell exist in this process alone, so that only a fork
    of multiprocessing can call them."""
    try:
        import multiprocessing.context as context
        context._default_context._default_context = context._concrete_contexts["fork"]
    except Exception:
        pass
    warnings.filterwarnings("ignore", ".*use of fork\\(\\) may lead to deadlocks", DeprecationWarning)

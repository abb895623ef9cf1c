"""What to do about a module that cannot be imported."""

from .pristine import __builtins__, os

import re
import sys
from importlib.machinery import PathFinder

from .offline.pip.commands import has_index

# Packages whose modules have another name than they.
MODULES = {
    "beautifulsoup": "bs4", "beautifulsoup4": "bs4", "scikit_learn": "sklearn", "scikit": "sklearn", "opencv": "cv2",
    "opencv_python": "cv2", "pillow": "PIL", "pyyaml": "yaml", "python_docx": "docx", "python_pptx": "pptx",
    "python_dateutil": "dateutil", "pyserial": "serial", "pymupdf": "fitz", "msgpack_python": "msgpack",
    "attrs": "attr", "ipython": "IPython", "reportlab_pdfgen": "reportlab", "xlsx_writer": "xlsxwriter",
    "pil": "PIL", "pyplot": "matplotlib.pyplot", "plt": "matplotlib.pyplot", "plotly_express": "plotly.express",
    "sk_learn": "sklearn", "stats_models": "statsmodels", "vl_convert_python": "vl_convert", "resvg_py": "resvg_py",
}
# What does some of the work of modules that are often missing. The first names that
# are there are proposed.
INSTEAD = """
    cv2: PIL scipy.ndimage skimage        skimage imageio: PIL scipy.ndimage
    torch tensorflow keras jax xgboost lightgbm catboost: sklearn.ensemble sklearn.neural_network
    prophet fbprophet pmdarima arch: statsmodels.tsa
    fitz pymupdf PyPDF2 PyPDF4 pdfplumber pdfminer pdf2image camelot tabula: pdfplumber pypdfium2 pypdf
    fpdf fpdf2 weasyprint pdfkit xhtml2pdf pylatex: reportlab
    docx2txt docxtpl mammoth textract: docx        comtypes win32com pythoncom: docx openpyxl pptx
    xlwings xlwt pyexcel pyxlsb odf ezodf: openpyxl xlsxwriter python_calamine
    pyodbc psycopg2 psycopg pymysql MySQLdb cx_Oracle oracledb sqlalchemy duckdb: duckdb sqlite3
    dask modin vaex pyspark cudf datatable: polars duckdb pyarrow        fastparquet: pyarrow
    altair bokeh hvplot holoviews pygal echarts pyecharts plotnine: altair plotly seaborn matplotlib
    squarify wordcloud mplfinance missingno venn: matplotlib        geopandas cartopy folium basemap: plotly matplotlib
    pydot graphviz pygraphviz igraph: networkx        cvxpy pulp ortools cvxopt gurobipy: scipy.optimize
    lifelines pingouin scikit_posthocs: statsmodels scipy.stats        numba: numpy        shap: sklearn.inspection
    nltk spacy gensim transformers textblob: sklearn.feature_extraction.text re
    thefuzz fuzzywuzzy rapidfuzz Levenshtein jellyfish: difflib        unidecode: unicodedata
    chardet cchardet: charset_normalizer        ujson orjson simplejson rapidjson json5: json        toml tomli: tomllib
    ruamel oyaml: yaml        arrow pendulum maya delorean: datetime dateutil zoneinfo        tzlocal: zoneinfo
    httpx aiohttp: requests        selenium playwright scrapy mechanize: bs4 lxml
    pandas_profiling ydata_profiling sweetviz dtale autoviz: pandas
    prettytable texttable terminaltables: tabulate rich        termcolor colorama: rich
    imblearn kmodes hdbscan umap: sklearn        emoji: unicodedata        dill: cloudpickle        magic filetype: mimetypes
    imp: importlib        distutils: setuptools sysconfig        cgi: urllib.parse html        crypt: hashlib
    asyncore asynchat smtpd: asyncio        pipes: shlex        imghdr sndhdr: PIL        nntplib telnetlib: socket
    StringIO cStringIO: io        Queue: queue        ConfigParser: configparser        urllib2 urlparse: urllib.request urllib.parse
    cPickle: pickle        Tkinter: matplotlib        HTMLParser: html.parser        __builtin__: builtins
    sklearn.externals.joblib: joblib        sklearn.cross_validation: sklearn.model_selection
    sklearn.grid_search: sklearn.model_selection        pandas.io.data: pandas        scipy.misc: imageio PIL
    matplotlib.finance: matplotlib        pandas.tools.plotting: pandas.plotting        keras.utils: sklearn
"""
# Names under which much code imports modules, and which a new interpreter lacks.
ALIASES = {
    "np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot", "sns": "seaborn", "pl": "polars", "px": "plotly.express",
    "go": "plotly.graph_objects", "nx": "networkx", "sm": "statsmodels.api", "sp": "sympy", "dt": "datetime", "mpl": "matplotlib",
    "pa": "pyarrow", "alt": "altair",
}
ENTRY = re.compile(r"(\S[^:\n]*): (\S+(?: \S+)*)").findall
MODULE = re.compile(r"No module named '?([\w.]+)'?").search
SIMILAR = 0.75


def explain_module(error, options):
    """Returns a line on a module that is missing or not imported, or ""."""
    if isinstance(error, NameError):
        module = ALIASES.get(getattr(error, "name", None), "")
        return f"Nothing of that name is imported: import {module} as {error.name}" if module and find(module) else ""
    if not isinstance(error, ImportError):
        return ""
    match = MODULE(str(error)) if isinstance(error, ModuleNotFoundError) else None
    name = error.name if isinstance(error.name, str) and match else match[1] if match else ""
    if not name:
        return propose_part(error)
    parent = name.rpartition(".")[0]
    if parent and find(parent):
        return propose_instead(name)
    top = name.partition(".")[0]
    return propose_name(top) or find_wheel(top, options.data) or propose_instead(name) or propose_instead(top) or propose_to_add(top, options)


def propose_part(error):
    """Names what a module has that is written almost like what was to be imported
    from it."""
    module, name = sys.modules.get(error.name), getattr(error, "name_from", None)
    if module is None or not isinstance(name, str):
        return ""
    import difflib
    close = difflib.get_close_matches(name, [each for each in dir(module) if isinstance(each, str)], 2, SIMILAR)
    return f"Do you mean {' or '.join(close)}?" if close else ""


def propose_name(name):
    """Names the module that the code means: that of a package, or one that is
    written almost alike."""
    module = MODULES.get(normalize(name)) or of_package(name)
    if module and find(module):
        return f"The module is named {module}: import {module}"
    close = similar_modules(name)
    return f"Installed modules with a similar name: {', '.join(close)}." if close else ""


def normalize(name):
    return re.sub("[-_.]+", "_", name).lower()


def of_package(name):
    """Returns the module of an installed package of that name, or ""."""
    from importlib.metadata import PackageNotFoundError, distribution
    try:
        files = distribution(name.replace("_", "-")).files or ()
    except (PackageNotFoundError, ValueError):
        return ""
    tops = [file.parts[0].removesuffix(".py") for file in files if file.suffix == ".py"]
    return next((top for top in tops if top.isidentifier() and top != name), "")


def similar_modules(name):
    import difflib
    names = {entry: entry for entry in (*installed_modules(), *sys.stdlib_module_names) if not entry.startswith("_")}
    folded = {entry.lower(): entry for entry in names}
    close = difflib.get_close_matches(name.lower(), folded, 3, SIMILAR)
    return [folded[entry] for entry in close if find(folded[entry])]


def installed_modules():
    """Returns the names of the modules in the folders of sys.path."""
    names = set()
    for folder in sys.path:
        try:
            entries = os.listdir(folder)
        except OSError:
            continue
        for entry in entries:
            name = entry.partition(".")[0]
            if name.isidentifier() and (entry == name or entry.endswith((".py", ".so"))):
                names.add(name)
    return names


def propose_instead(name):
    """Names what is installed and does some of the same work, or returns ""."""
    for names, others in ENTRY(re.sub(" {4,}", "\n", INSTEAD)):
        if name in names.split():
            there = [other for other in others.split() if other != name and find(other)][:2]
            return f"{name} cannot be added, but {' and '.join(there)} can be used instead." if there else ""
    return ""


def find(name):
    """Reports whether a module is there, without importing anything."""
    path, parts = None, name.split(".")
    for i, part in enumerate(parts):
        if i == 0 and part in sys.builtin_module_names:
            return len(parts) == 1
        spec = PathFinder.find_spec(".".join(parts[:i + 1]) if i else part, path)
        if spec is None:
            return False
        path = spec.submodule_search_locations
        if path is None:
            return i == len(parts) - 1
    return True


def propose_to_add(name, options):
    """Says how a module gets into the session."""
    if has_index():
        return f"%pip install {name} may add it."
    return (f"Nothing can be downloaded. Ask the user to start the server with --egress pypi, or to upload the wheel of {name}, "
            "which %pip install ./FILE.whl installs, or work without it.")


def find_wheel(name, folder):
    """Returns a line on a wheel of a package in a folder, or ""."""
    for entry in os.listdir(folder):
        if entry.endswith(".whl") and normalize(entry.partition("-")[0]) == normalize(name):
            return f"Its wheel is here: %pip install {os.path.join(folder, entry)}"
    return ""

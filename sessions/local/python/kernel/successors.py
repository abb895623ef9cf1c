"""Names that code has learned and that newer versions of a library have replaced."""

from .pristine import __builtins__

import functools
import re
import types

# The type or module of the attribute, the names that are gone, and what has
# replaced them. A line is used when the name is missing, in whatever version.
ATTRIBUTES = """
pandas.DataFrame append: pd.concat([df, other], ignore_index=True); a row: df.loc[len(df)] = row
pandas.Series append: pd.concat([s, other])
pandas.DataFrame iteritems: items()
pandas.Series iteritems: items()
pandas.DataFrame applymap: map
pandas.Styler applymap: map
pandas.Styler applymap_index: map_index
pandas.Styler hide_index: hide(axis="index")
pandas.Styler hide_columns: hide(axis="columns")
pandas.Styler set_precision: format(precision=…)
pandas.Styler render: to_html()
pandas.DataFrame ix: loc (labels) or iloc (positions)
pandas.Series ix: loc (labels) or iloc (positions)
pandas.DataFrame as_matrix: to_numpy()
pandas.Series as_matrix: to_numpy()
pandas.DataFrame lookup: df.to_numpy()[df.index.get_indexer(rows), df.columns.get_indexer(cols)]
pandas.DataFrame mad: (df - df.mean()).abs().mean()
pandas.Series mad: (s - s.mean()).abs().mean()
pandas.DataFrame sort: sort_values(by) or sort_index()
pandas.Series sort: sort_values() or sort_index()
pandas.Series order: sort_values()
pandas.DataFrame get_value: at[row, column]
pandas.DataFrame set_value: at[row, column] = value
pandas.DataFrame swapaxes: transpose()
pandas.Series swapaxes: transpose()
pandas.DataFrame pad: ffill()
pandas.Series pad: ffill()
pandas.DataFrame backfill: bfill()
pandas.Series backfill: bfill()
pandas.DataFrame first: df.loc[:df.index[0] + offset]
pandas.DataFrame last: df.loc[df.index[-1] - offset:]
pandas.DataFrame tshift: shift(freq=…)
pandas.Series tshift: shift(freq=…)
pandas.DataFrame slice_shift: shift()
pandas.DataFrame bool: df.iloc[0, 0] or .item()
pandas.Series bool: item()
pandas.Series is_monotonic: is_monotonic_increasing
pandas.Index is_monotonic: is_monotonic_increasing
pandas.Index is_all_dates: isinstance(index, pd.DatetimeIndex)
pandas.Index get_value: Series.loc
pandas.Index to_native_types: astype(str)
pandas.Index iteritems: enumerate(index)
pandas.Index format: map(str) or astype(str)
pandas.DatetimeIndex week: isocalendar().week
pandas.DatetimeIndex weekofyear: isocalendar().week
pandas.DatetimeProperties week: dt.isocalendar().week
pandas.DatetimeProperties weekofyear: dt.isocalendar().week
pandas.Timestamp weekday_name: day_name()
pandas.DatetimeProperties weekday_name: dt.day_name()
pandas.Timestamp freq: a frequency is of an index, not of a Timestamp
pandas.DataFrameGroupBy mad: agg(lambda s: (s - s.mean()).abs().mean())
pandas.DataFrameGroupBy tshift: shift(freq=…)
pandas.DataFrameGroupBy fillna: ffill() or bfill()
pandas.DataFrameGroupBy dtypes: obj.dtypes
pandas.SeriesGroupBy pad: ffill()
pandas.Rolling mad: apply(lambda a: abs(a - a.mean()).mean(), raw=True)
pandas.ExcelWriter save: close(), or use it in a with statement
pandas datetime: import datetime
pandas np: import numpy as np
pandas Panel: a DataFrame with a MultiIndex
pandas Int64Index UInt64Index Float64Index: pd.Index(…, dtype="int64") and the like
pandas TimeGrouper: pd.Grouper(freq=…)
pandas SparseDataFrame: DataFrame.astype(pd.SparseDtype(…))
pandas SparseSeries: Series.astype(pd.SparseDtype(…))
pandas rolling_mean rolling_std rolling_sum: Series.rolling(n).mean() and the like
pandas ewma: Series.ewm(…).mean()
pandas scatter_matrix: pd.plotting.scatter_matrix
pandas value_counts: Series.value_counts()
pandas lreshape: pd.wide_to_long or melt
pandas match: pd.Index(to_match).get_indexer(values)
pandas unique_counts: Series.value_counts()
pandas.io.json json_normalize: pd.json_normalize
pandas.core.common is_list_like: pd.api.types.is_list_like
numpy float int bool object str complex long unicode: the builtin of that name, or np.float64, np.int64, np.bool_, np.object_, np.str_
numpy float_: np.float64
numpy complex_: np.complex128
numpy unicode_: np.str_
numpy string_: np.bytes_
numpy bool8: np.bool_
numpy int0 uint0: np.intp and np.uintp
numpy NaN NAN: np.nan
numpy Inf Infinity PINF infty: np.inf
numpy NINF: -np.inf
numpy trapz: np.trapezoid
numpy in1d: np.isin
numpy row_stack: np.vstack
numpy product: np.prod
numpy cumproduct: np.cumprod
numpy sometrue: np.any
numpy alltrue: np.all
numpy msort: np.sort(a, axis=0)
numpy round_: np.round
numpy asfarray: np.asarray(a, dtype=float)
numpy asscalar: a.item()
numpy cast: np.asarray(a, dtype=…)
numpy find_common_type: np.result_type
numpy mat asmatrix: np.array
numpy fastCopyAndTranspose: a.T.copy()
numpy safe_eval: ast.literal_eval
numpy issubclass_: issubclass
numpy rank: np.ndim
numpy recfromcsv recfromtxt: np.genfromtxt
numpy disp: print
numpy byte_bounds: np.lib.array_utils.byte_bounds
numpy compat: the builtins
numpy.random random_integers: np.random.randint(low, high + 1)
numpy.ndarray tostring: tobytes()
numpy.ndarray ptp: np.ptp(a)
numpy.ndarray newbyteorder: a.view(a.dtype.newbyteorder())
numpy.ndarray itemset: a[index] = value
numpy.ndarray append: np.append(a, values), which copies; better a list, then np.array
scipy.integrate trapz: scipy.integrate.trapezoid
scipy.integrate simps: scipy.integrate.simpson
scipy.integrate cumtrapz: scipy.integrate.cumulative_trapezoid
scipy.integrate romberg quadrature: scipy.integrate.quad
scipy.interpolate interp2d: scipy.interpolate.RegularGridInterpolator or RectBivariateSpline
scipy.stats binom_test: scipy.stats.binomtest
scipy.stats median_absolute_deviation: scipy.stats.median_abs_deviation
scipy.stats rvs_ratio_uniforms: scipy.stats.sampling.RatioUniforms
scipy.stats nanmean nanstd nanmedian: the function of that name in numpy
scipy.stats betai chisqprob: scipy.special and scipy.stats.chi2.sf
scipy.signal gaussian hann hamming blackman kaiser triang boxcar: scipy.signal.windows, the function of that name
scipy.signal cwt ricker morlet morlet2: PyWavelets (pywt.cwt)
scipy.misc imread imsave imresize imrotate: PIL.Image
scipy.misc factorial comb logsumexp: scipy.special, the function of that name
scipy.misc derivative: numpy.gradient or scipy.differentiate.derivative
scipy.misc electrocardiogram face ascent: scipy.datasets
scipy.linalg pinv2: scipy.linalg.pinv
scipy.linalg tri triu tril: numpy.tri, triu and tril
scipy.ndimage measurements interpolation filters morphology: scipy.ndimage itself
scipy.special sph_harm: sph_harm_y
scipy sin cos exp log sqrt mean std array linspace arange zeros ones pi polyfit: numpy, the function of that name
matplotlib.cm get_cmap: matplotlib.colormaps[name] or plt.get_cmap(name)
matplotlib.cm register_cmap: matplotlib.colormaps.register
matplotlib.pyplot register_cmap: matplotlib.colormaps.register
matplotlib.pyplot plot_date: plt.plot
matplotlib.pyplot hold: nothing: axes keep what is drawn
matplotlib.Axes hold: nothing: axes keep what is drawn
matplotlib.Axes plot_date: plot
matplotlib.Axes set_axis_bgcolor: set_facecolor
matplotlib.Axes get_axis_bgcolor: get_facecolor
matplotlib.Axes3D w_xaxis w_yaxis w_zaxis: xaxis, yaxis and zaxis
matplotlib.Axes w_xaxis w_yaxis w_zaxis: xaxis, yaxis and zaxis
matplotlib.Figure set_tight_layout: set_layout_engine("tight")
matplotlib.FigureCanvasAgg tostring_rgb: buffer_rgba()
matplotlib.FigureCanvasBase set_window_title: fig.canvas.manager.set_window_title
matplotlib.Legend legendHandles: legend_handles
matplotlib.ContourSet collections: the ContourSet itself is the collection
matplotlib.QuadContourSet collections: the ContourSet itself is the collection
matplotlib.Grouper join: Axes.sharex or sharey
matplotlib.GrouperView join: Axes.sharex or sharey
matplotlib.mlab normpdf: scipy.stats.norm.pdf
matplotlib.mlab griddata: scipy.interpolate.griddata
matplotlib.mlab bivariate_normal: scipy.stats.multivariate_normal.pdf
matplotlib.mlab rec2csv csv2rec: pandas
seaborn factorplot: sns.catplot
seaborn tsplot: sns.lineplot
seaborn distplot: sns.histplot or sns.displot
sklearn.datasets load_boston: fetch_california_housing (needs a network) or load_diabetes
sklearn.datasets fetch_mldata: fetch_openml, which needs a network
sklearn.metrics plot_confusion_matrix: ConfusionMatrixDisplay.from_estimator
sklearn.metrics plot_roc_curve: RocCurveDisplay.from_estimator
sklearn.metrics plot_precision_recall_curve: PrecisionRecallDisplay.from_estimator
sklearn.metrics jaccard_similarity_score: sklearn.metrics.jaccard_score
sklearn.inspection plot_partial_dependence: PartialDependenceDisplay.from_estimator
sklearn.preprocessing Imputer: sklearn.impute.SimpleImputer
sklearn.preprocessing CategoricalEncoder: OneHotEncoder or OrdinalEncoder
sklearn.utils linear_assignment_: scipy.optimize.linear_sum_assignment
sklearn.externals joblib: import joblib
sklearn.OneHotEncoder get_feature_names: get_feature_names_out()
sklearn.ColumnTransformer get_feature_names: get_feature_names_out()
sklearn.CountVectorizer get_feature_names: get_feature_names_out()
sklearn.TfidfVectorizer get_feature_names: get_feature_names_out()
sklearn.PolynomialFeatures get_feature_names: get_feature_names_out()
sklearn.DictVectorizer get_feature_names: get_feature_names_out()
sklearn.GridSearchCV grid_scores_: cv_results_
statsmodels.api ARIMA: statsmodels.tsa.arima.model.ARIMA
statsmodels.tsa.arima_model ARMA ARIMA: statsmodels.tsa.arima.model.ARIMA
statsmodels.tsa.api ARMA: statsmodels.tsa.arima.model.ARIMA with order=(p, 0, q)
networkx info: print(G)
networkx write_gpickle read_gpickle: pickle
networkx from_numpy_matrix: nx.from_numpy_array
networkx to_numpy_matrix: nx.to_numpy_array
networkx from_pandas_dataframe: nx.from_pandas_edgelist
networkx connected_component_subgraphs: (G.subgraph(c) for c in nx.connected_components(G))
networkx.Graph node: nodes
networkx.DiGraph node: nodes
networkx.Graph edges_iter nodes_iter: edges and nodes
PIL.Image ANTIALIAS: Image.Resampling.LANCZOS
PIL.Image LINEAR: Image.Resampling.BILINEAR
PIL.Image CUBIC: Image.Resampling.BICUBIC
PIL.ImageDraw textsize: textbbox((0, 0), text, font=font)
PIL.ImageDraw multiline_textsize: multiline_textbbox
PIL.FreeTypeFont getsize getsize_multiline: getbbox(text) or getlength(text)
PIL.FreeTypeFont getoffset: getbbox(text)
PIL.ImageFont getsize: getbbox(text)
openpyxl.Workbook get_sheet_by_name: wb[name]
openpyxl.Workbook get_sheet_names: wb.sheetnames
openpyxl.Workbook get_active_sheet: wb.active
openpyxl.Workbook remove_sheet: wb.remove(ws)
openpyxl.Worksheet get_highest_row: ws.max_row
openpyxl.Worksheet get_highest_column: ws.max_column
pypdf PdfFileReader: pypdf.PdfReader
pypdf PdfFileWriter: pypdf.PdfWriter
pypdf PdfFileMerger PdfMerger: pypdf.PdfWriter with append()
pypdf.PdfReader getPage: reader.pages[i]
pypdf.PdfReader getNumPages numPages: len(reader.pages)
pypdf.PdfWriter addPage: add_page
pypdf.PageObject extractText: extract_text()
pypdf.PageObject mergePage: merge_page
xlsxwriter.Workbook save: close()
polars.DataFrame groupby: group_by
polars.LazyFrame groupby: group_by
polars.DataFrame with_column: with_columns
polars.LazyFrame with_column: with_columns
polars.DataFrame apply: map_rows
polars.DataFrame melt: unpivot
polars.DataFrame with_row_count: with_row_index
polars.DataFrame groupby_dynamic: group_by_dynamic
polars.DataFrame groupby_rolling: rolling
polars.DataFrame frame_equal: equals
polars.DataFrame sort_values: sort
polars.DataFrame find_idx_by_name: get_column_index
polars.DataFrame replace_at_idx: replace_column
polars.DataFrame rows_by: rows_by_key
polars.DataFrame iterrows: iter_rows(named=True)
polars.DataFrame loc iloc: df.filter(…) and df[rows, columns]
polars.DataFrame to_csv: write_csv
polars.DataFrame assign: with_columns
polars.DataFrame value_counts: df[column].value_counts()
polars.DataFrame isnull isna: null_count()
polars.DataFrame info: df.schema and df.describe()
polars.DataFrame reset_index set_index: nothing: polars has no index
polars.LazyFrame melt: unpivot
polars.LazyFrame with_row_count: with_row_index
polars.LazyFrame fetch: head(n).collect()
polars.Expr apply: map_elements
polars.Expr map: map_batches
polars.Expr cumsum: cum_sum
polars.Expr cumprod: cum_prod
polars.Expr cummax: cum_max
polars.Expr cummin: cum_min
polars.Expr cumcount: cum_count
polars.Expr take: gather
polars.Expr is_not: not_()
polars.Expr suffix: name.suffix
polars.Expr prefix: name.prefix
polars.Expr keep_name: name.keep
polars.Expr map_dict: replace_strict
polars.Expr where: filter
polars.Expr isnull isna: is_null()
polars.Expr astype: cast
polars.Expr isin: is_in
polars.Series apply: map_elements
polars.Series cumsum: cum_sum
polars.Series take: gather
polars.Series astype: cast
polars.Series isin: is_in
polars.ExprStringNameSpace lengths: len_bytes or len_chars
polars.ExprStringNameSpace n_chars: len_chars
polars.ExprStringNameSpace strip: strip_chars
polars.ExprStringNameSpace lstrip: strip_chars_start
polars.ExprStringNameSpace rstrip: strip_chars_end
polars.ExprStringNameSpace ljust: pad_end
polars.ExprStringNameSpace concat: join
polars.ExprListNameSpace lengths: len
polars.ExprListNameSpace take: gather
polars.ExprDateTimeNameSpace seconds: total_seconds
polars.ExprDateTimeNameSpace days: total_days
polars Utf8: pl.String
polars avg: pl.mean
polars cumsum: pl.cum_sum
polars toggle_string_cache: pl.enable_string_cache
builtins.dict has_key: key in d
builtins.dict iteritems: items()
builtins.dict itervalues: values()
builtins.dict iterkeys: keys()
builtins.str decode: nothing: it is text already
builtins.bytes encode: decode()
builtins.list push: append
builtins.list length size: len(…)
array.array tostring: tobytes()
array.array fromstring: frombytes()
time clock: time.perf_counter()
inspect getargspec: inspect.getfullargspec or inspect.signature
fractions gcd: math.gcd
collections Mapping MutableMapping Sequence Iterable Iterator Callable Set Hashable Sized Container Generator: collections.abc, the class of that name
string letters: string.ascii_letters
string maketrans: str.maketrans
string lowercase: string.ascii_lowercase
string uppercase: string.ascii_uppercase
itertools izip: zip
itertools imap: map
itertools ifilter: filter
itertools izip_longest: itertools.zip_longest
os getcwdu: os.getcwd
sys maxint: sys.maxsize
sys setdefaultencoding: nothing: text is Unicode
locale format: locale.format_string
ast Num Str Bytes NameConstant: ast.Constant
asyncio coroutine: async def
asyncio async: asyncio.ensure_future or asyncio.create_task
base64 encodestring: base64.encodebytes
base64 decodestring: base64.decodebytes
html.parser HTMLParseError: nothing: the parser raises no errors
html.HTMLParser unescape: html.unescape
xml.etree.ElementTree.Element getchildren: list(element)
xml.Element getchildren: list(element)
xml.Element getiterator: iter()
xml.ElementTree getiterator: iter()
unittest makeSuite: unittest.defaultTestLoader.loadTestsFromTestCase
unittest.TestCase assertEquals: assertEqual
logging warn: logging.warning
logging.Logger warn: warning
urllib urlopen urlretrieve: urllib.request, the function of that name
urllib quote unquote urlencode: urllib.parse, the function of that name
platform linux_distribution dist: platform.freedesktop_os_release()
random jumpahead: random.seed
threading _sleep: time.sleep
types StringType IntType ListType DictType: str, int, list and dict
pkgutil ImpImporter: importlib.machinery.FileFinder
importlib find_loader: importlib.util.find_spec
datetime.datetime UTC: datetime.timezone.utc
"""

# Arguments that are gone, by the function that does not know them.
ARGUMENTS = """
fillna method: ffill() or bfill()
replace method: ffill() or bfill()
reindex fill_method: method=
read_csv error_bad_lines warn_bad_lines: on_bad_lines="skip" or "warn"
read_csv squeeze: .squeeze("columns") on the result
read_csv prefix: add_prefix on the columns
read_csv mangle_dupe_cols: nothing: columns of one name are renamed always
read_csv date_parser: date_format=, or pd.to_datetime on the column
read_csv infer_datetime_format keep_date_col: nothing, or pd.to_datetime on the column
read_csv delim_whitespace: sep=r"\\s+"
read_csv tupleize_cols: nothing
read_table delim_whitespace: sep=r"\\s+"
read_excel sheetname: sheet_name=
read_excel parse_cols: usecols=
read_excel squeeze: .squeeze("columns") on the result
read_excel encoding: nothing: the files are Unicode
read_excel date_parser: date_format=, or pd.to_datetime on the column
read_excel convert_float mangle_dupe_cols: nothing
read_json numpy: nothing
to_csv line_terminator: lineterminator=
to_csv encode: encoding=
to_excel encoding verbose: nothing: the files are Unicode
to_excel options: engine_kwargs=
ExcelWriter options: engine_kwargs=
to_datetime infer_datetime_format: nothing: the format is inferred, or format="mixed"
date_range closed: inclusive=
bdate_range closed: inclusive=
between_time include_start include_end: inclusive=
sum level: groupby(level=…).sum()
mean level: groupby(level=…).mean()
min level: groupby(level=…).min()
max level: groupby(level=…).max()
count level: groupby(level=…).count()
median level: groupby(level=…).median()
std level: groupby(level=…).std()
any level: groupby(level=…).any()
groupby axis: df.T.groupby(…)
groupby squeeze: nothing
rolling axis: df.T.rolling(…)
resample axis how loffset base fill_method: a method on the result: df.resample(rule).mean(); offset= or origin= for base
resample kind: to_period() on the result
pct_change fill_method: ffill() before it
concat join_axes: reindex on the result
drop_duplicates cols take_last: subset= and keep="last"
sort_values columns: by=
sort_index by: sort_values(by=…)
set_axis inplace: the result is returned: df = df.set_axis(…)
interpolate downcast: infer_objects() on the result
fillna downcast: infer_objects() on the result
to_latex col_space: column_format=
hist normed: density=
set normed: density=
hist2d normed: density=
histogram normed: density=
bar left: x=
subplots subplot_kws: subplot_kw=
savefig frameon: facecolor="none"
grid b: visible=
boxplot labels: tick_labels=
contour interpolation: nothing
barplot ci: errorbar=("ci", 95) or None
lineplot ci: errorbar=("ci", 95) or None
pointplot ci: errorbar=("ci", 95) or None
lmplot size: height=
FacetGrid size: height=
pairplot size: height=
jointplot size: height=
catplot size factorplot: height=
kdeplot shade: fill=
kdeplot shade_lowest: thresh=
kdeplot bw: bw_method= or bw_adjust=
violinplot scale: density_norm=
violinplot bw: bw_method= or bw_adjust=
violinplot scale_hue: common_norm=
boxenplot scale: width_method=
OneHotEncoder sparse: sparse_output=
OneHotEncoder n_values categorical_features: ColumnTransformer
mean_squared_error squared: sklearn.metrics.root_mean_squared_error
mean_squared_log_error squared: sklearn.metrics.root_mean_squared_log_error
LinearRegression normalize: StandardScaler in a pipeline
Ridge normalize: StandardScaler in a pipeline
Lasso normalize: StandardScaler in a pipeline
AdaBoostClassifier base_estimator algorithm: estimator=; algorithm has gone
AdaBoostRegressor base_estimator: estimator=
BaggingClassifier base_estimator: estimator=
BaggingRegressor base_estimator: estimator=
CalibratedClassifierCV base_estimator: estimator=
AgglomerativeClustering affinity: metric=
KMeans n_jobs precompute_distances: nothing
GridSearchCV iid: nothing
RandomizedSearchCV iid: nothing
TSNE n_iter: max_iter=
TSNE square_distances: nothing
train_test_split n_folds: test_size=
KFold n_folds: n_splits=
KFold n: n_splits= alone; the data is given to split()
StratifiedKFold n_folds y: n_splits= alone; the data is given to split()
LogisticRegression multi_class: nothing, or OneVsRestClassifier
ExponentialSmoothing smoothing_level: fit(smoothing_level=…)
ARIMA.fit disp: nothing
fit disp: nothing
to_datetime box: to_numpy() on the result
pivot columns: on=
read_csv sep: separator=
read_csv parse_dates: try_parse_dates=True
read_csv dtype dtypes: schema_overrides=
read_csv nrows: n_rows=
read_csv usecols: columns=
read_csv skiprows: skip_rows=
sort reverse: descending=
sort ascending: descending=
sample frac: fraction=
join outer: how="full"
json_normalize path: record_path=
sleep loop: nothing: the running loop is used
gather loop: nothing: the running loop is used
wait loop: nothing: the running loop is used
Queue loop: nothing: the running loop is used
Lock loop: nothing: the running loop is used
dumps encoding: nothing: the result is text
loads encoding: nothing
"""
# What is not to be called by position any more, of types that this applies to.
NAMED_ONLY = re.compile(r"(DataFrame|Series|Index|DataFrameGroupBy|SeriesGroupBy)\.(\w+)\(\) takes .*positional arguments? but").match
STYLE = re.compile(r"'seaborn(-\w+)?' is not a valid package style").match
ADVICE = re.compile(r"\buse [`'\"\w]|instead", re.IGNORECASE).search  # the library says it itself
UNKNOWN_ARGUMENT = re.compile(r"(?:(\w+)\.)?(\w+)\(\) got an unexpected keyword argument '(\w+)'").match
HAS_NO = re.compile(r"(?:module )?'([\w.]+)'(?: object)? has no attribute '(\w+)'").search
IMPORT = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'").match


def explain_name(error, options):
    """Returns a line on what has replaced a name that is missing, or ""."""
    text = str(error)[:500]
    if ADVICE(text):
        return ""
    if isinstance(error, (AttributeError, TypeError)) and (found := explain_call(text, error.__traceback__)):
        return found
    if isinstance(error, AttributeError):
        return explain_attribute(error, HAS_NO(text))
    if isinstance(error, ImportError) and (match := IMPORT(text)):
        return tell(match[1], look_up(match[2], match[1]))
    if isinstance(error, OSError) and (match := STYLE(text)):
        return f"Instead: 'seaborn-v0_8{match[1] or ''}'."
    return ""


def explain_attribute(error, match):
    name = getattr(error, "name", None) or (match and match[2])
    owner = getattr(error, "obj", None)
    if isinstance(owner, types.ModuleType):
        return tell(name, look_up(owner.__name__, name))
    if owner is not None:
        kinds = owner.__mro__ if isinstance(owner, type) else type(owner).__mro__
        owners = [kind.__module__.partition(".")[0] + "." + kind.__name__ for kind in kinds]
        return tell(name, next(filter(None, (look_up(each, name) for each in owners)), ""))
    return tell(name, look_up(match[1], name)) if match else ""


def explain_call(text, tb):
    """Explains the call of a library's function with arguments that it no longer has."""
    if match := NAMED_ONLY(text):
        return f"Arguments of {match[2]} that follow the first must be named, such as axis=1."
    match = UNKNOWN_ARGUMENT(text)
    if not match:
        return ""
    owner, function, argument = match.groups()
    function = owner if function == "__init__" else function
    found = table(ARGUMENTS).get((function, argument), "")
    if not found or is_users(owner or function, tb):
        return ""
    return f"{argument}= of {function} has gone. Instead: {found}."


def is_users(name, tb):
    """Reports whether a function or class of that name is the code's own."""
    while tb.tb_next is not None:
        tb = tb.tb_next
    value = tb.tb_frame.f_locals.get(name, tb.tb_frame.f_globals.get(name))
    return getattr(value, "__module__", None) == "__main__"


def look_up(owner, name):
    return table(ATTRIBUTES).get((owner, name), "")


def tell(name, successor):
    return f"{name} has gone in newer versions. Instead: {successor}." if successor else ""


@functools.cache
def table(text):
    """Returns a table's entries by owner and name."""
    entries = {}
    for line in text.strip().splitlines():
        names, _, successor = line.partition(": ")
        owner, *names = names.split()
        entries.update(((owner, name), successor) for name in names)
    return entries

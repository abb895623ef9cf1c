"""The fonts of figures: text is drawn with characters and not with boxes, whatever font code asks for.

When a font lacks a character, matplotlib takes it from the next font of a list,
which it makes of the families that the code names. Code would have to name the
fonts of this installation. Here these follow whatever code names, and replace
fonts of other systems that are not here.
"""

from .pristine import __builtins__, os

import functools
import logging

# Families that follow those that were chosen, if they are installed: fonts.go has
# where they come from. DejaVu Sans also has Greek, Cyrillic, Arabic, Hebrew,
# Armenian, Georgian and Lao.
FALLBACKS = (
    "DejaVu Sans", "Noto Sans CJK SC", "Noto Sans Devanagari", "Noto Sans Thai", "Noto Sans Bengali",
    "Noto Sans Tamil", "Noto Sans Telugu", "Noto Sans Gujarati", "Noto Sans Gurmukhi", "Noto Sans Kannada",
    "Noto Sans Malayalam", "Noto Sans Oriya", "Noto Sans Sinhala", "Noto Sans Khmer", "Noto Sans Myanmar",
    "Noto Sans Ethiopic", "Noto Sans Symbols", "Noto Emoji",
)

# Fonts of other systems that code names, by the family that replaces them.
SUBSTITUTES = {
    "DejaVu Sans": (
        "Arial, Arial Unicode MS, Helvetica, Helvetica Neue, Calibri, Verdana, Tahoma, Segoe UI, Trebuchet MS, "
        "Geneva, Lucida Grande, Lucida Sans, Liberation Sans, Nimbus Sans, FreeSans, Roboto, Open Sans, Lato, "
        "Inter, Montserrat, Poppins, Ubuntu, Cantarell, Source Sans Pro, Source Sans 3, SF Pro Display, SF Pro Text, "
        "Century Gothic, Gill Sans, Futura, Avenir, Bitstream Vera Sans, Microsoft Sans Serif, Impact, Comic Sans MS, "
        "Geeza Pro, Amiri, Cairo, Traditional Arabic, Simplified Arabic"),
    "DejaVu Serif": (
        "Times New Roman, Times, Georgia, Cambria, Garamond, EB Garamond, Palatino, Palatino Linotype, Book Antiqua, "
        "Baskerville, Liberation Serif, Nimbus Roman, FreeSerif, Noto Serif, Source Serif Pro, Merriweather, "
        "Bitstream Vera Serif, New Century Schoolbook, Charter, Computer Modern Roman, Latin Modern Roman"),
    "DejaVu Sans Mono": (
        "Courier New, Courier, Consolas, Menlo, Monaco, Liberation Mono, FreeMono, Lucida Console, Source Code Pro, "
        "Fira Code, JetBrains Mono, Cascadia Code, SF Mono, Roboto Mono, Ubuntu Mono, Andale Mono, Inconsolata"),
    "Noto Sans CJK SC": (
        "SimHei, Microsoft YaHei, Microsoft YaHei UI, SimSun, NSimSun, KaiTi, FangSong, DengXian, STHeiti, STSong, "
        "STKaiti, STXihei, STFangsong, Heiti SC, Songti SC, PingFang SC, Hiragino Sans GB, WenQuanYi Micro Hei, "
        "WenQuanYi Zen Hei, Noto Sans SC, Noto Serif SC, Noto Serif CJK SC, Source Han Sans SC, Source Han Sans CN, "
        "Source Han Serif SC, Source Han Sans, AR PL UMing CN, AR PL UKai CN, Droid Sans Fallback, Alibaba PuHuiTi, "
        "HarmonyOS Sans SC, LXGW WenKai, YouYuan, LiSu"),
    "Noto Sans CJK TC": (
        "Microsoft JhengHei, Microsoft JhengHei UI, PMingLiU, MingLiU, DFKai-SB, Heiti TC, LiHei Pro, PingFang TC, "
        "PingFang HK, Songti TC, Noto Sans TC, Noto Sans HK, Noto Serif TC, Noto Serif CJK TC, Source Han Sans TC, "
        "AR PL UMing TW, AR PL UKai TW, Taipei Sans TC Beta"),
    "Noto Sans CJK JP": (
        "MS Gothic, MS PGothic, MS Mincho, MS PMincho, MS UI Gothic, Yu Gothic, Yu Mincho, Meiryo, Meiryo UI, "
        "Hiragino Sans, Hiragino Kaku Gothic Pro, Hiragino Kaku Gothic ProN, Hiragino Maru Gothic Pro, "
        "Hiragino Maru Gothic ProN, Hiragino Mincho ProN, IPAGothic, IPAPGothic, IPAexGothic, IPAexMincho, IPAMincho, "
        "TakaoGothic, TakaoPGothic, VL Gothic, VL PGothic, Noto Sans JP, Noto Serif JP, Noto Serif CJK JP, "
        "Source Han Sans JP, BIZ UDGothic, Osaka"),
    "Noto Sans CJK KR": (
        "Malgun Gothic, NanumGothic, Nanum Gothic, NanumBarunGothic, NanumMyeongjo, AppleGothic, Apple SD Gothic Neo, "
        "AppleMyungjo, Gulim, GulimChe, Dotum, DotumChe, Batang, BatangChe, UnDotum, Noto Sans KR, Noto Serif KR, "
        "Noto Serif CJK KR, Source Han Sans KR, Spoqa Han Sans Neo, Pretendard"),
    "Noto Sans Devanagari": (
        "Mangal, Nirmala UI, Aparajita, Kokila, Lohit Devanagari, Lohit Hindi, Kohinoor Devanagari, Devanagari MT, "
        "Devanagari Sangam MN, Shobhika, Poppins Devanagari, Hind, Mukta"),
    "Noto Sans Thai": (
        "TH Sarabun New, TH SarabunPSK, Sarabun, Angsana New, Cordia New, Leelawadee, Leelawadee UI, Browallia New, "
        "Garuda, Loma, Norasi, Waree, Kinnari, Thonburi, Ayuthaya, Prompt, Kanit"),
    "Noto Sans Bengali": "Vrinda, Shonar Bangla, Kalpurush, SolaimanLipi, Lohit Bengali, Bangla MN, Bangla Sangam MN",
    "Noto Sans Tamil": "Latha, Vijaya, Lohit Tamil, Tamil MN, Tamil Sangam MN, InaiMathi",
    "Noto Sans Telugu": "Gautami, Vani, Lohit Telugu, Telugu MN, Kohinoor Telugu",
    "Noto Emoji": "Segoe UI Emoji, Apple Color Emoji, Noto Color Emoji, Twemoji Mozilla, Symbola",
}
REPLACEMENTS = {name.lower(): family for family, names in SUBSTITUTES.items() for name in names.split(", ")}
HOST_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")
FONT_SUFFIXES = ("ttf", "otf", "ttc")
MAX_HOST_FONTS = 500  # a second or two
REGULAR = (400, "normal", "regular")  # weights and widths


class Fonts:
    """Adds fallbacks and replacements to matplotlib's font manager."""

    def __init__(self):
        from matplotlib import font_manager
        self.module = font_manager
        self.manager = font_manager.fontManager
        self.log = logging.getLogger(font_manager.__name__)
        self.log.addFilter(Once())
        self.fallbacks = self.regular_faces(FALLBACKS)
        self.checked = {}  # whether a file that the code named is a font, by path and time
        self.listed = set()  # the host's files that were looked at
        self.find_original = self.manager._findfont_cached
        self.manager._findfont_cached = functools.partial(self.find_font)
        self.manager._findfont_cached.cache_clear = self.find_original.cache_clear  # for addfont
        self.find_all_original, self.manager._find_fonts_by_props = self.manager._find_fonts_by_props, self.find_fonts
        self.add_original, self.manager.addfont = self.manager.addfont, self.add_font

    def regular_faces(self, families):
        """Returns the regular faces of those families that are installed."""
        regular = {}
        for entry in self.manager.ttflist:
            if entry.style == "normal" and entry.weight in REGULAR and entry.stretch in REGULAR:
                regular.setdefault(entry.name, entry)
        return [self.path_of(regular[name]) for name in families if name in regular]

    def path_of(self, entry):
        file = self.module._cached_realpath(entry.fname)
        return self.module.FontPath(file, entry.index) if hasattr(self.module, "FontPath") else file

    def find_fonts(self, prop, fontext="ttf", *args, **kwargs):
        """Replaces the manager's method that finds the fonts of a text: returns
        what that returns, followed by the fallbacks."""
        if fontext != "ttf":
            return self.find_all_original(prop, fontext, *args, **kwargs)
        prop = self.without_bad_file(prop)
        if prop.get_file() is None:
            self.choose_installed(prop)
        found = self.find_all_original(prop, fontext, *args, **kwargs)
        return found + [path for path in self.fallbacks if path not in found]

    def choose_installed(self, prop):
        """Changes the families of prop to those that are installed, and warns of
        each that has no replacement."""
        chosen = self.resolve_families(prop)
        for name in (name for name, family in chosen if not family):
            self.log.warning("findfont: Font family %r not found; DejaVu Sans is used.", name)
        prop.set_family([family for _, family in chosen if family] or [FALLBACKS[0]])

    def find_font(self, prop, fontext, *args, **kwargs):
        """Replaces the function behind findfont, which formulas and other libraries
        call: does as that, with replacements for families that are not
        installed."""
        if fontext == "ttf":
            prop = self.without_bad_file(prop)
            families = [family for _, family in self.resolve_families(prop) if family]
            if prop.get_file() is None and families:
                prop.set_family(families)
        return self.find_original(prop, fontext, *args, **kwargs)

    def resolve_families(self, prop):
        """Returns the families that were chosen, each with the installed one that
        is used for it, or None."""
        chosen = []
        for family in prop.get_family():
            generic = family.lower() in self.module.font_family_aliases
            names = self.module.FontManager._expand_aliases(family.lower()) if generic else [family]
            known = self.known_families(() if generic else names)
            found = (known.get(name.lower()) or known.get(REPLACEMENTS.get(name.lower(), "").lower()) for name in names)
            chosen.append((", ".join(names), next(filter(None, found), None)))
        return chosen

    def known_families(self, names):
        """Returns the installed families by their names in lower case. The host's
        fonts are looked through if one of names is not among them: it may have
        been installed after the list was made."""
        known = {entry.name.lower(): entry.name for entry in self.manager.ttflist}
        if all(name.lower() in known for name in names) or not self.add_host_fonts():
            return known
        return {entry.name.lower(): entry.name for entry in self.manager.ttflist}

    def add_host_fonts(self):
        """Adds the host's fonts that are not listed yet, and returns how many."""
        files = {str(path) for folder in HOST_FOLDERS for path in self.module.list_fonts(folder, FONT_SUFFIXES)}
        new = sorted(files - self.listed - {entry.fname for entry in self.manager.ttflist})[:MAX_HOST_FONTS]
        self.listed |= files
        before = len(self.manager.ttflist)
        for file in new:
            try:
                self.add_original(file)
            except Exception:
                pass  # no font, or one that cannot be read
        return len(self.manager.ttflist) - before

    def without_bad_file(self, prop):
        """Returns a copy of what the code chose, without a file that is no font.
        The code is warned of that."""
        prop = self.module.FontProperties._from_any(prop).copy()
        file = prop.get_file()
        if file is None or self.is_font(file):
            return prop
        self.log.warning("%s " + ("is not a font that can be read" if os.path.exists(file) else "does not exist") +
                         "; DejaVu Sans is used in its place, and Noto Sans for the characters that it lacks. "
                         "Use a .ttf, .otf or .ttc file.", file)
        prop.set_file(None)
        prop.set_family(FALLBACKS[0])
        return prop

    def is_font(self, file):
        """Reports whether a file that the code chose is a font."""
        try:
            key = (str(file), os.stat(file).st_mtime_ns)
        except OSError:
            return False
        if key not in self.checked:
            try:
                self.module.get_font(file)
                self.checked[key] = True
            except Exception:
                self.checked[key] = False
        return self.checked[key]

    def add_font(self, path):
        """Replaces addfont, whose error does not say what is wrong."""
        try:
            return self.add_original(path)
        except RuntimeError:
            raise RuntimeError(f"{path} is not a font that can be read. Use a .ttf, .otf or .ttc file.") from None


class Once(logging.Filter):
    """Lets the font manager log each message once: it would repeat it for every
    text of every figure. That a family of one weight has no other is not logged."""

    def __init__(self):
        super().__init__()
        self.logged = set()

    def filter(self, record):
        message = record.getMessage()
        if message in self.logged or "Failed to find font weight" in message:
            return False
        self.logged.add(message)
        return True

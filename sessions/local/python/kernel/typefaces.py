"""The font files that stand for those which code names as other systems have them: arial.ttf,
C:\\Windows\\Fonts\\msyh.ttc, PingFang.ttc.

Pillow and reportlab open fonts by their files, and take all characters from the
one that was opened.
"""

from .pristine import __builtins__, os

import re

from .fonts import REPLACEMENTS

# Files whose names are not those of their families, by the family.
FILES = {
    "DejaVu Sans": "ariali arialuni arialn segoeui trebuc comic comicsans lucidagrande sfns sfnsdisplay helveticaneue",
    "DejaVu Serif": "times timesnewroman timesnewromanps pala palatino cambria constan",
    "DejaVu Sans Mono": "cour couriernew consola lucon sfnsmono",
    "Noto Sans CJK SC": "msyh msyhl simsun simsunb simkai simfang simli simyou deng stheiti stsong stkaiti stfangsong pingfang songti notosanscjk "
                        "notoserifcjk notosanscjksc sourcehansans sourcehansanscn sourcehanserif wqymicrohei wqyzenhei uming ukai "
                        "droidsansfallback droidsansfallbackfull hiraginosansgb",
    "Noto Sans CJK TC": "msjh mingliu kaiu notosanscjktc",
    "Noto Sans CJK JP": "msgothic msmincho meiryo yugothic yugoth yumin ipag ipagp ipam ipaexg ipaexm hiraginosans notosanscjkjp",
    "Noto Sans CJK KR": "malgun gulim batang applegothic applesdgothicneo nanumgothic nanummyeongjo notosanscjkkr",
    "Noto Sans Devanagari": "mangal nirmala",
    "Noto Sans Thai": "leelawad leelawui angsa cordia thsarabun sarabun",
    "Noto Emoji": "seguiemj applecoloremoji notocoloremoji symbola",
}
STYLES = re.compile("(regular|bold|italic|oblique|medium|semibold|demibold|black|light|thin|roman|book|condensed|mt|ps|vf|variable"
                    r"|wght|bd|bi|bl|sb|b|i|l|m|r|z|w?\d+)$")
SYSTEM_FOLDERS = re.compile(r"(?i)(^|[/\\])(windows|fonts|library)[/\\]")
INVISIBLE = "\u200c\u200d\ufe0e\ufe0f"


def plain(name):
    return re.sub("[^a-z0-9]", "", name.lower())


BY_FILE = {plain(name): family for name, family in REPLACEMENTS.items()}
BY_FILE |= {name: family for family, names in FILES.items() for name in names.split()}


class Typefaces:
    """Finds font files of the installation, with the fonts of figures."""

    def __init__(self, fonts):
        self.fonts = fonts

    def stand_in(self, name):
        """Returns the path and the index of the face that stands for a font file
        which is not there, or None if the name says nothing to us."""
        base = re.split(r"[/\\]", os.fsdecode(name))[-1]
        stem, _, suffix = base.rpartition(".")
        if suffix.lower() not in ("ttf", "otf", "ttc", "dfont"):
            stem = base
        family, style = self.family_of(plain(stem))
        if family is None and SYSTEM_FOLDERS.search(os.fsdecode(name)):
            family = "DejaVu Sans"
        return family and self.file_of(family, style)

    def family_of(self, stem):
        """Returns the family that a file's name stands for, or None, and what of
        the name is its style."""
        installed = {plain(entry.name): entry.name for entry in self.fonts.manager.ttflist}
        style = ""
        while stem:
            if family := installed.get(stem) or BY_FILE.get(stem):
                return family, style
            found = STYLES.search(stem)
            if not found:
                break
            stem, style = stem[:found.start()], found[0] + style
        return None, style

    def file_of(self, family, style=""):
        properties = self.fonts.module.FontProperties(
            family=family, weight="bold" if re.match("b|z|semib|demib", style) else "normal",
            style="italic" if re.search("italic|oblique|i$|z$", style) else "normal")
        return split_face(self.fonts.manager.findfont(properties))

    def best_for(self, text, has):
        """Returns the path and index of the fallback that has most characters of
        text, and those that it lacks; None in place of the former if it has no
        more than a font that has those for which has returns true."""
        wanted = {c for c in text if c.isprintable() and c not in INVISIBLE and not c.isspace()}
        best, lacking = None, {c for c in wanted if not has(ord(c))}
        for path in self.fonts.fallbacks if lacking else ():
            font = self.fonts.module.get_font(path)
            lacks = {c for c in wanted if not font.get_char_index(ord(c))}
            if len(lacks) < len(lacking):
                best, lacking = path, lacks
            if not lacking:
                break
        return best and split_face(best), lacking


def split_face(path):
    """Returns the path and the index of a face that matplotlib has found."""
    return str(getattr(path, "path", path)), getattr(path, "face_index", 0)

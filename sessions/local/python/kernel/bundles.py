"""The forms that display() and _repr_…_ methods give, made into what can be seen: by MIME type."""

from .pristine import __builtins__

import base64
import json

from .children import Failed
from .images import Picture
from .markup import read_markup, says_nothing, title_of
from .objects import reason
from .plotlycharts import MIME as PLOTLY
from .sheets import embedded, sheet
from .summary import SUMMARY, saved, summary
from .vectors import draw_pdf, draw_svg
from .vegacharts import LITE, VEGA

RASTER = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/tiff", "image/x-icon")
SVG, PDF, HTML, PLAIN = "image/svg+xml", "application/pdf", "text/html", "text/plain"
LARGE_PAGE = 20_000  # characters of HTML that are worth a file
MAX_WORDS = 3000  # characters of its text that are shown
MAX_FORM = 8 << 20  # bytes of a form that is sent, beside pictures and text
ALIVE = ("<script", "<iframe", "<canvas", "<video", "<audio", "onclick=", "<object")
VISIBLE = ("<div", "<canvas", "<svg", "<iframe", "<img", "<table", "<video", "<audio", "<object", "<button", "<input", "<body", "<p")


class Bundles:
    """Refines the forms of displays. objects makes those of charts and pictures."""

    def __init__(self, objects):
        self.objects = objects
        self.out = objects.out
        self.images = objects.images

    def refine(self, data):
        """Returns the forms of a display in which a model sees something, or reads
        what there is."""
        data = {str(mime): form[0] if isinstance(form, tuple) else form for mime, form in data.items()}
        if len(data) == 1 and PLAIN in data or SUMMARY in data:
            return data
        for step in (self.refine_picture, self.refine_chart, self.refine_drawing, self.refine_page, self.refine_rest):
            try:
                refined = step(data)
            except Exception as e:
                refined = self.with_note(data, f"[one of its forms cannot be shown: {reason(e)}]")
                data = refined
                continue
            if refined is not None:
                return refined
        return self.without_large(data)

    def with_note(self, data, note):
        """Adds a note to the text of a display."""
        text = data.get(PLAIN)
        words = text if isinstance(text, str) and not says_nothing(text) else ""
        return {**data, SUMMARY: "\n".join(part for part in (words, note) if part)}

    def refine_picture(self, data):
        """Makes the first picture of a display small, and leaves out the others."""
        if any(isinstance(form, Picture) for form in data.values()):
            return data
        mime = next((mime for mime in RASTER if mime in data), None)
        if mime is None:
            return None
        form = data[mime]
        shown = self.objects.show_bytes(base64.b64decode(form) if isinstance(form, str) else bytes(form))
        if not any(isinstance(part, Picture) for part in shown.values()):
            return self.with_note(self.words_of(data), shown[SUMMARY])
        return {**self.words_of(data), **shown}

    def words_of(self, data):
        """Returns the forms that are text."""
        return {mime: data[mime] for mime in (PLAIN, "text/latex", "text/markdown") if mime in data}

    def refine_chart(self, data):
        for mime, form in data.items():
            if mime == PLOTLY:
                return self.objects.show_plotly(form if isinstance(form, dict) else json.loads(form))
            lite = LITE.fullmatch(mime)
            if lite or VEGA.fullmatch(mime):
                return self.objects.show_vega(form if isinstance(form, dict) else json.loads(form), bool(lite))
        return None

    def refine_drawing(self, data):
        """Draws SVG and PDF."""
        if SVG in data:
            return {**self.words_of(data), **self.show_svg(as_bytes(data[SVG]))}
        if PDF in data:
            form = data[PDF]
            return {**self.words_of(data), **self.show_pdf(base64.b64decode(form) if isinstance(form, str) else bytes(form))}
        return None

    def show_svg(self, svg):
        try:
            picture = self.images.encode_again(draw_svg(svg, self.images))
        except Exception as e:
            path = saved(self.out, "", "drawing", "svg", svg)
            return summary(f"An SVG drawing that is not shown: {reason(e)}. It is {path}")
        return {picture.mime: picture}

    def show_pdf(self, pdf):
        path = saved(self.out, "", "document", "pdf", pdf)
        try:
            png, count = draw_pdf(pdf, self.images)
            picture = self.images.encode_again(png)
        except Exception as e:
            return summary(f"A PDF that is not shown: {reason(e)}. It is {path}")
        return {picture.mime: picture, SUMMARY: f"PDF of {count} page{'s' * (count != 1)}: {path}" + ("; the first is shown" if count > 1 else "")}

    def refine_page(self, data):
        """Shows HTML as its text and its pictures, and keeps it as a file if that
        leaves anything out."""
        source = data.get(HTML)
        if not isinstance(source, str):
            return None
        text = data.get(PLAIN)
        lower = source[:4 * LARGE_PAGE].lower()
        alive = any(part in lower for part in ALIVE)
        if isinstance(text, str) and not says_nothing(text) and not (alive and len(source) > LARGE_PAGE):
            return None
        return self.show_page(source, lower, alive, "" if says_nothing(str(text or "")) else str(text))

    def show_page(self, source, lower, alive, text):
        words = text or read_markup(source)
        frames, count = embedded(source) if ";base64," in source else ([], 0)
        picture = None
        if frames:
            picture = self.images.encode(frames[0] if count == 1 else sheet(frames))
        elif "<svg" in lower and not alive:
            start = lower.index("<svg")
            end = source.find("</svg>", start)
            drawn = self.show_svg(source[start:end + 6].encode("utf-8", "replace")) if end > 0 else {}
            picture = next((form for form in drawn.values() if isinstance(form, Picture)), None)
        if alive and not words and not frames and not any(part in lower for part in VISIBLE):
            return summary("HTML of scripts only, which nothing runs here.")
        if frames and alive:
            words = text  # else those of what plays the animation
        elif picture is not None:
            words = "\n".join(line for line in words.split("\n") if line.strip() != "[image]")
        whole = not alive and len(words) <= MAX_WORDS and (words or picture) and len(source) <= LARGE_PAGE * 20
        parts = [shortened(words)]
        if count > 1:
            parts.append(f"{count} pictures" + (f", of which {len(frames)} are shown" if len(frames) < count else ""))
        if not whole:
            title = title_of(source)
            name = "Interactive page" if alive else "Page"
            path = saved(self.out, title, "page", "html", source)
            parts.append(f"{name}{' ' + repr(title) if title else ''}, {len(source):,} characters of HTML: {path}")
        told = "\n".join(part for part in parts if part)
        shown = {PLAIN: text or told, SUMMARY: told} if told else {PLAIN: text}
        if picture is not None:
            shown[picture.mime] = picture
        return shown

    def refine_rest(self, data):
        """Says what sound, video, scripts and places on a map are."""
        for mime, form in data.items():
            if mime.startswith(("audio/", "video/")):
                kind = mime.partition("/")[0].capitalize()
                return self.objects.describe_media(kind, base64.b64decode(form) if isinstance(form, str) else bytes(form), mime)
            if mime == "application/javascript":
                if says_nothing(str(data.get(PLAIN, ""))):
                    return summary(f"JavaScript of {len(str(form)):,} characters, which nothing runs here.")
            if mime == "application/geo+json":
                return self.show_places(form)
        return None

    def show_places(self, form):
        """Describes GeoJSON."""
        places = form if isinstance(form, dict) else json.loads(form)
        features = places.get("features") if isinstance(places.get("features"), list) else [places]
        counts = {}
        for feature in features[:100_000]:
            kind = (feature.get("geometry") or feature).get("type", "nothing")
            counts[kind] = counts.get(kind, 0) + 1
        listed = ", ".join(f"{count} {kind}" for kind, count in list(counts.items())[:8])
        path = saved(self.out, "", "map", "geojson", json.dumps(places))
        return summary(f"GeoJSON: {listed}; {path}")

    def without_large(self, data):
        """Leaves out forms that are too large to send where there is text that says
        as much, and keeps others as files."""
        kept, notes = {}, []
        for mime, form in data.items():
            length = len(form) if isinstance(form, (str, bytes, bytearray)) else 0
            if length <= MAX_FORM or mime == PLAIN:
                kept[mime] = form
            elif mime != HTML or says_nothing(str(data.get(PLAIN, ""))):
                ending = mime.rpartition("/")[2].rpartition("+")[2][:5] or "bin"
                notes.append(f"[{mime} of {length >> 20} MB: {saved(self.out, '', 'display', ending, form)}]")
        return self.with_note(kept, "\n".join(notes)) if notes else kept


def as_bytes(form):
    return form.encode("utf-8", "replace") if isinstance(form, str) else bytes(form)


def shortened(text):
    if len(text) <= MAX_WORDS:
        return text
    end = text.rfind("\n", 0, MAX_WORDS)
    return text[:end if end > 0 else MAX_WORDS] + "\n…"

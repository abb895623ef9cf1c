"""The forms of objects that would show themselves in a page."""

from .pristine import __builtins__, os

from json import dumps

from .bokehcharts import describe_bokeh, page_of_bokeh
from .children import Failed
from .images import opened, save_whole
from .maps import describe_deck, describe_map
from .media import describe, kind_of
from .plotlycharts import describe as describe_plotly
from .plotlycharts import page_of, picture_of, title_of
from .sheets import embedded, frames_of, length_of, sheet
from .summary import SUMMARY, saved, summary
from .vegacharts import Converter, VegaChart, spec_of

MAX_MEDIA = 64 << 20  # bytes of a file of sound or video that is looked at
MAX_FRAMES = 100  # of an animation of matplotlib that are drawn
NO_NETWORK = "it is not loaded here, where there is no network"


class Objects:
    """Makes the forms of objects. kinds has the methods by the package and the name
    of a class; a method returns None to leave an object to IPython. out is where
    files go, and data the session's folder."""

    def __init__(self, out, images, data):
        self.out = out
        self.images = images
        self.data = data
        self.vega = Converter()
        self.figures = None  # matplotlib's, if there are any
        self.kinds = {
            ("PIL", "Image"): self.show_image,
            ("plotly", "BaseFigure"): self.show_plotly,
            ("altair", "TopLevelMixin"): self.show_altair,
            ("bokeh", "LayoutDOM"): self.show_bokeh,
            ("folium", "Map"): self.show_map,
            ("pydeck", "Deck"): self.show_deck,
            ("matplotlib", "Animation"): self.show_animation,
            ("IPython", "Image"): self.show_encoded,
            ("IPython", "Audio"): self.show_media,
            ("IPython", "Video"): self.show_media,
            ("IPython", "IFrame"): self.show_frame,
            ("IPython", "Code"): self.show_code,
        }

    def show_figures(self, figures):
        """Shows matplotlib's figures with figures."""
        self.figures = figures
        self.kinds["matplotlib", "Figure"] = figures.forms_of

    # Pictures.

    def show_image(self, image):
        """Shows an image of PIL."""
        text = {"text/plain": repr(image)}
        source = getattr(image, "filename", "")
        if getattr(image, "is_animated", False):
            return {**text, **self.show_frames(image, lambda: self.file_of(source))}
        try:
            picture = self.images.encode(image)
        except (ValueError, OSError) as e:
            return summary(f"A picture that cannot be shown: {e}.")
        return {**text, **self.show_picture(picture, lambda: self.file_of(source) or self.keep(image))}

    def show_encoded(self, image):
        """Shows an Image of IPython."""
        data = image.data
        if isinstance(data, str):
            data = data.encode()
        if not data:
            return summary(f"A picture at {str(image.url)[:300]}: {NO_NETWORK}.") if image.url else None
        return self.show_bytes(bytes(data), image.filename)

    def show_bytes(self, data, source=None):
        """Shows an encoded picture, which is in the file source or in none."""
        try:
            if b"acTL" in data[:256] or data[:4] in (b"GIF8", b"RIFF"):
                with opened(data) as image:
                    if getattr(image, "is_animated", False):
                        ending = (image.format or "bin").lower()
                        return self.show_frames(image, lambda: self.file_of(source) or
                                                saved(self.out, "", "animation", ending, data))
            picture = self.images.encode_again(data)
        except Exception as e:
            return summary(f"A picture that cannot be shown: {reason(e)}.")
        ending = {b"\x89P": "png", b"\xff\xd8": "jpg", b"BM": "bmp", b"II": "tiff", b"MM": "tiff", b"GI": "gif", b"RI": "webp"}
        return self.show_picture(picture, lambda: self.file_of(source) or saved(
            self.out, "", "picture", ending.get(data[:2], "bin"), data))

    def show_picture(self, picture, find_file):
        """Returns the forms of a picture, with what has changed in it. find_file
        returns where all of it is, if much is lost."""
        data = {picture.mime: picture}
        words = picture.changes
        if words:
            words = f"Picture of {picture.size[0]}×{picture.size[1]} pixels, {words}"
            if picture.much and (path := find_file()):
                words += f"; in full: {path}"
            data[SUMMARY] = words + "."
        return data

    def show_frames(self, image, find_file):
        """Shows an animation as a sheet of its frames."""
        at = image.tell()
        try:
            frames, numbers = frames_of(image)
        finally:
            image.seek(at)
        length = length_of(image)
        words = f"Animation of {image.n_frames} frames" + (f", {length:g} s" if length else "") + f", {image.width}×{image.height} pixels"
        shown = f"; frames {', '.join(str(n + 1) for n in numbers)} are shown" if len(numbers) < image.n_frames else ""
        picture = self.images.encode(sheet(frames))
        path = find_file()
        return {picture.mime: picture, SUMMARY: words + (f": {path}" if path else "") + shown + "."}

    def file_of(self, source):
        """Returns the path of a file that has a picture, or "" if there is none."""
        if not isinstance(source, (str, os.PathLike)) or not str(source):
            return ""
        path = os.path.abspath(str(source))
        return path if os.path.isfile(path) else ""

    def keep(self, image):
        """Saves an image of PIL in full."""
        try:
            ending, data = save_whole(image)
        except Exception as e:
            return f"no file, since {reason(e)}"
        return saved(self.out, "", "picture", ending, data)

    # Charts.

    def show_plotly(self, figure):
        """Shows a figure of plotly, or its dictionary."""
        words = describe_plotly(figure)
        key = encode_anything(figure)
        path = saved_page(self.out, lambda: page_of(figure), title_of(figure), "chart", key)
        data = summary(f"{words}\nInteractive: {path}")
        try:
            sketched = picture_of(figure)
        except Exception:
            sketched = None  # the line says what there is to know
        if sketched:
            picture = self.images.encode_again(sketched)
            data[picture.mime] = picture
            data[SUMMARY] += " (below: a sketch of its data; colours and layout differ)"
        return data

    def show_altair(self, chart):
        return self.show_vega(spec_of(chart))

    def show_vega(self, spec, lite=True):
        """Shows a specification of Vega-Lite, or of Vega."""
        try:
            chart = VegaChart(spec, lite)
        except Failed as e:
            return summary(f"A Vega chart that is not shown: {e}.")
        path = saved_page(self.out, lambda: self.vega.page(chart), chart.title(), "chart", chart.text)
        remote = "" if self.vega.scripts else ", loads its scripts from the internet"
        data = summary(f"{chart.describe()}\nInteractive{remote}: {path}")
        try:
            picture = self.images.encode_again(self.vega.draw(chart))
            data[picture.mime] = picture
        except Exception as e:
            data[SUMMARY] += f"\nNo picture: {reason(e)}."
        return data

    def show_bokeh(self, plot):
        words, title = describe_bokeh(plot)
        return summary(f"{words}\nInteractive: {saved_page(self.out, lambda: page_of_bokeh(plot, title), title, 'chart', f'bokeh {plot.id} {words}')}")

    def show_map(self, map):
        words = describe_map(map)
        path = saved_page(self.out, lambda: map.get_root().render(), "", "map", f"folium {map.get_name()} {words}")
        return summary(f"{words}\nInteractive, loads its tiles from the internet: {path}")

    def show_deck(self, deck):
        page = lambda: deck.to_html(as_string=True, notebook_display=False)
        return summary(f"{describe_deck(deck)}\nInteractive, loads its parts from the internet: {saved_page(self.out, page, '', 'map')}")

    def show_animation(self, animation):
        """Shows an animation of matplotlib as a page that plays it."""
        figure = getattr(animation, "_fig", None)
        count = getattr(animation, "_save_count", None)
        if count is None or count > MAX_FRAMES:
            animation._save_count = MAX_FRAMES
        source = animation.to_jshtml()
        frames, found = embedded(source)
        title = figure.get_suptitle() if hasattr(figure, "get_suptitle") else ""
        path = saved(self.out, title, "animation", "html", source)
        if self.figures is not None and figure is not None:
            self.figures.note_shown(figure)
        more = f" of {count}" if count and count > found else ""
        data = summary(f"Animation of {found}{more} frames, played by {path}")
        if frames:
            picture = self.images.encode(sheet(frames))
            data[picture.mime] = picture
        return data

    # The rest.

    def show_media(self, media):
        """Shows Audio or Video of IPython."""
        kind = type(media).__name__
        data = media.data
        source = self.file_of(getattr(media, "filename", None))
        if isinstance(data, str) and not source:
            source = self.file_of(data)  # Video names a file so
        if source and not isinstance(data, (bytes, bytearray)) and os.path.getsize(source) <= MAX_MEDIA:
            with open(source, "rb") as file:
                data = file.read()
        if not isinstance(data, (bytes, bytearray)):
            url = getattr(media, "url", None) or data or source
            return summary(f"{kind} at {str(url)[:300]}" + ("." if source else f": {NO_NETWORK}."))
        return self.describe_media(kind, bytes(data), str(getattr(media, "mimetype", "") or ""), source)

    def describe_media(self, kind, data, mime, source=""):
        """Returns the forms of sound or video: the file, and what it is."""
        ending, name = kind_of(data, mime)
        path = source or saved(self.out, "", kind.lower(), ending, data)
        return summary(", ".join([f"{kind}, {name}", *describe(data)]) + f": {path}")

    def show_frame(self, frame):
        """Shows an IFrame of IPython, which names a page."""
        source = str(frame.src)[:500]
        path = self.file_of(source.partition("?")[0])
        return summary(f"A page: {path}" if path else f"A page at {source}, which a browser would show.")

    def show_code(self, code):
        return {"text/plain": str(code.data)}


def saved_page(out, make, title, kind, content=None):
    """Makes a page and saves it. Returns where it is, or why it is not, as a text."""
    path = out.find(content) if content else None
    if path:
        return path
    try:
        source = make()
    except Exception as e:
        return f"no page, since {reason(e)}"
    return saved(out, title, kind, "html", source, content)


def encode_anything(figure):
    """Returns what tells a figure of plotly from others."""
    if isinstance(figure, dict):
        return dumps(figure, default=str)
    return figure.to_json(validate=False)


def reason(error):
    """Returns what an error says in a line."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"the package {error.name} is not installed"
    if type(error).__name__ == "UnidentifiedImageError":
        return "it is damaged, or in a format that is not known"
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:200].rstrip(".")

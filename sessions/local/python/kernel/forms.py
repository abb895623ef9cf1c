"""In which form each object is shown: a picture, a file for the person with a line for the model, or text.

find has forms for objects of libraries that would show themselves in a page,
refine for what display() and _repr_…_ methods give, by MIME type.
"""

from .pristine import __builtins__

from IPython.core.formatters import get_real_method

from .bundles import Bundles
from .gallery import Gallery
from .images import Images, Picture
from .objects import Objects
from .outfiles import OutFiles
from .patience import TooSlow
from .plaintext import Formatter
from .summary import SUMMARY

MOST_IN_LIST = 40  # objects of a list that are shown one by one
# Formatters that are off, and what they give: it is asked for if there is no other picture.
LAST_RESORTS = (("image/jpeg", "_repr_jpeg_"), ("application/pdf", "_repr_pdf_"))


class Forms:
    """The forms of a session. data is its folder, send shows a display."""

    def __init__(self, data, max_pixels):
        self.out = OutFiles(data)
        self.images = Images(max_pixels)
        self.gallery = Gallery(self.out)
        self.objects = Objects(self.out, self.images, data)
        self.bundles = Bundles(self.objects)
        self.seq = None  # of the execution whose pictures are counted

    def find(self, obj):
        """Returns the function that makes the forms of an object, or None for one
        that IPython shows."""
        try:
            for kind in type(obj).__mro__:
                show = self.objects.kinds.get((kind.__module__.partition(".")[0], kind.__name__))
                if show is not None:
                    return show
        except (AttributeError, TypeError):
            pass  # the code has made a type of another kind
        return None

    def begin(self, seq):
        """Notes which execution is under way."""
        if seq != self.seq:
            self.seq = seq
            self.gallery.forget()
            self.out.forget_count()

    def refine(self, data, seq, name=None):
        """Returns the forms of a display as they are sent: a small picture, or a
        summary, or the text. name is that of a display that may be replaced."""
        self.begin(seq)
        data = self.bundles.refine(data)
        mime = next((mime for mime, form in data.items() if isinstance(form, Picture)), None)
        if mime is None:
            return data
        instead = self.gallery.admit(data[mime], name)
        if instead is None:
            return data
        words = instead or data.get(SUMMARY)
        return {SUMMARY: words} if words else {}

    def closing_words(self, seq):
        """Returns what is to be said at the end of an execution, or ""."""
        return self.gallery.closing_words() if seq == self.seq else ""

    def forget(self):
        """Forgets the pictures that were shown: the code has cleared them."""
        self.gallery.forget()

    def several(self, obj):
        """Returns the objects of a list that are pictures or the like, each of which
        is shown, or () for any other value."""
        if type(obj) not in (list, tuple) or not 0 < len(obj) <= MOST_IN_LIST:
            return ()
        return obj if all(self.find(one) is not None for one in obj) else ()


class SessionFormatter(Formatter):
    """The formatter of all forms. forms has those that IPython does not know."""

    def __init__(self, forms, patience, fixed, **kwargs):
        super().__init__(patience, fixed, **kwargs)
        self.forms = forms

    def format(self, obj, include=None, exclude=None):
        show = self.forms.find(obj)
        if show is not None:
            data = show(obj)
            if data is not None:
                return data, {}
        data, metadata = super().format(obj, include=include, exclude=exclude)
        if not any(mime.startswith("image/") for mime in data):
            data.update(self.last_resort(obj))
        return data, metadata

    def last_resort(self, obj):
        """Returns the first form of an object that a formatter would give which is
        off, or none."""
        for mime, name in LAST_RESORTS:
            try:
                method = get_real_method(obj, name)
                form = self.patience.call(method) if method is not None else None
            except (Exception, TooSlow):
                continue  # it has other forms
            if form is not None:
                return {mime: form}
        return {}

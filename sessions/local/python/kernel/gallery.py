"""The pictures of one execution: each once, a few in the answer, the others as files."""

from .pristine import __builtins__

import hashlib

from .outfiles import NotSaved

MOST = 8  # pictures of an answer
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}


class Gallery:
    """Counts the pictures of an execution. out is where those go that an answer has
    no place for."""

    def __init__(self, out):
        self.out = out
        self.forget()

    def forget(self):
        """Begins an execution."""
        self.shown = {}  # the numbers of pictures by their sums
        self.count = 0
        self.named = {}  # the sums of the pictures of displays that may be replaced
        self.paths = []  # of those that the answer has no place for
        self.lost = ""  # why more could not be written

    def admit(self, picture, name):
        """Returns None if a picture is to be sent, and otherwise what is said in its
        place. name is that of a display that may be replaced, or None."""
        key = hashlib.sha256(picture.data).digest()
        number = self.shown.get(key)
        if name is not None and name in self.named:  # it replaces another
            former, self.named[name] = self.named[name], key
            self.shown.setdefault(key, self.shown.pop(former, self.count))
            return None
        if number is not None:
            return f"[picture {number} again]"
        if self.count >= MOST:
            self.put_aside(picture)
            return ""
        self.count += 1
        self.shown[key] = self.count
        if name is not None:
            self.named[name] = key
        return None

    def separate(self):
        """Notes that the code has written something since the last picture: the next
        one is of something else, even if it looks the same."""
        self.shown.clear()

    def put_aside(self, picture):
        if self.lost:
            return
        try:
            path = self.out.save("", f"picture-{self.count + len(self.paths) + 1}", ENDINGS.get(picture.mime, "bin"), picture.data)
        except NotSaved as e:
            self.lost = str(e)
        else:
            self.paths.append(path)

    def closing_words(self):
        """Returns what is to be said at the end of an execution about pictures that
        the answer does not have, or ""."""
        if not self.paths and not self.lost:
            return ""
        text = f"An answer has at most {MOST} pictures."
        if self.paths:
            text += f" The next {len(self.paths)} are files: {self.paths[0]}" + (f" to {self.paths[-1]}." if len(self.paths) > 1 else ".")
        if self.lost:
            text += f" More are not kept: {self.lost}."
        return text

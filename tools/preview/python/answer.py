"""What is known of a file: text and pictures, within the bounds of the request."""

import base64
import io
import json

TOO_WIDE = 200  # characters of a line of an outline
STEPS = ((85, 1), (70, 1), (55, 1), (55, 0.7), (45, 0.5), (35, 0.35))  # quality and scale of JPEG
SMALL_PNG = 60_000  # bytes: charts and drawings, of which JPEG would blur the letters


class Answer:
    """An answer that is being made. first, last and end are the lines or pages
    that are wanted, each 0 if that was not said."""

    def __init__(self, request):
        self.request = request
        self.text = []
        self.wants_all = not (request["first"] or request["last"] or request["end"])
        self.room = request["max_text"] // (2 if self.wants_all else 1)
        self.pictures = []
        self.problem = ""
        self.bytes = request["max_bytes"]

    def say(self, line, width=TOO_WIDE):
        """Adds a line, and returns whether there was room for it."""
        line = one_line(line, width)
        if len(line) + 1 > self.room:
            return False
        self.text.append(line)
        self.room -= len(line) + 1
        return True

    def forget(self):
        """Forgets what was said."""
        self.__init__(self.request)

    def fail(self, problem):
        self.problem = self.problem or one_line(problem, 400)

    def range(self, count, default=None):
        """Returns the wanted range of count things as a range that counts from 1; by
        default the first of them, all if default is None."""
        first, last, end = self.request["first"], self.request["last"], self.request["end"]
        if self.wants_all:
            return range(1, min(count, default or count) + 1)
        if end:
            return range(max(1, count - end + 1), count + 1)
        return range(first, min(last or count, count) + 1)

    def say_numbered(self, lines, noun, default=None):
        """Adds the wanted ones of a list of lines, as many as there is room for, and
        says which of how many they are. By default the first are wanted, or all."""
        wanted = self.range(len(lines), default)
        if not wanted:
            self.fail(f"it has {len(lines)} {noun}, and none of those that lines names")
            return
        self.room -= 150  # for the last line
        n = wanted.start
        while n < wanted.stop and self.say(lines[n - 1], 1000):
            n += 1
        self.room += 150
        if n > wanted.start and (n - 1 < len(lines) or wanted.start > 1):
            more = f'; pass lines: "{n}-{min(len(lines), 2 * n - wanted.start)}" for more' if n <= len(lines) else ""
            self.say(f"[{noun} {wanted.start}-{n - 1} of {len(lines)}{more}]")

    def add_picture(self, image, label, parts=1):
        """Adds a picture, made as small as there is room for; parts says among how
        many the room is divided. Returns whether it was added."""
        if len(self.pictures) == self.request["max_pictures"]:
            return False
        data = encode(fit(image, self.request), min(self.bytes, self.request["max_bytes"] // parts))
        if data is None:
            return False
        self.bytes -= len(data)
        self.pictures.append({"data": base64.b64encode(data).decode(), "label": one_line(label, 100)})
        return True

    def encode(self):
        return json.dumps({"text": "\n".join(self.text), "pictures": self.pictures, "problem": self.problem})


def one_line(text, width):
    """Returns text in one line of at most width characters."""
    text = " ".join(str(text)[:20 * width].split(" ")).replace("\r\n", "\n")
    text = text.replace("\n", " ⏎ ").replace("\t", "  ")
    return text if len(text) <= width else text[:width - 1] + "…"


def fit(image, request):
    """Returns a picture in at most as many pixels as the request allows."""
    width, height = image.size
    scale = min(1, request["max_side"] / max(width, height), (request["max_pixels"] / (width * height)) ** 0.5)
    if scale == 1:
        return image
    return image.resize((max(1, int(width * scale)), max(1, int(height * scale))), resample=3, reducing_gap=2.0)


def encode(image, room):
    """Returns a picture as PNG if that is small, else as JPEG, or None if it takes
    more than room in any case."""
    data = save(image, "PNG", optimize=image.width * image.height < 500_000)
    if len(data) <= min(SMALL_PNG, room):
        return data
    flat = on_white(image)
    for quality, scale in STEPS:
        smaller = flat if scale == 1 else flat.resize((max(1, int(flat.width * scale)), max(1, int(flat.height * scale))))
        jpeg = save(smaller, "JPEG", quality=quality)
        if len(data) <= room and len(data) <= 1.5 * len(jpeg):
            return data
        if len(jpeg) <= room:
            return jpeg
    return None


def on_white(image):
    """Returns a picture without transparency."""
    if image.mode != "RGBA":
        return image if image.mode in ("L", "RGB") else image.convert("RGB")
    from PIL import Image
    flat = Image.new("RGB", image.size, "white")
    flat.paste(image, mask=image.getchannel("A"))
    return flat


def save(image, form, **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()

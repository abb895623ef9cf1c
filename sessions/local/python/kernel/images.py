"""Makes images small, and of a size at which something can be seen: what is sent as a picture."""

from .pristine import __builtins__, unpack

import io
import math

MAX_SIDE = 1568  # pixels of a side; models that read an answer see no more
MAX_PIXELS = 1_150_000  # unless the host says otherwise
MIN_SIDE = 60  # pixels; what is smaller is enlarged
CLEAR_SIDE = 200  # pixels that the longer side of what is enlarged has at least, if it may
MAX_DECODED = 120_000_000  # pixels of an encoded picture that is decoded at all
MAX_BYTES = 600 << 10  # of an encoded picture that is sent as it is
MUCH = 4  # times as many pixels as are sent: what is reduced so much is kept as a file
FLAT = 0.35  # share of equal neighbours, of which photographs have fewer
LONG_PHOTO = 240 << 10  # bytes from which a photograph gets a lower quality: an answer has about three times that
JPEG_FROM = 100 * 100  # pixels from which JPEG may be worth it

PNG, JPEG = "image/png", "image/jpeg"
# Modes of PIL that PNG has, and those that may be averaged; CLOSEST has what
# others become. All else becomes RGB.
PNG_MODES = {"1", "L", "LA", "P", "RGB", "RGBA"}
SMOOTH = {"L", "LA", "La", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB"}
CLOSEST = {"1": "L", "La": "LA", "PA": "RGBA", "RGBa": "RGBA"}
# How EXIF says that an image lies: the names in PIL of what sets it upright.
UPRIGHT = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_270",
           7: "TRANSVERSE", 8: "ROTATE_90"}
ORIENTATION = 0x0112  # EXIF's tag


class Picture:
    """An encoded picture, what was changed to make it as a text, or "", and
    whether so much was lost that the whole is worth a file."""

    def __init__(self, mime, data, size, changes=(), much=False):
        self.mime = mime
        self.data = data
        self.size = size  # of the original
        self.changes = "; ".join(changes)
        self.much = much


class Images:
    """Encodes images in at most max_pixels."""

    def __init__(self, max_pixels=MAX_PIXELS):
        self.max_pixels = max_pixels

    def fits(self, width, height):
        """Reports whether a picture of a size is sent as it is."""
        return (MIN_SIDE <= min(width, height) and max(width, height) <= MAX_SIDE
                and width * height <= self.max_pixels)

    def scale(self, width, height):
        """Returns by how much a picture is made smaller at least."""
        return min(1, MAX_SIDE / max(width, height), math.sqrt(self.max_pixels / (width * height)))

    def fit(self, width, height):
        """Returns the size at which a picture is shown."""
        least = min(width, height)
        if least < MIN_SIDE:
            factor = max(math.ceil(MIN_SIDE / least), CLEAR_SIDE // max(width, height))
            if max(width, height) * factor <= MAX_SIDE and width * height * factor ** 2 <= self.max_pixels:
                return width * factor, height * factor
        scale = self.scale(width, height)
        return max(MIN_SIDE, int(width * scale)), max(MIN_SIDE, int(height * scale))

    def encode(self, image, upright=True):
        """Returns an image of PIL as a Picture. The image does not change, and is
        not copied first: it may fill most of the memory."""
        size = image.size
        if not min(size):
            raise ValueError("the image has no pixels")
        turn = UPRIGHT.get(orientation(image)) if upright else None
        fitted = self.fit(*size)
        small, changes = in_plain_mode(*resized(image, fitted))
        if turn:
            small = small.transpose(getattr(transposes(), turn))
            changes = [*changes, "turned upright as its EXIF data says"]
        return Picture(*encoded(small), size, [*size_changes(size, fitted), *changes],
                       size[0] * size[1] >= MUCH * fitted[0] * fitted[1])

    def encode_again(self, data):
        """Returns an encoded picture, of any format that PIL reads, as a Picture.
        What is small enough stays as it is."""
        size = png_size(data)
        if size and self.fits(*size) and len(data) <= MAX_BYTES:
            return Picture(PNG, data, size)
        with opened(data) as image:
            width, height = image.size
            if image.format == "JPEG":
                as_is = orientation(image) in (None, 1) and image.mode in ("L", "RGB")
                if as_is and self.fits(width, height) and len(data) <= MAX_BYTES:
                    image.load()  # a damaged one is said to be so
                    return Picture(JPEG, data, image.size)
                image.draft(None, [2 * n for n in self.fit(width, height)])  # decodes no more than that takes
            turned = self.encode(image)
        return Picture(turned.mime, turned.data, (width, height),
                       [*size_changes((width, height), self.fit(width, height)),
                        *(c for c in turned.changes.split("; ") if c and not c.startswith(("shown at", "enlarged", "stretched")))],
                       width * height >= MUCH * self.max_pixels)


def opened(data):
    """Returns the image in encoded data. Raises ValueError for one that is too
    large to decode, and what PIL raises."""
    from PIL import Image
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        image = Image.open(io.BytesIO(data))
    finally:
        Image.MAX_IMAGE_PIXELS = limit
    width, height = image.size
    if width * height > MAX_DECODED:
        raise ValueError(f"it has {width}×{height} pixels, more than {MAX_DECODED // 1_000_000} megapixels")
    return image


def png_size(data):
    """Returns the size of a PNG that is not animated, from its header, or None."""
    if data[:8] != b"\x89PNG\r\n\x1a\n" or len(data) < 57 or b"acTL" in data[:256]:
        return None
    width, height = unpack(data, 16)
    return (width, height) if width and height else None


def orientation(image):
    """Returns EXIF's number for how an image lies, or None."""
    if "exif" not in image.info and not hasattr(image, "tag_v2"):
        return None
    try:
        return image.getexif().get(ORIENTATION)
    except Exception:
        return None  # damaged


def transposes():
    from PIL import Image
    return getattr(Image, "Transpose", Image)


def filters():
    from PIL import Image
    return getattr(Image, "Resampling", Image)


def size_changes(size, fitted):
    """Says how the size at which an image is shown differs from its own."""
    if fitted == size:
        return []
    factor = fitted[0] / size[0]
    if abs(fitted[1] / size[1] / factor - 1) > 0.1 and min(fitted) == MIN_SIDE:
        return [f"stretched to {fitted[0]}×{fitted[1]} to be seen"]
    return [f"enlarged {factor:.0f} times to be seen" if factor > 1 else f"shown at {fitted[0]}×{fitted[1]}"]


def resized(image, size):
    """Returns the image in about size pixels, and the exact size that it must get
    once it is in a mode that can be averaged, or None."""
    if size == image.size:
        return image, None
    nearest = filters().NEAREST
    if min(size[0] / image.size[0], size[1] / image.size[1]) > 1 or image.size[0] < size[0] or image.size[1] < size[1]:
        return image.resize(size, nearest), None
    if image.mode in SMOOTH:
        return image.resize(size, filters().BICUBIC, reducing_gap=2.0), None
    coarse = [min(own, 2 * n) for own, n in zip(image.size, size)]
    return image.resize(coarse, nearest), size


def in_plain_mode(image, size):
    """Returns the image in a mode that PNG has and of a size, if one is given, and
    what had to be changed for that."""
    changes = []
    if image.mode[:1] in ("I", "F"):
        image, changes = in_grey(image)
    elif image.mode == "P" and (size or not png_palette(image)):
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif image.mode not in PNG_MODES or size:
        image = image.convert(CLOSEST.get(image.mode, image.mode if image.mode in PNG_MODES else "RGB"))
    if size:
        image = image.resize(size, filters().BICUBIC)
    return without_alpha(image), changes


def png_palette(image):
    """Reports whether PNG has the palette of an image of the mode P."""
    return image.palette is not None and image.palette.mode in ("RGB", "RGBA")


def without_alpha(image):
    """Returns an image without an alpha channel that says nothing."""
    if image.mode in ("LA", "RGBA") and image.getextrema()[-1] == (255, 255):
        return image.convert(image.mode[:-1])
    return image


def in_grey(image):
    """Returns an image of large numbers in shades of grey."""
    import numpy
    values = numpy.asarray(image).astype("float64")
    known = numpy.isfinite(values)
    changes = []
    if not known.any():
        return grey(numpy.zeros(values.shape), ~known), ["it has no finite values"]
    low, high = values[known].min(), values[known].max()
    if 0 <= low and high <= 1 and image.mode == "F":
        values = values * 255
    elif not (0 <= low and high <= 255):
        values = (values - low) / (high - low or 1) * 255
        changes.append(f"values from {low:g} to {high:g} as black to white")
    if not known.all():
        changes.append("what is not finite is red")
    return grey(values, ~known), changes


def grey(values, unknown):
    """Returns an image of values from 0 to 255, those that are unknown in red."""
    import numpy
    from PIL import Image
    shades = numpy.where(unknown, 0, values).round().clip(0, 255).astype("uint8")
    image = Image.fromarray(shades)
    if unknown.any():
        image = image.convert("RGB")
        image.paste((255, 0, 0), mask=Image.fromarray(unknown.astype("uint8") * 255))
    return image


def encoded(image):
    """Returns MIME type and bytes of an image: JPEG for photographs, which are
    large otherwise and lose nothing that is seen."""
    if is_photo(image):
        data = save(image, "JPEG", quality=82)
        return JPEG, data if len(data) <= LONG_PHOTO else save(image, "JPEG", quality=65)
    return PNG, save(image, "PNG")


def is_photo(image):
    """Reports whether the image has the noise of a photograph: in drawings, text
    and screenshots most neighbours are equal."""
    if image.mode not in ("L", "RGB") or image.width * image.height < JPEG_FROM:
        return False
    from PIL import ImageChops
    rows = image.resize((image.width, min(image.height, 64)), filters().NEAREST)
    beside = ImageChops.difference(rows.crop((0, 0, rows.width - 1, rows.height)), rows.crop((1, 0, rows.width, rows.height)))
    bands = beside.split()
    largest = bands[0]
    for band in bands[1:]:
        largest = ImageChops.lighter(largest, band)
    return largest.histogram()[0] < FLAT * largest.width * largest.height


def save(image, form, **options):
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def save_whole(image):
    """Returns the ending of a name and the bytes of an image in full, quickly."""
    plain, _ = in_plain_mode(image, None)
    if is_photo(plain):
        return "jpg", save(plain, "JPEG", quality=92)
    return "png", save(plain, "PNG", compress_level=1)

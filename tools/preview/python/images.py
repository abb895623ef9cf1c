"""Pictures of every kind that Pillow reads."""

import io
import warnings

from PIL import Image, ImageOps

MAX_PIXELS = 180_000_000


def look(path, answer):
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(path) as image:
        count = getattr(image, "n_frames", 1)
        noun = "frame" if image.format in ("GIF", "WEBP", "PNG", "AVIF") else "page"
        more = f", {count} {noun}s" if count > 1 else ""
        answer.say(f"{image.format} picture, {image.width}×{image.height} pixels, {describe_mode(image)}{more}")
        wanted = answer.range(count, 1)
        if not wanted:
            answer.fail(f"it has {count} {noun}s, and none of those that lines names")
        for n in wanted:
            label = f"{noun} {n} of {count}" if count > 1 else ""
            if count > 1:
                image.seek(n - 1)
            if not answer.add_picture(prepare(image, answer.request), label, min(len(wanted), 8)):
                answer.say(f"[{noun}s from {n} on are left out: ask for fewer]")
                break
        if count > 1 and answer.wants_all:
            answer.say(f'[{noun} 1 of {count} is shown; pass lines: "2-{min(count, 5)}" for others]')


def describe_mode(image):
    names = {"1": "black and white", "L": "grey", "P": "palette", "I;16": "16-bit grey", "F": "floating-point", "I": "32-bit integer"}
    return names.get(image.mode, image.mode)


def prepare(image, request):
    """Returns the current frame in few pixels, upright, in a mode that every viewer
    shows."""
    side = request["max_side"]
    image.draft("RGB", (side, side))  # of JPEG, decodes what is needed
    profile = image.info.get("icc_profile")
    image.load()
    frame = image
    if max(frame.size) > 4 * side:  # whole numbers first, which takes no more memory
        frame = frame.reduce(max(frame.size) // (2 * side)) if frame.mode not in ("1", "P", "PA") else frame.copy()
    if frame.mode in ("I", "F") or frame.mode.startswith("I;16"):
        frame = stretch(frame)
    if frame.mode in ("CMYK", "LAB"):
        frame = with_profile(frame, profile)
    if frame.mode in ("PA", "La", "LA", "RGBa") or frame.mode == "P" and "transparency" in image.info:
        frame = frame.convert("RGBA")
    if frame.mode not in ("L", "RGB", "RGBA"):
        frame = frame.convert("L" if frame.mode == "1" else "RGB")
    return ImageOps.exif_transpose(frame)


def stretch(frame):
    """Returns a frame of large numbers in grey, the least black, the greatest white."""
    frame = frame.convert("F")
    low, high = frame.getextrema()
    if not high > low:
        return frame.point(lambda v: v * 0 + 128).convert("L")
    scale = 255.0 / (high - low)
    return frame.point(lambda v: v * scale - low * scale).convert("L")


def with_profile(frame, profile):
    """Returns a frame in the colours of screens, as its profile says."""
    try:
        from PIL import ImageCms
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile)) if profile else ImageCms.createProfile("LAB")
        return ImageCms.profileToProfile(frame, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except Exception:
        return frame.convert("RGB") if frame.mode == "CMYK" else frame.getchannel(0)

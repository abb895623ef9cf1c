"""Animations as a sheet: some of their frames beside each other."""

from .pristine import __builtins__

import base64
import io
import re

FRAMES = 6  # of a sheet
ACROSS = 3
SIDE = 480  # pixels of a frame's longer side
GAP = 6
MAX_SEEKS = 2000  # frames that are passed to find those that are shown
EMBEDDED = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,\\?\n?([A-Za-z0-9+/=\\\n\r]{100,})")
MAX_EMBEDDED = 4 << 20  # characters of one picture in a page


def frames_of(image):
    """Returns some frames of an image of PIL, evenly, and their numbers."""
    count = getattr(image, "n_frames", 1)
    numbers = chosen(min(count, MAX_SEEKS))
    frames = []
    for number in numbers:
        image.seek(number)
        frames.append(image.convert("RGBA"))
    return frames, numbers


def chosen(count):
    """Returns the numbers of the frames that are shown of count."""
    if count <= FRAMES:
        return list(range(count))
    return [round(i * (count - 1) / (FRAMES - 1)) for i in range(FRAMES)]


def sheet(frames):
    """Returns one image with the frames, in rows."""
    from PIL import Image
    scale = min(1, SIDE / max(max(frame.size) for frame in frames))
    small = [frame.resize([max(1, round(n * scale)) for n in frame.size]) if scale < 1 else frame for frame in frames]
    width, height = (max(frame.size[i] for frame in small) for i in (0, 1))
    across = min(ACROSS, len(small))
    down = -(-len(small) // across)
    whole = Image.new("RGB", (across * (width + GAP) - GAP, down * (height + GAP) - GAP), "#808080")
    for i, frame in enumerate(small):
        at = i % across * (width + GAP), i // across * (height + GAP)
        if frame.mode == "RGBA":
            whole.paste("white", (*at, at[0] + frame.width, at[1] + frame.height))
            whole.paste(frame, at, frame)
        else:
            whole.paste(frame, at)
    return whole


def length_of(image):
    """Returns how long an animation takes in seconds, or None."""
    duration = image.info.get("duration")
    return duration * getattr(image, "n_frames", 1) / 1000 if isinstance(duration, (int, float)) and duration > 0 else None


def embedded(source):
    """Returns some of the pictures in a page as images of PIL, and how many it has."""
    from PIL import Image
    spans = [match.span(1) for match in EMBEDDED.finditer(source)]
    frames = []
    for number in chosen(len(spans)):
        start, end = spans[number]
        if end - start > MAX_EMBEDDED:
            continue
        try:
            data = base64.b64decode(source[start:end].replace("\\\n", "").replace("\\", ""))
            frames.append(Image.open(io.BytesIO(data)).convert("RGB"))
        except Exception:
            continue  # it is not what it says
    return frames, len(spans)

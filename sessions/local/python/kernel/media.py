"""Sound and video: what they are, in a line."""

from .pristine import __builtins__

import io
import re
import wave

KINDS = (
    ("wav", b"RIFF", 0, "WAV"), ("ogg", b"OggS", 0, "Ogg"), ("flac", b"fLaC", 0, "FLAC"), ("mp3", b"ID3", 0, "MP3"),
    ("mp3", b"\xff\xfb", 0, "MP3"), ("mp3", b"\xff\xf3", 0, "MP3"), ("webm", b"\x1aE\xdf\xa3", 0, "WebM"),
    ("mp4", b"ftyp", 4, "MP4"),
)
EXTENSION = re.compile(r"^(audio|video)/(x-)?([a-z0-9]{1,5})")


def kind_of(data, mime):
    """Returns the ending of a name for sound or video, and what it is called."""
    for extension, magic, at, name in KINDS:
        if data[at:at + len(magic)] == magic:
            return extension, name
    match = EXTENSION.match(mime)
    extension = match[3] if match else "bin"
    return extension, extension.upper()


def describe(data):
    """Returns length, rate and channels of sound or video as a list of texts, as far
    as its header tells them."""
    try:
        if data[:4] == b"RIFF":
            return of_wave(data)
        if data[:4] == b"fLaC":
            return of_flac(data)
        if data[:4] == b"OggS":
            return of_ogg(data)
        if data[4:8] == b"ftyp":
            return of_mp4(data)
        if data[:3] == b"ID3" or data[:1] == b"\xff":
            return of_mp3(data)
    except Exception:
        pass  # damaged
    return []


def of_wave(data):
    with wave.open(io.BytesIO(data)) as sound:
        return told(sound.getnframes() / sound.getframerate(), sound.getframerate(), sound.getnchannels())


def of_flac(data):
    bits = int.from_bytes(data[18:26], "big")
    rate, channels, samples = bits >> 44, (bits >> 41 & 7) + 1, bits & (1 << 36) - 1
    return told(samples / rate, rate, channels)


def of_ogg(data):
    at = data.find(b"\x01vorbis", 0, 4096)
    if at >= 0:
        channels, rate = data[at + 11], int.from_bytes(data[at + 12:at + 16], "little")
    else:
        at = data.index(b"OpusHead", 0, 4096)
        channels, rate = data[at + 9], 48000
    last = data.rindex(b"OggS")
    samples = int.from_bytes(data[last + 6:last + 14], "little")
    return told(samples / rate, rate, channels)


def of_mp3(data):
    at = 0
    if data[:3] == b"ID3":
        at = 10 + sum((data[6 + i] & 127) << 7 * (3 - i) for i in range(4))
    head = int.from_bytes(data[at:at + 4], "big")
    if head >> 21 != 0x7ff:
        return []
    version, layer = head >> 19 & 3, head >> 17 & 3
    if layer != 1 or version == 1:
        return []
    rate = (44100, 48000, 32000)[head >> 10 & 3] >> {3: 0, 2: 1, 0: 2}[version]
    rates = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320) if version == 3 else \
        (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    bits = rates[head >> 12 & 15] * 1000
    return [f"about {seconds(8 * (len(data) - at) / bits)}", hertz(rate), channels_of(1 if head >> 6 & 3 == 3 else 2)]


def of_mp4(data):
    """Finds the length of an MP4 in its header of movies, and the size of its
    picture in one of its tracks."""
    at = data.find(b"mvhd")
    if at < 0:
        return []
    long = data[at + 4] == 1
    scale = int.from_bytes(data[at + (24 if long else 16):][:4], "big")
    length = int.from_bytes(data[at + (28 if long else 20):][:8 if long else 4], "big")
    parts = [seconds(length / scale)]
    track = data.find(b"tkhd")
    while track >= 0:
        sides = at_sides = track + 4 + (88 if data[track + 4] == 1 else 76)
        width, height = (int.from_bytes(data[at_sides + i:at_sides + i + 4], "big") >> 16 for i in (0, 4))
        if width and height:
            return [*parts, f"{width}×{height} pixels"]
        track = data.find(b"tkhd", sides)
    return parts


def told(length, rate, channels):
    return [seconds(length), hertz(rate), channels_of(channels)]


def seconds(length):
    if length >= 90:
        return f"{int(length // 60)} min {round(length % 60)} s"
    return f"{length:.3g} s" if length < 10 else f"{length:.1f} s"


def hertz(rate):
    return f"{rate / 1000:g} kHz" if rate >= 1000 else f"{rate} Hz"


def channels_of(count):
    return {1: "mono", 2: "stereo"}.get(count, f"{count} channels")

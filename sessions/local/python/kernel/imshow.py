"""Draws large pictures in figures quickly: matplotlib would resample every pixel of a photograph."""

from .pristine import __builtins__

import functools

LARGE = 3_000_000  # pixels


def draw_large_images_fast():
    """Reduces pictures of bytes to about twice as many pixels as they get in a
    figure, before matplotlib resamples them."""
    from matplotlib.image import _ImageBase
    make = _ImageBase._make_image

    @functools.wraps(make)
    def make_image(self, A, in_bbox, out_bbox, clip_bbox, magnification=1.0, unsampled=False, round_to_pixel_border=True):
        if not unsampled and is_large(A):
            A = reduced(A, out_bbox, magnification)
        return make(self, A, in_bbox, out_bbox, clip_bbox, magnification, unsampled, round_to_pixel_border)
    _ImageBase._make_image = make_image


def is_large(array):
    """Reports whether an array is a large picture of bytes."""
    try:
        return (array.dtype == "uint8" and array.shape[0] * array.shape[1] > LARGE
                and (array.ndim == 2 or array.ndim == 3 and array.shape[2] in (3, 4)))
    except (AttributeError, IndexError):
        return False


def reduced(array, box, magnification):
    """Returns a picture with a part of its pixels, each the mean of some."""
    factor = int(min(array.shape[1] / max(1, box.width * magnification), array.shape[0] / max(1, box.height * magnification)) / 2)
    if factor < 2 or has_mask(array):
        return array
    import numpy
    from PIL import Image
    plain = numpy.ascontiguousarray(numpy.asarray(array))
    return numpy.asarray(Image.fromarray(plain).reduce(factor))


def has_mask(array):
    mask = getattr(array, "mask", None)
    return mask is not None and bool(getattr(mask, "any", lambda: mask)())

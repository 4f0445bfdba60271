"""Opening a picture that somebody else made: limits first, then one RGB image or one clear sentence."""

import io
import warnings
from pathlib import Path

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

MAX_BYTES = 20_000_000
MAX_PIXELS = 50_000_000  # a phone's 48-megapixel photo passes; a decompression bomb does not
MIN_SIDE = 16
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")  # a phone's MPO opens as the JPEG that it begins with
DEEP = 255 / 65535  # from 16 bits a pixel to 8
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
BACKGROUND = (255, 255, 255)


class PictureError(ValueError):
    """A picture that cannot be used; the message is a sentence for the person who sent it."""


def open_picture(source: Path | bytes, name: str | None = None) -> Image.Image:
    """The picture as RGB, upright, transparency laid on white; `name` stands for it in messages.

    Raises PictureError for what is too large or too small, not a picture, damaged, or a format we do not read.
    """
    name = name or (source.name if isinstance(source, Path) else "The picture")
    data = _read(source, name) if isinstance(source, Path) else source
    if len(data) > MAX_BYTES:
        raise PictureError(f"{name} is {len(data) / 1e6:.0f} MB; pictures up to {MAX_BYTES / 1e6:.0f} MB can be read.")
    return _upright_rgb(_identify(data, name), name)


def _read(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PictureError(f"{name} cannot be read: {error.strerror}.") from error


def _identify(data: bytes, name: str) -> ImageFile.ImageFile:
    if not data:
        raise PictureError(f"{name} is empty.")
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis"):
        raise PictureError(f"{name} is a HEIC picture, which cannot be read here; save it as JPEG or PNG and send it again.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below says it in our words
            picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise PictureError(f"{name} has too many pixels; {MAX_PIXELS // 1_000_000} megapixels are the limit.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise PictureError(f"{name} is not a picture that can be read; send a JPEG, PNG or WebP.") from error
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise PictureError(
            f"{name} has {width * height / 1e6:.0f} megapixels; {MAX_PIXELS // 1_000_000} are the limit. Send a smaller copy."
        )
    if min(width, height) < MIN_SIDE:
        raise PictureError(f"{name} is only {width}×{height} pixels; a garment cannot be seen in it. Send a larger picture.")
    return picture


def _upright_rgb(picture: Image.Image, name: str) -> Image.Image:
    try:
        picture = ImageOps.exif_transpose(picture)
        if picture.mode.startswith("I"):  # 16 bits: Pillow would clip, and make it white
            picture = picture.convert("I").point(lambda value: value * DEEP).convert("L")
        if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
            layer = picture.convert("RGBA")
            ground = Image.new("RGBA", layer.size, (*BACKGROUND, 255))
            return Image.alpha_composite(ground, layer).convert("RGB")
        return picture.convert("RGB")
    except (OSError, SyntaxError, ValueError, MemoryError) as error:
        raise PictureError(f"{name} is damaged or cut off; send it again.") from error

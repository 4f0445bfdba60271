"""Pictures that somebody else made: every format upright and in RGB, every bad one a sentence."""

import io
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from catalog.images import MAX_BYTES, PictureError, open_picture

RED, BLUE = (220, 30, 30), (30, 30, 220)


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def close(pixel: tuple[int, ...], wanted: tuple[int, ...], within: int = 12) -> bool:
    return max(abs(have - want) for have, want in zip(pixel, wanted, strict=True)) <= within


def png(width: int, height: int) -> bytes:
    """A black PNG of any size in few bytes: one bit a pixel, all of them the same."""
    deflate, row = zlib.compressobj(9), bytes(1 + (width + 7) // 8)
    data = b"".join(deflate.compress(row) for _ in range(height)) + deflate.flush()
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), (b"IDAT", data), (b"IEND", b"")]
    framed = (struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "MPO"])
def test_every_format_opens_as_rgb_with_its_colour(kind, tmp_path):
    path = tmp_path / "red"
    path.write_bytes(encoded(Image.new("RGB", (40, 30), RED), kind))
    picture = open_picture(path)
    assert (picture.mode, picture.size) == ("RGB", (40, 30))
    assert close(picture.getpixel((20, 15)), RED)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "coat.jpg is empty."),
        (b"id,title\n1,coat\n" * 50, "coat.jpg is not a picture that can be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "coat.jpg is not a picture that can be read"),
        (b"%PDF-1.7\n" + bytes(200), "coat.jpg is not a picture that can be read"),
        (bytes(4) + b"ftypheic" + bytes(200), "coat.jpg is a HEIC picture, which cannot be read here; save it as JPEG or PNG"),
        (bytes(4) + b"ftypmif1heic" + bytes(200), "coat.jpg is a HEIC picture"),
        (encoded(Image.new("RGB", (1, 1)), "PNG"), "coat.jpg is only 1×1 pixels"),
        (encoded(Image.new("RGB", (400, 15)), "PNG"), "coat.jpg is only 400×15 pixels"),
        (bytes(MAX_BYTES + 1), "coat.jpg is 20 MB; pictures up to 20 MB"),
    ],
    ids=["empty", "text", "svg", "pdf", "heic", "mif1", "one-pixel", "a-line", "too-many-bytes"],
)
def test_what_is_no_usable_picture_is_refused_with_a_sentence(data, sentence, tmp_path):
    path = tmp_path / "coat.jpg"
    path.write_bytes(data)
    for source, name in ((path, None), (data, "coat.jpg")):
        with pytest.raises(PictureError) as caught:
            open_picture(source, name)
        assert str(caught.value).startswith(sentence)
        assert str(caught.value).endswith(".")


def test_a_picture_of_300_megapixels_is_refused_before_it_is_unpacked():
    data = png(20_000, 15_000)
    assert len(data) < 100_000
    with pytest.raises(PictureError, match=r"bomb.png has too many pixels; 50 megapixels are the limit"):
        open_picture(data, "bomb.png")


def test_a_picture_of_60_megapixels_is_refused_and_one_of_48_is_read():
    with pytest.raises(PictureError, match=r"photo.png has 60 megapixels; 50 are the limit. Send a smaller copy."):
        open_picture(png(10_000, 6_000), "photo.png")
    assert open_picture(png(8_000, 6_000)).size == (8_000, 6_000)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_was_cut_off_is_refused(kind):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (80, 80, 3), dtype=np.uint8))
    data = encoded(noise, kind)
    with pytest.raises(PictureError, match=r"coat is (damaged or cut off; send it again|not a picture)"):
        open_picture(data[: len(data) // 2], "coat")


def test_bytes_without_a_name_are_called_the_picture():
    with pytest.raises(PictureError, match=r"^The picture is empty\."):
        open_picture(b"")


def test_a_missing_file_and_a_folder_are_refused_with_the_systems_reason(tmp_path):
    with pytest.raises(PictureError, match=r"gone\.jpg cannot be read: No such file or directory\."):
        open_picture(tmp_path / "gone.jpg")
    with pytest.raises(PictureError, match="cannot be read: Is a directory"):
        open_picture(tmp_path)


def test_a_cmyk_jpeg_keeps_its_colour():
    red = open_picture(encoded(Image.new("CMYK", (40, 40), (0, 255, 255, 0)), "JPEG", quality=95))
    assert close(red.getpixel((20, 20)), (255, 0, 0))


def test_transparency_is_laid_on_white_also_where_a_palette_has_it():
    palette = Image.new("P", (40, 40), 0)
    palette.putpalette([*RED, *BLUE])
    palette.paste(1, (0, 0, 20, 40))
    flat = open_picture(encoded(palette, "PNG", transparency=0))
    assert flat.getpixel((30, 20)) == (255, 255, 255)
    assert flat.getpixel((10, 20)) == BLUE
    half = open_picture(encoded(Image.new("RGBA", (40, 40), (0, 0, 0, 128)), "PNG"))
    assert close(half.getpixel((20, 20)), (127, 127, 127), within=1)
    grey = open_picture(encoded(Image.new("LA", (40, 40), (0, 0)), "PNG"))
    assert grey.getpixel((20, 20)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_photo_taken_sideways_stands_upright(kind):
    photo = Image.new("RGB", (60, 40), RED)
    photo.paste(BLUE, (0, 0, 30, 40))  # on the left, which orientation 6 turns to the top
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = open_picture(encoded(photo, kind, exif=exif))
    assert upright.size == (40, 60)
    assert close(upright.getpixel((20, 10)), BLUE)
    assert close(upright.getpixel((20, 50)), RED)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_a_moving_picture_the_first_frame_is_read(kind):
    frames = [Image.new("RGB", (40, 40), colour) for colour in (RED, BLUE)]
    still = open_picture(encoded(frames[0], kind, save_all=True, append_images=frames[1:]))
    assert close(still.getpixel((20, 20)), RED)


@pytest.mark.parametrize(("deep", "flat"), [(0, 0), (20_000, 78), (65_535, 255)])
def test_sixteen_bits_a_pixel_become_eight_and_not_white(deep, flat):
    data = encoded(Image.fromarray(np.full((40, 40), deep, dtype=np.uint16)), "PNG")
    assert close(open_picture(data).getpixel((20, 20)), (flat,) * 3, within=1)


def test_sixteen_bits_a_pixel_may_have_a_transparent_grey():
    deep = np.full((40, 40), 20_000, dtype=np.uint16)
    data = encoded(Image.fromarray(deep), "PNG")
    body = struct.pack(">H", 20_000)
    chunk = struct.pack(">I", 2) + b"tRNS" + body + struct.pack(">I", zlib.crc32(b"tRNS" + body))
    place = data.index(b"IDAT") - 4
    assert open_picture(data[:place] + chunk + data[place:]).mode == "RGB"


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns of TIFF tags that make no sense
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_damaged_picture_is_read_or_refused_and_nothing_else(kind):
    whole = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 255, (24, 30, 3), dtype=np.uint8)), kind)
    dice = random.Random(kind)
    refused = 0
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 6)):
            data[dice.randrange(min(len(data), 400))] = dice.randrange(256)
        try:
            assert open_picture(bytes(data)).mode == "RGB"
        except PictureError:
            refused += 1
    assert refused


def test_a_text_is_refused_also_by_a_process_that_has_opened_no_picture_before():
    """Pillow loads its formats one by one; the first file a process sees must not depend on which are loaded."""

    code = "from catalog.images import *\ntry: open_picture(b'no picture')\nexcept PictureError as error: print(error)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.stdout.startswith("The picture is not a picture that can be read"), done.stderr

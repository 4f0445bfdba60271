"""The segmenter: whether it finds a garment where light, shadows and a like ground hide it, and what it learns from."""

import gzip

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFilter

from catalog.composed import compose, drawn_outlines, shop_outlines
from catalog.fashion_mnist import CLASSES, enlarged, read_fashion_mnist
from catalog.region import find_garment, garment_mask, lit, small
from catalog.segmenter import Segmenter, garment_odds, read_segmenter, shipped_segmenter
from catalog.taxonomy import vocabulary
from catalog.train_segmenter import write_segmenter


def shirt(colour, ground, glow=0):
    """A picture of a plain tee with its shadow on a ground that a lamp lights, and the tee's mask."""
    sheet = Image.new("L", (300, 400))
    outline = [
        (110, 90),
        (190, 90),
        (250, 130),
        (230, 170),
        (200, 155),
        (200, 300),
        (100, 300),
        (100, 155),
        (70, 170),
        (50, 130),
    ]
    ImageDraw.Draw(sheet).polygon(outline, 255)
    mask = np.asarray(sheet, np.float32) / 255
    y, x = np.mgrid[-1:1:400j, -1:1:300j]
    lit_ground = np.array(ground) * (1 + glow * np.exp(-((x / 0.7) ** 4 + ((y + 0.1) / 0.7) ** 4)))[..., None]
    shadow = np.asarray(
        sheet.transform(sheet.size, Image.Transform.AFFINE, (1, 0, -8, 0, 1, -12)).filter(ImageFilter.GaussianBlur(8))
    )
    shaded = lit_ground * (1 - 0.25 * shadow / 255)[..., None]
    made = shaded + (np.array(colour) - shaded) * mask[..., None]
    return Image.fromarray(made.clip(0, 255).astype(np.uint8)), mask > 0.5


def overlap(picture, truth):
    found = garment_mask(lit(np.asarray(small(picture))))
    true = np.asarray(Image.fromarray(truth).resize(found.shape[::-1]))
    return (found & true).sum() / (found | true).sum()


@pytest.mark.parametrize(
    ("colour", "ground", "glow"),
    [
        ((250, 250, 250), (228, 229, 231), 0.0),
        ((25, 25, 28), (222, 222, 222), 0.12),
        ((200, 30, 40), (130, 150, 165), 0.1),
        ((214, 190, 150), (235, 230, 224), 0.0),
    ],
    ids=["white on pale", "black in a lamp's glow", "red on blue-grey", "beige on cream"],
)
def test_a_garment_is_told_from_its_ground_its_shadow_and_a_lamps_glow(colour, ground, glow):
    assert overlap(*shirt(colour, ground, glow)) > 0.8


def test_what_shows_through_a_handle_is_ground():
    picture = Image.new("RGB", (300, 300), "#e8e8e8")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((80, 150, 220, 250), "#5a2d1a")
    pen.arc((100, 60, 200, 240), 180, 360, "#5a2d1a", 12)
    region = find_garment(picture)
    left, top, right, bottom = region.frame
    x, y = ((150 / 300 - left) / (right - left), (110 / 300 - top) / (bottom - top))
    height, width = region.mask.shape
    assert not region.mask[round(y * height), round(x * width)]
    assert region.mask[round((200 / 300 - top) / (bottom - top) * height), round(x * width)]


def test_a_picture_of_nothing_is_blank():
    assert find_garment(Image.new("RGB", (200, 260), "#dddddd")).blank
    assert not find_garment(shirt((20, 40, 90), (230, 230, 230))[0]).blank


def test_the_shipped_net_is_small_and_reads_any_size():
    assert sum(weights.numel() for weights in shipped_segmenter().parameters()) < 300_000
    for height, width in ((112, 80), (84, 112), (160, 107), (8, 112)):
        assert garment_odds(np.zeros((height, width, 3), np.float32)).shape == (height, width)


def test_a_net_is_read_as_it_was_written(tmp_path):
    torch.manual_seed(0)
    net = Segmenter().eval()
    read = read_segmenter(write_segmenter(net, tmp_path))
    given = torch.rand(1, 3, 32, 32)
    assert torch.allclose(net(given), read(given), atol=0.02)


def test_composed_pictures_show_a_garment_where_the_mask_says():
    rng, outlines = np.random.default_rng(3), drawn_outlines()
    assert len(outlines) > 100
    shares = []
    for _ in range(20):
        picture, mask = compose(rng, outlines)
        assert picture.shape == (*mask.shape, 3)
        assert picture.dtype == np.uint8
        assert 0 <= mask.min() <= mask.max() <= 1
        shares.append(mask.mean())
    assert 0.02 < np.mean(shares) < 0.6
    again = compose(np.random.default_rng(3), outlines)
    assert np.array_equal(again[0], compose(np.random.default_rng(3), outlines)[0])


def made_up_fashion_mnist(folder, pictures, classes):
    folder.mkdir()
    for name, header, values in (("images-idx3", 16, pictures), ("labels-idx1", 8, classes)):
        (folder / f"train-{name}-ubyte.gz").write_bytes(gzip.compress(bytes(header) + values.tobytes()))


def test_fashion_mnist_is_read_and_a_missing_one_says_what_to_install(tmp_path):
    pictures = np.zeros((3, 28, 28), np.uint8)
    pictures[:, 5:20, 8:16] = 180
    made_up_fashion_mnist(tmp_path / "there", pictures, np.array([0, 4, 8], np.uint8))
    read, classes = read_fashion_mnist(tmp_path / "there")
    assert np.array_equal(read, pictures)
    assert classes.tolist() == [0, 4, 8]
    (outline,) = shop_outlines(read[:1])
    assert outline.cover.shape == outline.shading.shape == (15, 8)
    shown = np.asarray(enlarged(read[0], np.random.default_rng(0)))
    assert shown[0, 0].min() > 230 > shown[200, 200].max()
    with pytest.raises(FileNotFoundError, match="apt-get install dataset-fashion-mnist"):
        read_fashion_mnist(tmp_path / "nowhere")


def test_every_class_of_fashion_mnist_is_of_kinds():
    assert len(CLASSES) == 10
    assert {kind for kinds in CLASSES for kind in kinds} <= set(vocabulary().kinds)

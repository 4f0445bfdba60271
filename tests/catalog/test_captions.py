import json
from pathlib import Path

import pytest
from PIL import Image

from catalog.__main__ import main
from catalog.captions import CaptionRow, caption_catalogue, garment_word, pictures_in
from catalog.descriptions import Description
from catalog.items import CatalogueError, Item

SAMPLE = Path(__file__).parents[2] / "catalog" / "sample"


class RedDresses:
    """Says of every picture that it shows a red dress, and counts what it was shown."""

    source = "red-dresses-1"

    def __init__(self):
        self.seen = 0

    def describe(self, pictures):
        self.seen += len(pictures)
        one = Description(caption="red dress", slot="all-body", kind="dresses", colours=("red",), confidence=0.9, unsure=False)
        return [one] * len(pictures)


def items_with_pictures(folder, count):
    items = []
    for number in range(count):
        Image.new("RGB", (32, 32), (number, 0, 0)).save(folder / f"{number}.png")
        items.append(Item.model_validate({"id": str(number), "title": "all-body", "image": folder / f"{number}.png"}))
    return items


def test_a_picture_captions_an_item_that_has_no_caption(tmp_path):
    (item,), failed = caption_catalogue(items_with_pictures(tmp_path, 1), RedDresses, tmp_path / "captions.jsonl")
    assert (item.caption, item.caption_source, item.kind, item.colours) == ("red dress", "red-dresses-1", "dresses", ("red",))
    assert not failed


def test_a_caption_that_the_shop_brings_is_kept_and_no_captioner_is_loaded(tmp_path):
    brought = Item(id="1", title="dress", slot="all-body", caption="silk dress")
    (item,), _ = caption_catalogue([brought], lambda: pytest.fail("not needed"), tmp_path / "captions.jsonl")
    assert (item.caption, item.caption_source) == ("silk dress", "catalogue")


def test_the_shop_s_own_garment_type_counts_more_than_what_is_seen(tmp_path):
    (plain,) = items_with_pictures(tmp_path, 1)
    sandals = Item(id="s", title="Sandals", slot="shoes", image=plain.image)
    (item,), _ = caption_catalogue([sandals], RedDresses, tmp_path / "captions.jsonl")
    assert (item.caption, item.kind, item.slot) == ("red sandals", "sandals", "shoes")


def test_an_unusable_picture_is_reported_and_the_title_serves(tmp_path):
    (tmp_path / "broken.png").write_text("no picture")
    broken = Item(id="b", title="blue dress", slot="all-body", image=tmp_path / "broken.png")
    (item,), (row,) = caption_catalogue([broken], RedDresses, tmp_path / "captions.jsonl")
    assert (item.caption, item.caption_source) == ("blue dress", "title")
    assert "broken.png is not a picture" in row.error


def test_an_interrupted_captioning_goes_on_where_it_stopped(tmp_path):
    items, kept = items_with_pictures(tmp_path, 5), tmp_path / "captions.jsonl"
    caption_catalogue(items[:3], RedDresses, kept)
    with kept.open("a") as file:
        file.write('{"key": "cut off by a kill')
    captioner = RedDresses()
    captioned, _ = caption_catalogue(items, lambda: captioner, kept)
    assert captioner.seen == 2
    assert all(item.caption == "red dress" for item in captioned)


def test_another_captioner_s_captions_are_not_taken_for_one_s_own(tmp_path):
    class Other(RedDresses):
        source = "other-2"

    items, kept = items_with_pictures(tmp_path, 2), tmp_path / "captions.jsonl"
    caption_catalogue(items, RedDresses, kept)
    captioner = Other()
    caption_catalogue(items, lambda: captioner, kept)
    assert captioner.seen == 2


def test_a_folder_stands_for_the_pictures_in_it(tmp_path):
    items_with_pictures(tmp_path, 2)
    (tmp_path / "notes.txt").write_text("no picture")
    assert [path.name for path in pictures_in([tmp_path])] == ["0.png", "1.png"]
    with pytest.raises(CatalogueError, match="holds no picture"):
        pictures_in([tmp_path.joinpath("empty").mkdir() or tmp_path / "empty"])


@pytest.mark.parametrize(("kind", "word"), [("coats", "coat"), ("boots", "boots"), ("scarves", "scarf"), ("dresses", "dress")])
def test_a_garment_has_its_word_in_a_caption(kind, word):
    assert garment_word(kind) == word


def test_a_row_is_one_json_line():
    assert json.loads(CaptionRow(image=Path("a.png"), error="too small").as_json()) == {"image": "a.png", "error": "too small"}


def test_the_command_prints_a_json_line_for_each_picture_good_or_bad(tmp_path, capsys):
    (tmp_path / "text.jpg").write_text("no picture")
    pictures = [SAMPLE / "images" / "black-wool-coat-women.webp", tmp_path / "text.jpg"]
    assert main(["caption", *map(str, pictures), "--json"]) == 0
    good, bad = map(json.loads, capsys.readouterr().out.splitlines())
    assert good.keys() == {"image", "caption", "slot", "kind", "colours", "pattern", "confidence"}
    assert (good["slot"], good["colours"]) == ("outerwear", ["black"])
    assert bad.keys() == {"image", "error"}


def test_the_command_captions_a_catalogue_s_pictures_by_id(tmp_path, capsys):
    lines = (SAMPLE / "items.jsonl").read_text().splitlines()[:2]
    rows = [json.loads(line) for line in lines]
    for row in rows:
        row["image"] = str(SAMPLE / row["image"])
    (tmp_path / "shop.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert main(["caption", str(tmp_path / "shop.jsonl"), "--json"]) == 0
    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == [row["id"] for row in rows]


def test_a_catalogue_s_health_names_what_was_rejected(tmp_path, capsys):
    (tmp_path / "shop.csv").write_text("id,title,price\n1,red dress,20\n1,blue dress,30\n2,green dress,cheap\n")
    assert main(["check", str(tmp_path / "shop.csv"), "--json"]) == 0
    health = json.loads(capsys.readouterr().out)
    assert (health["items"], health["rejected"]) == (1, 2)
    assert [reject["line"] for reject in health["rejects"]] == [3, 4]
    assert main(["check", str(tmp_path / "shop.csv"), "--strict"]) == 2


def test_a_catalogue_that_cannot_be_read_is_one_sentence(tmp_path, capsys):
    assert main(["check", str(tmp_path / "none.csv")]) == 2
    assert "none.csv cannot be read" in capsys.readouterr().err


def odd(kind: str, folder: Path) -> Path:
    """A coat's picture as people send pictures."""
    coat = Image.open(SAMPLE / "images" / "navy-wool-coat-men.webp").convert("RGB")
    path = folder / f"coat.{'gif' if kind == 'moving' else 'png' if kind in ('transparent', 'huge', 'line') else 'jpg'}"
    if kind == "moving":
        coat.save(path, save_all=True, append_images=[Image.new("RGB", coat.size, "red")] * 2)
    elif kind == "transparent":
        clear = coat.convert("RGBA")
        clear.putalpha(coat.convert("L").point(lambda light: 255 * (light < 200)))
        clear.save(path)
    elif kind == "sideways":
        exif = Image.Exif()
        exif[0x0112] = 6
        coat.rotate(90, expand=True).save(path, exif=exif, quality=95)
    elif kind in ("CMYK", "L"):
        coat.convert(kind).save(path, quality=95)
    elif kind == "cut off":
        coat.save(path)
        path.write_bytes(path.read_bytes()[:2000])
    elif kind == "huge":
        Image.new("1", (8000, 7000)).save(path)
    else:
        Image.new("RGB", (900, 3)).save(path)
    return path


@pytest.mark.parametrize("options", [[], ["--several"]], ids=["one", "several"])
@pytest.mark.parametrize("kind", ["moving", "transparent", "sideways", "CMYK", "L"])
def test_odd_pictures_of_a_coat_are_captioned_as_coats(kind, options, tmp_path, capsys):
    assert main(["caption", str(odd(kind, tmp_path)), "--json", *options]) == 0
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert line["slot"] == "outerwear"
    assert kind == "L" or line["colours"] == ["navy"]


@pytest.mark.parametrize("options", [[], ["--several"]], ids=["one", "several"])
@pytest.mark.parametrize(("kind", "why"), [("cut off", "cut off"), ("huge", "megapixels"), ("line", "only 900×3 pixels")])
def test_unusable_pictures_are_one_sentence_each(kind, why, options, tmp_path, capsys):
    assert main(["caption", str(odd(kind, tmp_path)), "--json", *options]) == 1
    (line,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert why in line["error"]

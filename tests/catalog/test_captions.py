import json
from pathlib import Path

import pytest
from PIL import Image

from catalog.__main__ import main
from catalog.captions import CaptionRow, pictures_in
from catalog.descriptions import Description
from catalog.items import CatalogueError

SAMPLE = Path(__file__).parents[2] / "catalog" / "sample"


def test_a_folder_stands_for_the_pictures_in_it(tmp_path):
    for name in ("0.png", "1.png"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "notes.txt").write_text("no picture")
    assert [path.name for path in pictures_in([tmp_path])] == ["0.png", "1.png"]
    with pytest.raises(CatalogueError, match="holds no picture"):
        pictures_in([tmp_path.joinpath("empty").mkdir() or tmp_path / "empty"])


def test_a_row_is_one_json_line():
    assert json.loads(CaptionRow(image=Path("a.png"), error="too small").as_json()) == {"image": "a.png", "error": "too small"}


def kept(**seen):
    full = {"caption": "red dress", "slot": "all-body", "kind": "dresses", "colours": ("red",), "pattern": "striped"}
    more = {"material": "silk", "style": "boho", "seasons": ("summer",), "occasions": ("wedding",), "confidence": 0.9}
    return CaptionRow(image=Path("a.png"), id="1", key="0f", source="llava", description=Description(**(full | more | seen)))


def test_a_kept_row_comes_back_whole():
    refused = CaptionRow(image=Path("a.png"), key="0f", source="llava", error="The captioner gave a refusal.")
    for row in (kept(), kept(material=None, seasons=(), confidence=None, caption="red\u2028dress"), refused):
        assert CaptionRow.from_json(row.as_json().encode()) == row
        assert "\n" not in row.as_json()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"17",
        b'{"image": "cut o',
        b"\xff\xfe{",
        b"[" * 100_000,
        b'{"key": "0f", "source": "embedded-1", "description": {"caption": "red dress"}}',  # as older builds wrote
        kept(kind="space suits").as_json().encode(),
        kept(slot="shoes").as_json().encode(),
        CaptionRow(image=Path("a.png"), description=kept().description).as_json().encode(),  # printed, not kept
    ],
)
def test_what_is_no_kept_row_is_none(line):
    assert CaptionRow.from_json(line) is None


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

"""Captions of a catalogue's items, and what of them is taken over from the file of earlier runs and of other machines."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from catalog.bulk import caption_in_bulk, shard_of
from catalog.captions import picture_key
from catalog.descriptions import AnswerError, Description, NoAnswer
from catalog.item_captions import UNANSWERED, caption_catalogue, garment_word
from catalog.items import Item


class RedDresses:
    """Says of every picture that it shows a red dress, and counts what it was shown."""

    source = "red-dresses-1"

    def __init__(self):
        self.seen = 0

    def describe(self, pictures):
        self.seen += len(pictures)
        one = Description(caption="red dress", slot="all-body", kind="dresses", colours=("red",), confidence=0.9, unsure=False)
        return [one] * len(pictures)


class Scripted(RedDresses):
    """A captioner that stands for its own maker: it refuses some pictures, by their shade, or never answers."""

    def __init__(self, refused=(), dead=False, source=RedDresses.source, **seen):
        super().__init__()
        self.refused, self.dead, self.source, self.said = refused, dead, source, seen

    def __call__(self):
        return self

    def describe(self, pictures):
        return [self.answer(picture, one) for picture, one in zip(pictures, super().describe(pictures), strict=True)]

    def answer(self, picture, one):
        if self.dead:
            return NoAnswer("no answer of the endpoint (APIConnectionError)")
        refused = str(picture.getpixel((0, 0))[0]) in self.refused
        return AnswerError("a refusal") if refused else one.model_copy(update=self.said)


def rows(kept):
    return [json.loads(line) for line in kept.read_text().splitlines()]


def items_with_pictures(folder, count):
    items = []
    for number in range(count):
        Image.new("RGB", (32, 32), (number, 0, 0)).save(folder / f"{number}.png")
        items.append(Item.model_validate({"id": str(number), "title": "all-body", "image": folder / f"{number}.png"}))
    return items


def test_a_picture_captions_an_item_that_has_no_caption(tmp_path):
    captioned = caption_catalogue(items_with_pictures(tmp_path, 1), RedDresses, tmp_path / "captions.jsonl")
    (item,) = captioned.items
    assert (item.caption, item.caption_source, item.kind, item.colours) == ("red dress", "red-dresses-1", "dresses", ("red",))
    assert not captioned.failed


def test_a_caption_that_the_shop_brings_is_kept_and_no_captioner_is_loaded(tmp_path):
    brought = Item(id="1", title="dress", slot="all-body", caption="silk dress")
    (item,) = caption_catalogue([brought], lambda: pytest.fail("not needed"), tmp_path / "captions.jsonl").items
    assert (item.caption, item.caption_source) == ("silk dress", "catalogue")


def test_the_shop_s_own_garment_type_counts_more_than_what_is_seen(tmp_path):
    (plain,) = items_with_pictures(tmp_path, 1)
    sandals = Item(id="s", title="Sandals", slot="shoes", image=plain.image)
    (item,) = caption_catalogue([sandals], RedDresses, tmp_path / "captions.jsonl").items
    assert (item.caption, item.kind, item.slot) == ("red sandals", "sandals", "shoes")


def test_an_unusable_picture_is_remembered_and_the_title_serves(tmp_path):
    (tmp_path / "broken.png").write_text("no picture")
    broken = Item(id="b", title="blue dress", slot="all-body", image=tmp_path / "broken.png")
    for left_out in (1, 0):  # a second run knows it, and says so again
        captioned = caption_catalogue([broken], RedDresses, tmp_path / "captions.jsonl")
        assert [(item.caption, item.caption_source) for item in captioned.items] == [("blue dress", "title")]
        assert [row.id for row in captioned.failed] == ["b"]
        assert "broken.png is not a picture" in captioned.failed[0].error
        assert captioned.report.failures.total() == left_out


def test_a_picture_that_a_captioner_could_not_describe_costs_nothing_until_it_is_asked_again(tmp_path):
    items, captions = items_with_pictures(tmp_path, 3), tmp_path / "captions.jsonl"
    first, second, third = Scripted(refused=["1"]), Scripted(refused=["1"]), Scripted()
    assert [row.error for row in caption_catalogue(items, first, captions).failed] == ["The captioner gave a refusal."]
    captioned = caption_catalogue(items, second, captions)
    assert second.seen == 0
    assert [(row.id, row.error) for row in captioned.failed] == [("1", "The captioner gave a refusal.")]
    assert (captioned.report.pictures, captioned.report.kept) == (3, 3)
    again = caption_catalogue(items, third, captions, again=True)
    assert third.seen == 1
    assert (again.failed, [item.caption for item in again.items]) == ([], ["red dress"] * 3)


def test_where_no_answer_came_the_next_run_asks_by_itself(tmp_path):
    items, captions = items_with_pictures(tmp_path, 3), tmp_path / "captions.jsonl"
    dead = caption_catalogue(items, Scripted(dead=True), captions)
    assert [item.caption_source for item in dead.items] == ["title"] * 3
    assert {row.error for row in dead.failed} == {UNANSWERED}
    assert (dead.report.failures.total(), captions.read_text()) == (3, "")
    alive = caption_catalogue(items, Scripted(), captions)
    assert (alive.failed, [item.caption for item in alive.items]) == ([], ["red dress"] * 3)


def test_an_interrupted_captioning_goes_on_where_it_stopped(tmp_path):
    items, kept = items_with_pictures(tmp_path, 5), tmp_path / "captions.jsonl"
    caption_catalogue(items[:3], RedDresses, kept)
    with kept.open("a") as file:
        file.write('{"image": "cut off by a kill')
    captioner = RedDresses()
    captioned = caption_catalogue(items, lambda: captioner, kept)
    assert captioner.seen == 2
    assert all(item.caption == "red dress" for item in captioned.items)
    assert len(rows(kept)) == 5


def test_lines_of_an_older_build_are_passed_over_and_done_anew(tmp_path):
    items, kept = items_with_pictures(tmp_path, 1), tmp_path / "captions.jsonl"
    key = picture_key(items[0].image)
    kept.write_text(json.dumps({"key": key, "source": "red-dresses-1", "description": {"caption": "old"}}) + "\n")
    assert [item.caption for item in caption_catalogue(items, RedDresses, kept).items] == ["red dress"]


def test_the_concatenated_parts_of_several_machines_are_taken_over_whole(tmp_path):
    """Each machine has the pictures in a folder of its own; the shop's machine has none of some."""
    items, parts = items_with_pictures(tmp_path, 40), []
    for number in (1, 2):
        machine = tmp_path / f"machine-{number}"
        machine.mkdir()
        pictures = [(Path(shutil.copy(item.image, machine)), item.id) for item in items]
        caption_in_bulk(shard_of(pictures, number, 2), RedDresses(), machine / "captions.jsonl")
        parts.append((machine / "captions.jsonl").read_bytes())
    (tmp_path / "captions.jsonl").write_bytes(b"".join(parts))
    items[7].image.unlink()
    for how in ({"captioner": Scripted()}, {"captioner": Scripted(source="embedded-2"), "others": True}):
        captioned = caption_catalogue(items, kept=tmp_path / "captions.jsonl", **how)
        assert how["captioner"].seen == 0
        assert {(item.caption, item.caption_source) for item in captioned.items} == {("red dress", "red-dresses-1")}
        assert (captioned.report.pictures, captioned.report.kept, captioned.failed) == (40, 40, [])
    assert (tmp_path / "captions.jsonl").read_bytes() == b"".join(parts)


def test_all_that_was_seen_comes_back_from_the_file(tmp_path):
    items, seen = items_with_pictures(tmp_path, 1), Scripted(pattern="striped", material="silk", seasons=("summer",))
    first = caption_catalogue(items, seen, tmp_path / "captions.jsonl")
    assert caption_catalogue(items, Scripted(dead=True), tmp_path / "captions.jsonl").items == first.items
    assert (first.items[0].pattern, first.items[0].material, first.items[0].seasons) == ("striped", "silk", ("summer",))


def test_pictures_alike_are_looked_at_once(tmp_path):
    (one,) = items_with_pictures(tmp_path, 1)
    sizes = [one.model_copy(update={"id": size}) for size in ("s", "m", "l")]
    captioner = Scripted()
    assert [item.caption for item in caption_catalogue(sizes, captioner, tmp_path / "captions.jsonl").items] == [
        "red dress"
    ] * 3
    assert captioner.seen == 1


def test_another_captioner_s_captions_are_not_taken_for_one_s_own(tmp_path):
    class Other(RedDresses):
        source = "other-2"

    items, kept = items_with_pictures(tmp_path, 2), tmp_path / "captions.jsonl"
    caption_catalogue(items, RedDresses, kept)
    captioner = Other()
    caption_catalogue(items, lambda: captioner, kept)
    assert captioner.seen == 2


@pytest.mark.parametrize(
    ("earlier", "counts"), [("llava", True), ("embedded-garments-2", True), ("embedded-garments-1", False)]
)
def test_who_names_no_captioner_gets_what_there_is_but_not_of_an_older_embedded_one(tmp_path, earlier, counts):
    items, kept = items_with_pictures(tmp_path, 2), tmp_path / "captions.jsonl"
    caption_catalogue(items, Scripted(source=earlier), kept)
    embedded = Scripted(source="embedded-garments-2")
    captioned = caption_catalogue(items, embedded, kept, others=True)
    assert embedded.seen == (0 if counts else 2)
    assert {item.caption_source for item in captioned.items} == {earlier if counts else embedded.source}


def test_what_another_captioner_could_not_describe_the_own_one_looks_at(tmp_path):
    items, kept = items_with_pictures(tmp_path, 2), tmp_path / "captions.jsonl"
    caption_catalogue(items, Scripted(refused=["0"], source="llava"), kept)
    captioned = caption_catalogue(items, Scripted(source="embedded-1"), kept, others=True)
    assert [item.caption_source for item in captioned.items] == ["embedded-1", "llava"]


def test_of_several_captioners_the_last_line_counts(tmp_path):
    items, kept = items_with_pictures(tmp_path, 1), tmp_path / "captions.jsonl"
    for source in ("embedded-1", "llava", "llava-structured"):
        caption_catalogue(items, Scripted(source=source), kept)
    captioned = caption_catalogue(items, Scripted(source="embedded-1"), kept, others=True)
    assert captioned.items[0].caption_source == "llava-structured"


@pytest.mark.parametrize(("kind", "word"), [("coats", "coat"), ("boots", "boots"), ("scarves", "scarf"), ("dresses", "dress")])
def test_a_garment_has_its_word_in_a_caption(kind, word):
    assert garment_word(kind) == word

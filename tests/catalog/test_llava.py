import numpy as np
import pytest
from PIL import Image

from catalog.bulk import caption_in_bulk
from catalog.captions import CaptionRow, picture_key
from catalog.descriptions import AnswerError, Description
from catalog.item_captions import caption_catalogue
from catalog.items import CatalogueError, Item
from catalog.llava import LlavaCaptioner
from tests.fakes import save_tiny_llava


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> str:
    return save_tiny_llava(tmp_path_factory.mktemp("llava"))


@pytest.fixture(scope="module")
def pictures():
    drawn = np.random.default_rng(0)
    return [Image.fromarray(drawn.integers(0, 255, (40 + 8 * step, 48, 3), np.uint8)) for step in range(5)]


def test_pictures_read_together_get_the_answers_that_they_get_alone(tiny, pictures):
    captioner = LlavaCaptioner(tiny, batch=3)
    together = captioner.answers(pictures, structured=False)
    assert together == [captioner.answers([picture], structured=False)[0] for picture in pictures]
    assert len(set(together)) > 1, "the model looks at the picture"


def test_an_answer_that_is_none_is_asked_for_once_more_in_the_other_words(tiny, pictures, monkeypatch):
    asked = []

    def answers(self, some, structured):
        asked.append((len(some), structured))
        return (
            ["Navy wool coat", "I'm sorry, I can't help with that."]
            if len(some) == 2
            else ['{"slot": "bags", "garment": "tote bag"}']
        )

    monkeypatch.setattr(LlavaCaptioner, "answers", answers)
    coat, bag = LlavaCaptioner(tiny).describe(pictures[:2])
    assert asked == [(2, False), (1, True)]
    assert isinstance(coat, Description) and isinstance(bag, Description)
    assert (coat.kind, bag.kind) == ("coats", "tote bags")


def test_who_gets_no_description_says_why(tiny, pictures, monkeypatch):
    monkeypatch.setattr(LlavaCaptioner, "answers", lambda self, some, structured: [""] * len(some))
    (answer,) = LlavaCaptioner(tiny).describe(pictures[:1])
    assert isinstance(answer, AnswerError)
    assert str(answer) == "an empty answer"


def test_a_catalogue_is_captioned_and_says_by_whom(tiny, pictures, tmp_path, monkeypatch):
    pictures[0].save(tmp_path / "coat.png")
    item = Item(id="1", title="Coat", slot="outerwear", image=tmp_path / "coat.png")
    monkeypatch.setattr(LlavaCaptioner, "answers", lambda self, some, structured: ["Navy wool winter coat"] * len(some))
    captioned = caption_catalogue([item], lambda: LlavaCaptioner(tiny), tmp_path / "captions.jsonl")
    (coat,) = captioned.items
    assert (coat.caption_source, coat.colours, coat.material, coat.seasons) == (tiny, ("navy",), "wool", ("winter",))
    assert not captioned.failed


def test_a_run_that_has_nothing_to_do_loads_no_model(tmp_path):
    Image.new("RGB", (32, 32)).save(tmp_path / "coat.png")
    coat = [(tmp_path / "coat.png", "1")]
    seen = Description(caption="navy coat", slot="outerwear", kind="coats", colours=("navy",))
    nowhere = LlavaCaptioner(str(tmp_path / "nowhere"))
    row = CaptionRow(image=coat[0][0], id="1", key=picture_key(coat[0][0]), source=nowhere.source, description=seen)
    (tmp_path / "captions.jsonl").write_text(row.as_json() + "\n")
    assert caption_in_bulk(coat, nowhere, tmp_path / "captions.jsonl").kept == 1


def test_a_model_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(CatalogueError, match="cannot be loaded"):
        LlavaCaptioner(str(tmp_path / "nowhere")).describe([Image.new("RGB", (32, 32))])


def test_in_four_bits_it_writes_too_and_says_so(tiny, pictures):
    captioner = LlavaCaptioner(tiny, bits=4)
    assert captioner.source == f"{tiny}-nf4"
    assert all(captioner.answers(pictures[:2], structured=False))


def test_each_garment_of_a_picture_is_asked_for_and_else_the_main_one(tiny, pictures, monkeypatch):
    two = '[{"slot": "bags", "garment": "tote bag", "box": [0, 0, 0.5, 1]}, {"slot": "hats", "garment": "beret"}]'
    monkeypatch.setattr(LlavaCaptioner, "_answers", lambda self, some, words, most: [two, "no list"][: len(some)])
    monkeypatch.setattr(LlavaCaptioner, "answers", lambda self, some, structured: ["Navy wool coat"] * len(some))
    both, one = LlavaCaptioner(tiny).describe_each(pictures[:2])
    assert [(each.kind, each.box) for each in both] == [("tote bags", (0.0, 0.0, 0.5, 1.0)), ("berets", None)]
    assert [each.kind for each in one] == ["coats"]


def test_the_tiny_model_is_asked_for_several_too(tiny, pictures):
    (answer,) = LlavaCaptioner(tiny).describe_each(pictures[:1])
    assert isinstance(answer, AnswerError | list)

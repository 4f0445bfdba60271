import pytest

from assistant.understanding.likely import INTENTS, Likely, features, shipped
from assistant.understanding.reading import read
from assistant.understanding.rules import understand
from assistant.understanding.teaching import turns
from assistant.understanding.understood import Shown, Understood
from retrieval.embeddings import SentenceEmbedder


@pytest.fixture(scope="module")
def likely():
    return Likely(SentenceEmbedder().embed)


LOOK = Understood(
    intent="build",
    task="build",
    look=1,
    shown=tuple(
        Shown(place=place, id=slot, title=slot, slot=slot, price=50, look=1)
        for place, slot in enumerate(("tops", "bottoms", "shoes"), 1)
    ),
)


@pytest.mark.parametrize(
    ("message", "before", "intent"),
    [
        ("I own a plum velvet jacket, which handbag goes nicely with it?", None, "complement"),
        ("could those brogues be swapped for something sportier", LOOK, "swap"),
        ("is tweed still acceptable at christenings, in your view?", None, "chat"),
        ("assemble everything I'd put on for a garden party, 300 all in", None, "build"),
    ],
)
def test_what_a_message_most_likely_asks(likely, message, before, intent):
    assert likely(read(message), before) == intent


def test_it_says_nothing_where_it_is_not_sure(likely):
    assert likely(read("hm"), LOOK) is None


def test_the_rule_that_agrees_answers():
    message = "a navy blazer over grey chinos, yes?"
    assert understand(message).intent != "judge"
    assert understand(message, likely=lambda *_: "judge").intent == "judge"


def test_a_rule_keeps_its_word_where_no_other_agrees():
    assert understand("red dress under 80", likely=lambda *_: "swap").intent == "search"


def test_its_weights_have_a_place_for_each_feature_and_intent():
    vectors = SentenceEmbedder().embed(["a red dress"])
    seen = features(vectors, [read("a red dress")], [(None, None)])
    assert shipped().weight.shape == (len(INTENTS), seen.shape[1])


def test_teaching_reads_the_intent_and_task_before_each_turn(tmp_path):
    cases = tmp_path / "cases.yaml"
    cases.write_text(
        "- name: a\n  turns:\n    - {say: a red dress, expect: {intent: search}}\n    - {say: why so, expect: {intent: show}}\n"
        "    - {say: cheaper}\n    - {say: thanks, expect: {intent: chat}}\n",
        encoding="utf-8",
    )
    assert list(turns(cases)) == [
        ("a red dress", (None, None), "search"),
        ("why so", ("search", "search"), "show"),
        ("thanks", ("search", "search"), "chat"),
    ]

import pytest

from assistant.understanding.spelling import spelt


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("white snekers", "white sneakers"),
        ("wat jaket goes with the frist", "wat jacket goes with the first"),
        ("cheeper sandels", "cheaper sandals"),
        ("burgandy jeens", "burgundy jeans"),
        ("ankel boots", "ankle boots"),
    ],
)
def test_what_is_no_english_and_lies_near_a_word_we_know_is_put_right(written, meant):
    assert spelt(written)[0] == meant


@pytest.mark.parametrize("text", ["howdy, he is skint", "Haldenby jumpers", "obsessed with Lisbon", "a Brightmoor coat"])
def test_english_words_names_and_what_is_near_nothing_are_left_alone(text):
    assert spelt(text) == (text, ())


def test_what_a_garment_was_taken_for_is_told_and_mended_turns_of_phrase_are_not():
    assert spelt("cheeper snekers")[1] == (("snekers", "sneakers"),)

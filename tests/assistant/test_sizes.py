import pytest

from assistant.understanding.sizes import sizes_in


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("Size L, if you have it", ("l",)),
        ("she takes a 38", ("38",)),
        ("I'm a size M.", ("m",)),
        ("size 38 or 39", ("38", "39")),
        ("sneakers in 42", ("42",)),
        ("XL please", ("xl",)),
        ("sz 39, less than 125", ("39",)),
        ("make it XL, XXL is too baggy", ("xl",)),
    ],
)
def test_sizes_are_read_as_people_write_them(text, sizes):
    assert sizes_in(text, None)[0] == sizes


@pytest.mark.parametrize("text", ["a 50 euro dress", "I'm a man", "in 45 minutes", "under 40"])
def test_other_numbers_and_letters_are_no_sizes(text):
    assert sizes_in(text, None)[0] == ()


def test_british_and_american_shoe_sizes_become_european_ones_and_it_is_said():
    assert sizes_in("uk 8 brogues", "men") == (("42",), ("I take UK 8 as EU 42.",))
    assert sizes_in("us 7 heels", "women")[0] == ("38",)

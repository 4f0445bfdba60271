import pytest

from assistant.understanding.narrowing import narrower, preferred, shared
from assistant.understanding.rules import understand


@pytest.mark.parametrize(
    ("text", "base", "wanted", "never"),
    [
        ("only round ones", "sunglasses", ["round sunglasses"], []),
        ("cat eye if you have them", "sunglasses", ["cat-eye sunglasses"], []),
        ("not skinny", "jeans", [], ["skinny jeans"]),
        ("something cheaper", "jeans", [], []),
    ],
)
def test_types_are_known_without_their_noun(text, base, wanted, never):
    assert narrower(text, [base]) == (wanted, never)


def test_a_type_that_stands_apart_from_its_garment_narrows_it():
    assert preferred("sunglasses, cat eye only", "sunglasses") == ["cat-eye sunglasses"]
    assert understand("sunglasses, cat eye only").filters.kinds == ("cat-eye sunglasses",)
    assert understand("earrings, hoops").filters.kinds == ("hoop earrings",)


def test_types_may_share_a_noun():
    assert shared("midi or maxi skirts", "maxi skirts", "maxi skirts") == ["midi skirts"]
    assert shared("dress and shoes", "shoes", "shoes") == []  # which are no dress shoes
    assert set(understand("do you have midi or maxi skirts?").filters.kinds) == {"midi skirts", "maxi skirts"}

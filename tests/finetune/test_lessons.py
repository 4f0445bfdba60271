"""What vectors are made to tell while a matcher is trained: categories and prices, and nothing where none is known."""

import math

import pytest
import torch

from finetune.lessons import Lessons, standardised
from finetune.tasks import Piece

SIZE = 8


def test_prices_stand_against_those_of_their_slot():
    pieces = [Piece(str(number), "x", slot, None, price) for number, (slot, price) in enumerate(
        [("shoes", 10.0), ("bags", 1000.0), ("shoes", 1000.0), ("shoes", None), ("bags", 1000.0)]
    )]  # fmt: skip
    assert list(standardised(pieces)) == [-1.0, 0.0, 1.0, None, 0.0]
    assert list(standardised([Piece("1", "x")])) == [None]


def test_each_caption_has_one_category_and_one_price_and_what_nobody_says_stays_open():
    lessons = Lessons(SIZE, ["boots", "pumps"], 1.0, 1.0)
    told = [("anouk", "pumps", 1.5), ("thing", None, None), ("anouk", None, None), ("chair", "chairs", 0.5)]
    read = lessons.read(["anouk", "chair", "thing"], told)
    assert read["categories"].tolist() == [1, -1, -1]
    assert read["prices"].tolist() == pytest.approx([1.5, 0.5, math.nan], nan_ok=True)


def test_what_is_not_known_teaches_nothing():
    lessons, vectors = Lessons(SIZE, ["boots", "pumps"], 1.0, 1.0), torch.randn(3, SIZE, requires_grad=True)
    nothing = lessons.read(["a", "b", "c"], [])
    assert lessons(vectors, **nothing).item() == 0
    lessons(vectors, **lessons.read(["a", "b", "c"], [("b", "boots", None), ("b", None, -0.5)])).backward()
    assert vectors.grad is not None
    assert vectors.grad[1].any() and not vectors.grad[[0, 2]].any()


@pytest.mark.parametrize(("category", "price"), [(1.0, 0.0), (0.0, 1.0)])
def test_each_lesson_is_learned_by_itself(category: float, price: float):
    torch.manual_seed(0)
    lessons, vectors = Lessons(SIZE, ["boots", "pumps"], category, price), torch.nn.Parameter(torch.randn(4, SIZE))
    told = lessons.read(list("abcd"), [("a", "boots", -1.0), ("b", "pumps", 1.0), ("c", "boots", 1.0), ("d", "pumps", -1.0)])
    learning = torch.optim.Adam([vectors, *lessons.parameters()], lr=0.05)
    first = None
    for _ in range(100):
        loss = lessons(vectors, **told)
        first = first or loss.item()
        learning.zero_grad()
        loss.backward()
        learning.step()
    assert loss.item() < 0.1 * first

"""The set encoder: where it starts, and what it does not care for."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from retrieval.set_encoder import ROWS, WIDTH, SetEncoder, load_sets, save_sets
from retrieval.weights import write_weights

SLOTS = ("tops", "bottoms", "shoes")
SIZE = 12


def encoder(**given: object) -> SetEncoder:
    torch.manual_seed(0)
    return SetEncoder(SLOTS, torch.full((SIZE,), 0.1), **given).eval()  # type: ignore[arg-type]


def moved(**given: object) -> SetEncoder:
    """One that is no longer the identity."""
    made = encoder(**given)
    with torch.no_grad():
        for weight in made.parameters():
            weight += 0.1 * torch.randn(weight.shape)
    return made


def vectors(*shape: int) -> Tensor:
    return functional.normalize(torch.randn(*shape, SIZE, generator=torch.Generator().manual_seed(1)), dim=-1)


def query(sets: SetEncoder, pieces: Tensor, slots: Tensor, wanted: int = 2) -> Tensor:
    return sets.queries(pieces[None], slots[None], torch.ones(1, len(pieces), dtype=torch.bool), torch.tensor([wanted]))[0]


def test_untrained_a_query_is_about_the_mean_of_what_is_worn():
    sets, pieces = encoder(), vectors(3)
    mean = functional.normalize(functional.normalize(pieces - sets.centre, dim=-1).mean(0), dim=-1)
    assert query(sets, pieces, torch.tensor([0, 1, 2])) @ mean > 0.9


def test_an_outfit_is_a_set():
    sets, pieces, slots = moved(), vectors(3), torch.tensor([0, 1, 2])
    turned = torch.tensor([2, 0, 1])
    assert torch.allclose(query(sets, pieces, slots), query(sets, pieces[turned], slots[turned]), atol=1e-6)


def test_what_is_not_worn_does_not_count():
    sets, pieces, slots = moved(), vectors(2, 4), torch.tensor([[0, 1, 0, 0], [1, 2, 2, 0]])
    worn = torch.tensor([[True, True, False, False], [True, True, True, True]])
    found = sets.queries(pieces, slots, worn, torch.tensor([2, 0]))
    assert torch.allclose(found[0], query(sets, pieces[0, :2], slots[0, :2]), atol=1e-6)
    assert torch.allclose(found[1], query(sets, pieces[1], slots[1], wanted=0), atol=1e-6)


def test_many_outfits_of_all_sizes_are_answered_as_each_alone():
    sets, pieces = moved(), vectors(3 * ROWS, 5)
    slots, wanted = torch.arange(15 * ROWS).reshape(-1, 5) % 3, torch.arange(3 * ROWS) % 4
    worn = torch.rand(3 * ROWS, 5, generator=torch.Generator().manual_seed(2)) < 0.4
    worn[:, 2] = True
    found = sets.queries(pieces, slots, worn, wanted)
    alone = [query(sets, pieces[row][worn[row]], slots[row][worn[row]], int(wanted[row])) for row in range(3 * ROWS)]
    assert torch.allclose(found, torch.stack(alone), atol=1e-5)


@pytest.mark.parametrize("change", ["slots", "wanted"])
def test_slots_count(change: str):
    sets, pieces, slots = moved(), vectors(3), torch.tensor([0, 1, 2])
    other = query(sets, pieces, slots.flip(0)) if change == "slots" else query(sets, pieces, slots, wanted=1)
    assert not torch.allclose(query(sets, pieces, slots), other, atol=1e-3)


def test_items_stay_as_they_are_where_they_are_not_mapped():
    sets, found = moved(maps_items=False), vectors(2)
    expected = functional.normalize(found - sets.centre, dim=-1)
    assert torch.allclose(sets.items(found, torch.tensor([0, 1])), expected, atol=1e-6)
    assert not torch.allclose(moved().items(found, torch.tensor([0, 1])), expected, atol=1e-3)


@pytest.mark.parametrize("given", [{"width": 20, "maps_items": False}, {}])
def test_what_is_kept_in_half_precision_is_loaded_as_it_was_built(tmp_path, given):
    sets, pieces, slots = moved(**given), vectors(3), torch.tensor([0, 1, 2])
    save_sets(sets, tmp_path / "sets.safetensors")
    loaded = load_sets(tmp_path / "sets.safetensors").eval()
    assert (loaded.slots, loaded.width, loaded.maps_items) == (sets.slots, sets.width, sets.maps_items)
    assert query(loaded, pieces, slots) @ query(sets, pieces, slots) > 0.999


def test_a_file_that_tells_no_width_has_the_first_ones(tmp_path):
    sets = moved()
    write_weights(sets, tmp_path / "sets.safetensors", slots=sets.slots, maps_items=True)
    assert load_sets(tmp_path / "sets.safetensors").width == WIDTH


def test_a_slot_that_it_does_not_know_is_one_of_its_own():
    assert encoder().places(["shoes", None, "hats", "tops"]).tolist() == [2, 3, 3, 0]

"""The road of a shop's engineer: a catalogue, a mapping, a shop, a search, a question in it."""

import json
from pathlib import Path

import pytest

from assistant.agent import Assistant
from assistant.photos import Photo
from assistant.settings import Settings
from retrieval.__main__ import main

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "catalog" / "sample"


@pytest.fixture
def shop(tmp_path, capsys):
    (tmp_path / "shop.csv").write_text(
        "sku;name;cost;photo\n"
        f"a1;black ankle boots;89,90 €;{SAMPLE}/images/black-leather-ankle-boots-women.webp\n"
        f"a2;white sneakers;49,90 €;{SAMPLE}/images/white-leather-sneakers-women.webp\n"
        "a3;red dress;59,90 €;\n"
        "a4;spaceship;1 €;\n"
    )
    (tmp_path / "mapping.yaml").write_text(
        "columns: {id: sku, title: name, price: cost, image: photo}\nconstants: {gender: women}\n"
    )
    arguments = [
        str(tmp_path / "shop.csv"),
        "--mapping",
        str(tmp_path / "mapping.yaml"),
        "--into",
        str(tmp_path / "shop"),
        "--json",
    ]
    assert main(["build", *arguments]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["items"], made["rejected"]) == (3, 1)
    return tmp_path / "shop"


def test_a_catalogue_becomes_a_shop_that_answers(shop, tmp_path, capsys):
    assert main(["search", "boots", "--shop", str(shop), "--slot", "shoes", "--max-price", "60", "--json"]) == 0
    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == ["a2"]
    assistant = Assistant.open(Settings(shop=str(shop), data=tmp_path))
    photo = Photo("coat.webp", SAMPLE / "images" / "black-wool-coat-women.webp")
    answer = assistant.ask("what shoes go with this coat?", [photo])
    assert {item["id"] for item in answer.items} == {"a1", "a2"}
    assert all(item["currency"] == "EUR" and 0 < item["score"] < 1 for item in answer.items)


def test_a_missing_column_is_named_with_those_that_there_are(tmp_path, capsys):
    (tmp_path / "shop.csv").write_text("sku,name\n1,red dress\n")
    assert main(["build", str(tmp_path / "shop.csv"), "--into", str(tmp_path / "shop")]) == 2
    error = capsys.readouterr().err
    assert "no column 'id'" in error
    assert "name, sku" in error


def test_filters_that_cannot_be_are_one_sentence(shop, capsys):
    assert main(["search", "boots", "--shop", str(shop), "--min-price", "90", "--max-price", "10"]) == 2
    assert "above the highest" in capsys.readouterr().err


def rows(path: Path, *lines: str) -> str:
    path.write_text("\n".join(["id,title,price,stock", *lines, ""]))
    return str(path)


def test_an_update_takes_up_prices_stock_and_new_items_and_embeds_only_what_is_new(shop, tmp_path, capsys):
    new = rows(tmp_path / "new.csv", "a3,red dress,49.90,2", "a5,green clogs,20,1", "a4,red dress,cheap,1")
    assert main(["update", new, "--shop", str(shop), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["items"], made["added"], made["changed"], made["removed"], made["embedded"]) == (4, 1, 1, 0, 1)
    assert main(["update", new, "--shop", str(shop), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["added"], made["changed"], made["unchanged"], made["embedded"]) == (0, 0, 2, 0)
    assert main(["search", "dress", "--shop", str(shop), "--slot", "all-body", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["price"] == 49.90


def test_an_update_may_remove_what_is_missing_but_not_what_was_rejected(shop, tmp_path, capsys):
    new = rows(tmp_path / "new.csv", "a1,black ankle boots,89.90,1", "a2,white sneakers,dear,1")
    assert main(["update", new, "--shop", str(shop), "--remove-missing", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["items"], made["removed"]) == (2, 1)  # a3 is gone; a2's row could not be read


def test_whose_rejected_row_has_another_way_to_write_its_id_stays(shop, tmp_path, capsys):
    new = rows(tmp_path / "new.csv", " a1 ,black ankle boots,minus -3,1", "a2,white sneakers,10,1")
    assert main(["update", new, "--shop", str(shop), "--remove-missing", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["removed"] == 1  # a3


def test_a_rejected_row_that_nobody_knows_whose_it_is_forbids_to_remove(shop, tmp_path, capsys):
    new = rows(tmp_path / "new.csv", "a1,black ankle boots,10,1,extra", "a2,white sneakers,10,1")
    assert main(["update", new, "--shop", str(shop), "--remove-missing"]) == 2
    assert "1 rejected rows have no id that can be read (line 2)" in capsys.readouterr().err
    assert main(["update", new, "--shop", str(shop)]) == 0


def test_items_are_deleted_by_id_and_unknown_ones_are_said(shop, capsys):
    assert main(["delete", "a1", "nobody", "--shop", str(shop)]) == 0
    said = capsys.readouterr()
    assert said.out == f"{shop}: 1 items removed, 2 left\n"
    assert "nobody: not in the shop" in said.err


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [
        (["--slot", "shoes", "--max-price", "20"], "With --max-price 49.9 there is something."),
        (["--slot", "shoes", "--colour", "pink"], "Without --colour there are 2, most often "),
        (["--slot", "hats"], "The shop has no hats in stock."),
        (["--colour", "pink", "--max-price", "1"], "lifting one of them would not help"),
    ],
)
def test_where_nothing_is_left_the_filter_to_relax_is_named(shop, capsys, filters, sentence):
    assert main(["search", "boots", "--shop", str(shop), *filters]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err


@pytest.mark.parametrize("verb", ["update", "delete", "search"])
def test_without_a_shop_each_verb_says_how_to_build_one(tmp_path, capsys, verb):
    assert main([verb, "x.csv", "--shop", str(tmp_path / "none")]) == 2
    assert "Build one: python -m retrieval build CATALOGUE --into" in capsys.readouterr().err


@pytest.mark.data
def test_a_real_catalogue_with_pictures_is_read_by_the_example_s_mapping(shared):
    from catalog.items import read_catalogue, read_mapping

    catalogue = read_catalogue(
        shared / "data" / "mango" / "products.csv", read_mapping(ROOT / "examples" / "mango-mapping.yaml")
    )
    assert (len(catalogue.items), len(catalogue.rejects)) == (4500, 342)
    assert all(item.image.is_file() for item in catalogue.items)

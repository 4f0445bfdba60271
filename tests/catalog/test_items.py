"""Reading a shop's catalogue: good rows become items, each bad row is named with its line and the reason."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from catalog.items import Catalogue, CatalogueError, Item, Mapping, currency_code, parse_price, read_catalogue, read_mapping


@pytest.fixture
def write(tmp_path):
    """Puts a catalogue into a file and gives its path."""

    def put(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return put


def jsonl(*rows: dict) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def rejected(catalogue: Catalogue) -> list[tuple[int, str | None, str]]:
    return [(reject.line, reject.id, reject.reason) for reject in catalogue.rejects]


# Prices


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("12,90 €", 12.9, "EUR"),
        ("€12.90", 12.9, "EUR"),
        ("1.299,00 EUR", 1299.0, "EUR"),
        ("1,299.00", 1299.0, None),
        ("$ 5", 5.0, "USD"),
        ("£19.99", 19.99, "GBP"),
        ("12.-", 12.0, None),
        ("0", 0.0, None),
        ("free", 0.0, None),
    ],
)
def test_a_price_is_read_as_shops_write_it(text, amount, currency):
    assert parse_price(text) == (amount, currency)


@pytest.mark.parametrize("text", ["abc", "NaN", "inf", "ask us"])
def test_a_price_without_an_amount_is_refused(text):
    with pytest.raises(ValueError, match=f"price '{text}' is not an amount"):
        parse_price(text)


@pytest.mark.parametrize("text", ["-3", "€ -3", "-€3", "−5 €", " - 5"])
def test_a_negative_price_is_refused_wherever_its_minus_stands(text):
    with pytest.raises(ValueError, match="is negative"):
        parse_price(text)


def test_a_currency_has_its_iso_code():
    assert [currency_code(sign) for sign in ("€", "euros", "$", " gbp ", "chf")] == ["EUR", "EUR", "USD", "GBP", "CHF"]


# CSV


def test_a_price_with_comma_and_euro_sign_is_read(write):
    catalogue = read_catalogue(write("shop.csv", 'id,title,price\n1,red shoes,"12,90 €"\n'))
    assert (catalogue.items[0].price, catalogue.items[0].currency) == (12.9, "EUR")


def test_a_stated_currency_goes_before_the_sign_in_the_price(write):
    catalogue = read_catalogue(write("shop.csv", "id,title,price,currency\n1,red shoes,$5,cad\n"))
    assert catalogue.items[0].currency == "CAD"


def test_bad_prices_reject_their_rows_and_keep_the_others(write):
    catalogue = read_catalogue(write("shop.csv", "id,title,price\n1,coat,abc\n2,coat,-3\n3,coat,5\n"))
    assert [item.id for item in catalogue.items] == ["3"]
    assert rejected(catalogue) == [(2, "1", "price 'abc' is not an amount"), (3, "2", "price '-3' is negative")]


def test_a_duplicate_id_is_rejected_with_the_line_it_was_first_seen_on(write):
    catalogue = read_catalogue(write("shop.csv", "id,title\n7,coat\n8,boots\n7,dress\n"))
    assert [item.title for item in catalogue.items] == ["coat", "boots"]
    assert rejected(catalogue) == [(4, "7", "duplicate id '7', first seen on line 2")]


def test_ids_that_differ_only_in_space_around_them_are_duplicates(write):
    catalogue = read_catalogue(write("shop.jsonl", jsonl({"id": "7", "title": "coat"}, {"id": " 7 ", "title": " boots "})))
    assert rejected(catalogue) == [(2, "7", "duplicate id '7', first seen on line 1")]


def test_a_missing_column_is_named_with_what_there_is_and_what_to_write(write):
    with pytest.raises(CatalogueError, match=r"has no column 'title'\. It has: id, name\. .*`columns: \{title: YOUR_COLUMN\}`"):
        read_catalogue(write("shop.csv", "id,name\n1,coat\n"))


def test_a_missing_column_is_noticed_also_if_the_first_row_is_bad(write):
    with pytest.raises(CatalogueError, match="has no column 'title'"):
        read_catalogue(write("shop.csv", "id,name\n1,coat,too,many\n2,coat\n"))


def test_a_byte_order_mark_semicolons_spaces_and_blank_lines_do_no_harm(write):
    text = "\ufeff\r\nid; title ;colours\r\n1;coat;navy\r\n\r\n;;\r\n2;boots;black\r\n"
    catalogue = read_catalogue(write("shop.csv", text), strict=True)
    assert [(item.id, item.title, item.colours) for item in catalogue.items] == [
        ("1", "coat", ("navy",)),
        ("2", "boots", ("black",)),
    ]


def test_tabs_part_columns_too(write):
    assert read_catalogue(write("shop.csv", "id\ttitle\n1\tcoat, navy\n")).items[0].title == "coat, navy"


def test_the_suffix_may_be_in_capitals(write):
    assert read_catalogue(write("SHOP.CSV", "id,title\n1,coat\n")).items[0].id == "1"


def test_more_cells_than_columns_reject_the_row_and_fewer_are_empty_cells(write):
    catalogue = read_catalogue(write("shop.csv", "id,title,brand\n1,coat,Acme,5\n2,boots\n"))
    assert rejected(catalogue) == [(2, None, "more cells than columns: 4, not 3")]
    assert catalogue.items[0].brand is None


def test_two_columns_of_one_name_are_refused(write):
    with pytest.raises(CatalogueError, match=r"two columns named 'price'; rename or remove one"):
        read_catalogue(write("shop.csv", "id,title,price,price\n1,coat,3,4\n"))


def test_lines_are_counted_right_after_a_quoted_newline(write):
    text = 'id,title,price\n1,"a long\nwarm\ncoat",5\n2,"green\nboots",x\n\n3,gift card,5\n'
    catalogue = read_catalogue(write("shop.csv", text))
    assert catalogue.items[0].title == "a long\nwarm\ncoat"
    assert [(reject.line, reject.id) for reject in catalogue.rejects] == [(5, "2"), (8, "3")]


def test_a_huge_field_rejects_its_row_alone(write):
    text = f"id,title\n1,coat\n2,{'x' * 200_000}\n3,boots\n"
    catalogue = read_catalogue(write("shop.csv", text))
    assert [item.id for item in catalogue.items] == ["1", "3"]
    assert rejected(catalogue) == [(3, None, "not a CSV row: field larger than field limit (131072)")]


def test_a_quote_that_never_closes_says_which_lines_are_lost(write):
    catalogue = read_catalogue(write("shop.csv", 'id,title\n1,coat\n2,"boots\n3,dress\n4,hat\n'))
    assert [item.id for item in catalogue.items] == ["1"]
    assert rejected(catalogue) == [(3, None, "not a CSV row: unexpected end of data, lines 3 to 5 are lost")]


def test_a_latin_1_file_is_refused_with_the_line_of_the_first_bad_letter(write):
    lines = [b"id,title", *(b"%d,coat" % number for number in range(20_000)), "99999,café coat".encode("latin-1")]
    with pytest.raises(CatalogueError, match=r"shop\.csv is not UTF-8 text \(line 20002\); save it as UTF-8\."):
        read_catalogue(write("shop.csv", b"\n".join(lines)))


@pytest.mark.parametrize("content", ["", "id,title\n", "\n\n"])
def test_a_catalogue_without_rows_is_refused(write, content):
    with pytest.raises(CatalogueError, match=r"holds no usable item\. It has no rows\."):
        read_catalogue(write("shop.csv", content))


def test_a_catalogue_without_a_good_row_is_refused_with_the_first_reason(write):
    with pytest.raises(CatalogueError, match=r"no usable item\. The first reason, on line 2: no slot is given, and the title"):
        read_catalogue(write("shop.csv", "id,title\n1,gift card\n2,voucher\n"))


def test_strict_refuses_the_whole_catalogue_with_line_and_reason(write):
    path = write("shop.csv", "id,title\n1,coat\n2,gift card\n3,\n")
    assert len(read_catalogue(path).rejects) == 2
    with pytest.raises(CatalogueError, match=r"shop\.csv, line 3: no slot is given.*\(2 such rows; --strict accepts none\)"):
        read_catalogue(path, strict=True)


@pytest.mark.parametrize("name", ["shop.xlsx", "shop", "shop.json"])
def test_another_kind_of_file_is_refused_with_those_that_are_read(write, name):
    with pytest.raises(CatalogueError, match=r"is not a catalogue: give a \.csv, \.jsonl or \.parquet file"):
        read_catalogue(write(name, "id,title\n1,coat\n"))


def test_a_missing_file_and_a_folder_are_refused_with_the_systems_reason(tmp_path):
    with pytest.raises(CatalogueError, match=r"gone\.csv cannot be read: No such file or directory\."):
        read_catalogue(tmp_path / "gone.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(CatalogueError, match=r"folder\.csv cannot be read: Is a directory\."):
        read_catalogue(tmp_path / "folder.csv")


# JSON Lines


@pytest.mark.parametrize("bad", ["{bad", "[1]", "5", "[" * 100_000, '{"id": ' + "1" * 5000 + "}", '{"id": "\ud800"}'])
def test_a_bad_json_line_is_rejected_and_the_rest_is_read(write, bad):
    text = f'{{"id": 1, "title": "coat"}}\n\n{bad}\n{{"id": 2, "title": "boots"}}'
    catalogue = read_catalogue(
        write(
            "shop.jsonl",
            text.encode("utf-8", "surrogatepass") if "\ud800" not in text else text.replace("\ud800", "\\ud800").encode(),
        )
    )
    assert [item.id for item in catalogue.items] == ["1", "2"]
    assert [reject.line for reject in catalogue.rejects] == [3]


def test_numbers_as_ids_and_sizes_become_text_without_losing_a_digit(write):
    rows = [{"id": number, "title": "coat", "sizes": [38, 38.5, 40.0]} for number in (7, 12345678.0, 12345679.0, 10**18)]
    catalogue = read_catalogue(write("shop.jsonl", jsonl(*rows)), strict=True)
    assert [item.id for item in catalogue.items] == ["7", "12345678", "12345679", "1" + "0" * 18]
    assert catalogue.items[0].sizes == ("38", "38.5", "40")


def test_lists_may_be_lists_or_text_or_a_single_value(write):
    row = {"title": "coat"}
    rows = [
        row | {"id": 1, "sizes": "S|M", "colours": "navy|white"},
        row | {"id": 2, "sizes": "36,5; 37", "colours": ["navy", None, "white"]},
        row | {"id": 3, "sizes": "S, M", "colours": "navy and white"},
        row | {"id": 4, "sizes": 38, "colours": "navy/white"},
    ]
    items = read_catalogue(write("shop.jsonl", jsonl(*rows)), strict=True).items
    assert [item.sizes for item in items] == [("S", "M"), ("36,5", "37"), ("S", "M"), ("38",)]
    assert {item.colours for item in items} == {("navy", "white")}


def test_null_nan_and_blank_text_are_what_is_not_stated(write):
    rows = [{"id": 1, "title": "coat", "price": float("nan"), "brand": None, "stock": "", "image": float("nan"), "sizes": " "}]
    item = read_catalogue(write("shop.jsonl", jsonl(*rows)), strict=True).items[0]
    assert (item.price, item.brand, item.stock, item.image, item.sizes) == (None, None, None, None, ())


def test_yes_and_no_are_a_stock_but_neither_a_price_nor_an_id(write):
    rows = [
        {"id": 1, "title": "coat", "stock": True},
        {"id": 2, "title": "coat", "stock": False},
        {"id": 3, "title": "coat", "price": True},
        {"id": True, "title": "coat"},
    ]
    catalogue = read_catalogue(write("shop.jsonl", jsonl(*rows)))
    assert [item.stock for item in catalogue.items] == [1, 0]
    assert [reject.reason for reject in catalogue.rejects] == [
        "price True is not an amount",
        "id: Input should be a valid string (got 'True')",
    ]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"title": None}, "no title"),
        ({"title": "  "}, "no title"),
        ({"id": None}, "no id"),
        ({"title": ["coat"]}, "title: Input should be a valid string"),
        ({"slot": "furniture"}, "slot 'furniture' is not one of tops, bottoms,"),
        ({"stock": -1}, "stock: Input should be greater than or equal to 0 (got '-1')"),
        ({"stock": "plenty"}, "stock: Input should be a valid integer"),
        ({"price": 1e999}, "price: Input should be a finite number (got 'inf')"),
        ({"price": [1]}, "price: Input should be a valid number"),
        ({"id": "x" * 201}, "id: String should have at most 200 characters"),
        ({"url": 5}, "url: Input should be a valid string"),
    ],
)
def test_a_bad_field_is_rejected_with_a_readable_reason(write, fields, reason):
    rows = [{"id": 1, "title": "coat"}, {"id": 2, "title": "boots"} | fields]
    catalogue = read_catalogue(write("shop.jsonl", jsonl(*rows)))
    assert len(catalogue.items) == 1
    assert catalogue.rejects[0].line == 2
    assert catalogue.rejects[0].reason.startswith(reason)


def test_one_json_line_without_an_id_does_not_stop_the_rest_and_no_line_with_one_does(write):
    good = {"id": 1, "title": "coat"}
    catalogue = read_catalogue(write("shop.jsonl", jsonl({"title": "boots"}, good)))
    assert rejected(catalogue) == [(1, None, "no id")]
    with pytest.raises(CatalogueError, match=r"has no column 'id'\. It has: title\."):
        read_catalogue(write("shop.jsonl", jsonl({"title": "boots"}, {"title": "coat"})))


def test_the_summary_counts_reasons_without_their_values(write):
    text = "id,title\n1,coat\n2,hat\n1,coat\n2,hat\n3,voucher\n"
    assert (
        read_catalogue(write("shop.csv", text))
        .summary()
        .endswith(
            "2 items read from " + str(write("shop.csv", text)) + ", 3 rows rejected (2× duplicate id …, first seen on line …; "
            "1× no slot is given, and the title names no garment that the vocabulary knows)"
        )
    )


# Parquet


def test_parquet_is_read_with_its_lists_gaps_and_decimals(tmp_path):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    from decimal import Decimal

    table = arrow.table(
        {
            "id": [101.0, 102.0, None],  # what pandas makes of whole numbers with a gap
            "title": ["coat", "boots", "hat"],
            "sizes": [["S", "M"], None, []],
            "price": [Decimal("12.90"), None, Decimal("5")],
            "image": arrow.array([None, float("nan"), None], arrow.float64()),
            "stock": [True, False, None],
        }
    )
    parquet.write_table(table, tmp_path / "shop.parquet")
    catalogue = read_catalogue(tmp_path / "shop.parquet")
    coat, boots = catalogue.items
    assert (coat.id, coat.sizes, coat.price, coat.stock, coat.image) == ("101", ("S", "M"), 12.9, 1, None)
    assert (boots.id, boots.sizes, boots.price, boots.stock, boots.image) == ("102", (), None, 0, None)
    assert rejected(catalogue) == [(3, None, "no id")]


@pytest.mark.parametrize("content", [b"", b"junk", b"PAR1" + bytes(100) + b"PAR1"])
def test_what_is_no_parquet_is_refused(write, content):
    pytest.importorskip("pyarrow")
    with pytest.raises(CatalogueError, match=r"shop\.parquet (is not a Parquet file|cannot be read): .+"):
        read_catalogue(write("shop.parquet", content))


# Mappings


def test_columns_constants_and_templates_make_an_item(write):
    mapping = Mapping(
        columns={"id": "sku", "price": "amount"},
        constants={"gender": "women", "currency": "EUR"},
        templates={"title": "{brand} {name} in {colour}"},
    )
    item = read_catalogue(write("shop.csv", "sku,brand,name,colour,amount\n5,Acme,ankle boots,,9\n"), mapping).items[0]
    assert (item.id, item.title, item.price, item.gender, item.currency) == ("5", "Acme ankle boots in", 9.0, "women", "EUR")
    assert (item.slot, item.kind, item.brand) == ("shoes", "ankle boots", "Acme")


@pytest.mark.parametrize("name", ["shop.csv", "shop.jsonl"])
@pytest.mark.parametrize("mapping", [{"columns": {"brand": "maker"}}, {"templates": {"title": "{name} {maker}"}}])
def test_a_mapping_that_reads_a_missing_column_is_refused(write, name, mapping):
    content = "id,title,name\n1,coat,x\n" if name.endswith("csv") else jsonl({"id": 1, "title": "coat", "name": "x"})
    with pytest.raises(CatalogueError, match=r"has no column 'maker', which the mapping reads\. It has: id, name, title\."):
        read_catalogue(write(name, content), Mapping(**mapping))


def test_a_column_that_only_some_json_lines_have_is_empty_in_the_others(write):
    rows = [{"id": 1, "name": "coat"}, {"id": 2, "name": "coat", "cut": "long"}]
    catalogue = read_catalogue(write("shop.jsonl", jsonl(*rows)), Mapping(templates={"title": "{cut} {name}"}), strict=True)
    assert [item.title for item in catalogue.items] == ["coat", "long coat"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("columns: {pricee: amount}", r"is not valid: 'pricee' is not a field of an item \(did you mean 'price'\?\)\."),
        ("colums: {price: amount}", r"is not valid: colums: Extra inputs are not permitted"),
        ("- a\n- b\n", r"is not valid: it must hold `columns`, `constants` or `templates`\."),
        ("columns: {a: [x", r"is not valid: line 1: expected ',' or '\]'"),
        ("templates: {title: '{name'}", r"is not valid: the template '\{name' cannot be read: expected '\}'"),
        ("templates: {title: '{} {name}'}", r"needs plain column names between its braces"),
        ("templates: {title: '{name.__class__}'}", r"needs plain column names between its braces"),
    ],
)
def test_a_bad_mapping_is_refused_with_a_sentence(write, text, sentence):
    with pytest.raises(CatalogueError, match=sentence) as caught:
        read_mapping(write("mapping.yaml", text))
    assert "\n" not in str(caught.value)


def test_a_mapping_is_read_from_yaml_and_an_empty_file_maps_nothing(write):
    assert read_mapping(write("mapping.yaml", "columns: {id: sku}\n")).columns == {"id": "sku"}
    assert read_mapping(write("empty.yaml", "")) == Mapping()
    with pytest.raises(CatalogueError, match=r"cannot be read: No such file or directory\."):
        read_mapping(Path("gone.yaml"))


# Items


def test_pictures_are_found_relative_to_the_catalogue_and_absolute_ones_stay(write, tmp_path):
    items = read_catalogue(write("shop.csv", "id,title,image\n1,coat,pictures/1.jpg\n2,coat,/elsewhere/2.jpg\n3,coat,\n")).items
    assert [item.image for item in items] == [tmp_path / "pictures/1.jpg", Path("/elsewhere/2.jpg"), None]


@pytest.mark.parametrize(
    ("fields", "slot", "kind"),
    [
        ({"title": "red trainers"}, "shoes", "sneakers"),
        ({"title": "Milano", "kind": "Chelsea Boots"}, "shoes", "chelsea boots"),
        ({"title": "Milano", "slot": "Boots"}, "shoes", "boots"),
        ({"title": "Milano", "slot": "footwear"}, "shoes", "shoes"),
        ({"title": "Milano", "caption": "a navy coat"}, "outerwear", "coats"),
        ({"title": "dress", "slot": "shoes"}, "shoes", "shoes"),
        ({"title": "dress in navy", "kind": "octarine"}, "all-body", "dresses"),
    ],
)
def test_slot_and_kind_are_read_from_the_words_where_they_are_not_stated(fields, slot, kind):
    item = Item.model_validate({"id": "1"} | fields)
    assert (item.slot, item.kind) == (slot, kind)


@pytest.mark.parametrize(
    ("gender", "read"),
    [
        ("Ladies", "women"),
        ("Men's", "men"),
        ("women, men", "unisex"),
        (["men", "women"], "unisex"),
        ("unisex", "unisex"),
        ("?", None),
    ],
)
def test_gender_is_read_as_people_write_it_and_both_are_unisex(gender, read):
    assert Item.model_validate({"id": "1", "title": "coat", "gender": gender}).gender == read


def test_synonyms_become_the_vocabularys_names_once_each():
    item = Item.model_validate(
        {
            "id": "1",
            "title": "coat",
            "colours": "Gray, grey",
            "seasons": ["fall"],
            "pattern": "polka dots",
            "material": "merino",
        }
    )
    assert (item.colours, item.seasons, item.pattern, item.material) == (("grey",), ("autumn",), "dotted", "wool")


def test_an_item_survives_json(sample_items):
    for item in sample_items:
        assert Item.model_validate_json(item.model_dump_json(exclude_defaults=True)) == item


def test_an_item_cannot_be_changed_and_knows_no_other_fields():
    item = Item(id="1", title="coat", slot="outerwear")
    with pytest.raises(ValidationError):
        item.title = "boots"
    with pytest.raises(ValidationError, match="Extra inputs"):
        Item.model_validate({"id": "1", "title": "coat", "colour": "red"})


def test_a_picture_on_the_web_is_kept_as_its_address_and_not_taken_for_a_file(tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text("id,title,image\n1,red dress,https://shop.example/1.jpg\n2,blue dress,2.jpg\n")
    first, second = read_catalogue(path).items
    assert (first.image, first.image_url) == (None, "https://shop.example/1.jpg")
    assert (second.image, second.image_url) == (tmp_path / "2.jpg", None)

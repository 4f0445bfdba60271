import pytest
from langchain_core.messages import AIMessage

from assistant.endpoint.repairs import calls_in, mended, opens_a_call
from assistant.floor.tools import make_tools

TOOLS = make_tools(None)  # none is called here


def made(name, args, **more):
    if isinstance(args, str):
        broken = {"name": name, "args": args, "id": "1", "error": None, "type": "invalid_tool_call"}
        return mended(AIMessage("", invalid_tool_calls=[broken]), TOOLS)
    return mended(AIMessage("", tool_calls=[{"name": name, "args": args, "id": "1"} | more]), TOOLS)


def only(result):
    assert not result.broken
    (call,) = result.calls
    return call["name"], call["args"]


def test_a_right_call_is_left_as_it_is():
    args = {"items": ["navy wool coat"], "slot": "shoes", "filters": {"max_price": 80.0, "colours": ["navy"]}, "count": 3}
    result = made("find_complements", args)
    assert only(result) == ("find_complements", args)
    assert result.calls[0]["id"] == "1"
    assert result.repairs == 0


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"slot": "trousers"}, {"slot": "bottoms", "words": "trousers"}),
        ({"slot": "Shoes"}, {"slot": "shoes"}),
        ({"slot": "jewelry"}, {"slot": "jewellery"}),
        ({"slot": ["shoes"]}, {"slot": "shoes"}),
        ({"words": None, "slot": "null"}, {}),
        ({"query": "red dress"}, {"words": "red dress"}),
        ({"count": "7"}, {"count": 7}),
        ({"count": 500}, {"count": 20}),
        ({"filters": {"max_price": "£80"}}, {"filters": {"max_price": 80.0}}),
        ({"filters": '{"max_price": 80}'}, {"filters": {"max_price": 80.0}}),
        ({"max_price": 80}, {"filters": {"max_price": 80.0}}),
        ({"price": "under 80 euros"}, {"filters": {"max_price": 80.0}}),
        ({"filters": {"kinds": "boot"}}, {"filters": {"kinds": ["boots"]}}),
        ({"filters": {"type": "trainers"}}, {"filters": {"kinds": ["sneakers"]}}),
        ({"filters": {"color": "navy blue"}}, {"filters": {"colours": ["navy"]}}),
        ({"filters": {"colors": ["Gray", "black"]}}, {"filters": {"colours": ["grey", "black"]}}),
        ({"filters": {"colurs": ["red"]}}, {"filters": {"colours": ["red"]}}),
        ({"filters": {"gender": "female", "sizes": 38}}, {"filters": {"gender": "women", "sizes": ["38"]}}),
        ({"filters": {"exclude_colors": ["brown"]}}, {"filters": {"exclude_colours": ["brown"]}}),
        ({"words": "dress", "filters": {"colours": ["earthy"]}}, {"words": "dress earthy"}),
        ({"words": "coat", "filters": {"material": "wool"}}, {"words": "coat wool"}),
        ({"slot": "shoes", "filters": {"kinds": ["coats"]}}, {"slot": "shoes"}),
        ({"exclude": "red-dress"}, {"exclude": ["red-dress"]}),
        ({"exclude": [{"id": "red-dress", "title": "A red dress"}]}, {"exclude": ["red-dress"]}),
        ({"arguments": {"words": "red dress"}}, {"words": "red dress"}),
    ],
)
def test_arguments_become_what_the_tool_asks_for(written, meant):
    result = made("search_catalogue", written)
    assert only(result) == ("search_catalogue", meant)
    assert result.repairs == 1


@pytest.mark.parametrize(
    "text",
    [
        '{"words": "red dress", "filters": {"max_price": 80',
        "{'words': 'red dress', 'filters': {'max_price': 80, 'gender': None}}",
        '{"words": "red dress", "filters": {"max_price": 80,},}',
        '"{\\"words\\": \\"red dress\\", \\"filters\\": {\\"max_price\\": 80}}"',
        '```json\n{"words": "red dress", "filters": {"max_price": 80}}\n```',
    ],
)
def test_arguments_that_are_no_json_are_read_all_the_same(text):
    assert only(made("search_catalogue", text)) == (
        "search_catalogue",
        {"words": "red dress", "filters": {"max_price": 80.0}},
    )


@pytest.mark.parametrize(
    "name", ["search", "search_catalog", "functions.search_catalogue", "searchCatalogue", "search-catalogue"]
)
def test_a_name_near_a_tool_s_is_taken_for_it(name):
    assert only(made(name, {"words": "red dress"})) == ("search_catalogue", {"words": "red dress"})


@pytest.mark.parametrize(
    ("name", "args", "said"),
    [
        ("book_a_flight", {"to": "Paris"}, "There is no tool 'book_a_flight'"),
        ("find_complements", {"items": ["coat"], "slot": "spaceships"}, "'spaceships' is no slot"),
        ("find_complements", {"items": ["coat"]}, "slot: Field required"),
        ("search_catalogue", {"words": "x", "filters": {"mood": "happy"}}, "'mood' is no filter"),
        ("search_catalogue", {"words": "x", "filters": {"max_price": "cheap"}}, "'cheap' is no number"),
        ("search_catalogue", {"words": "x", "filters": {"max_price": -5}}, "max_price"),
        ("search_catalogue", {"words": "x", "filters": {"min_price": 50, "max_price": 5}}, "above the highest"),
        ("search_catalogue", "please find me something", "no JSON object"),
        ("search_catalogue", {"wormhole": 3}, "'wormhole' is no argument"),
    ],
)
def test_what_is_not_certain_is_named_in_a_sentence(name, args, said):
    result = made(name, args)
    assert not result.calls
    assert said in result.broken[0]


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>{"name": "search_catalogue", "arguments": {"words": "red dress"}}</tool_call>',
        '<tool_call>\n{"name": "search_catalogue", "arguments": {"words": "red dress"}}',
        '```json\n{"name": "search_catalogue", "arguments": {"words": "red dress"}}\n```',
        '{"name": "search_catalogue", "parameters": {"words": "red dress"}}',
        '[TOOL_CALLS] [{"name": "search_catalogue", "arguments": {"words": "red dress"}}]',
        '<function=search_catalogue>{"words": "red dress"}</function>',
        '{"type": "function", "function": {"name": "search_catalogue", "arguments": "{\\"words\\": \\"red dress\\"}"}}',
        '{"name": "search_catalogue", "arguments": {"words": "red dress"',
    ],
)
def test_a_call_written_into_the_text_is_a_call(text):
    result = mended(AIMessage(text), TOOLS)
    assert only(result) == ("search_catalogue", {"words": "red dress"})
    assert result.text == ""
    assert result.repairs == 1
    assert opens_a_call(text)


def test_what_is_said_beside_a_call_is_kept_apart_from_it():
    called, text = calls_in('Let me look.\n<tool_call>{"name": "search_catalogue", "arguments": {"words": "hats"}}</tool_call>')
    assert [call.name for call in called] == ["search_catalogue"]
    assert text == "Let me look."


@pytest.mark.parametrize("text", ["1. [red-dress] A red dress, 59.90 EUR", "Sizes {38, 40} are there.", "I wear it [often]."])
def test_a_plain_text_is_no_call(text):
    result = mended(AIMessage(text), TOOLS)
    assert (result.calls, result.text, result.broken, result.repairs) == ([], text, [], 0)
    assert not opens_a_call(text)


def test_a_tool_call_that_nobody_can_read_is_told_to_the_model():
    assert "could not be read" in mended(AIMessage("<tool_call>search for red dresses"), TOOLS).broken[0]


def test_calls_without_an_id_get_one_each_and_the_same_call_is_made_once():
    one, other = {"words": "hats"}, {"words": "scarves"}
    calls = [{"name": "search_catalogue", "args": args, "id": None} for args in (one, other, one)]
    result = mended(AIMessage("", tool_calls=calls), TOOLS)
    assert [call["args"] for call in result.calls] == [one, other]
    assert len({call["id"] for call in result.calls} - {None, ""}) == 2

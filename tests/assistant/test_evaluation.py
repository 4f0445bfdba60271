"""Files of cases and what is wrong with them, whole conversations asked, and what is printed of them."""

import argparse
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
import yaml
from langchain_core.messages import HumanMessage, ToolMessage

from assistant.answers import Answer
from assistant.evaluation.audit import Stock
from assistant.evaluation.cases import CasesError, read_cases
from assistant.evaluation.suite import add_arguments, converse, run
from assistant.settings import Settings, SettingsError
from tests.assistant.test_expectations import BAG, BOOTS, PUMPS, answer, shown
from tests.conftest import ROOT


class Scripted:
    """Answers with what it is handed, turn by turn, and remembers who asked; an exception is raised."""

    def __init__(self, *answers, items=(BOOTS, PUMPS, BAG), artifacts=()):
        self.answers, self.asked, self.artifacts, self.messages = list(answers), [], list(artifacts), []
        self.floor = SimpleNamespace(index=SimpleNamespace(items=lambda: list(items)))

    def ask(self, text, photos=(), thread="default", user="me"):
        self.asked.append((text, [photo.name for photo in photos], thread, user))
        given = self.answers.pop(0)
        if isinstance(given, Exception):
            raise given
        results = [{"tool": "search", "items": given["items"], "looks": given.get("looks", [])}, *self.artifacts]
        self.messages += [HumanMessage(text), *(ToolMessage("", artifact=result, tool_call_id="1") for result in results)]
        return Answer.model_validate(given)

    def history(self, thread):
        return self.messages


def written(folder, cases, name="cases.yaml"):
    path = folder / name
    path.write_text(cases if isinstance(cases, str) else yaml.safe_dump(cases), encoding="utf-8")
    return path


def case(*turns, name="cheaper boots", **fields):
    return {"name": name, "turns": list(turns)} | fields


def turn(say="boots", **expect):
    return {"say": say, "expect": expect}


def options(*arguments):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args([str(argument) for argument in arguments])


@pytest.fixture
def evaluate(capsys):
    """Run the verb over a scripted assistant; its exit status, stdout and stderr."""

    def evaluated(*arguments, assistant=None, settings=None):
        status = run(options(*arguments), settings or Settings(), lambda _: assistant)
        return status, *capsys.readouterr()

    return evaluated


@pytest.mark.parametrize(
    ("cases", "parts"),
    [
        ([case(turn(), color="red")], ["'cheaper boots'", "unknown key 'color'"]),
        ([case(turn(), turn() | {"photo": "a.jpg"})], ["'cheaper boots'", "turn 2", "unknown key 'photo'"]),
        ([case(turn(), turn(items_mni=3))], ["'cheaper boots'", "turn 2", "expect", "unknown key 'items_mni'"]),
        ([case(turn(filters={"max_prise": 3}))], ["'cheaper boots'", "turn 1", "unknown key 'max_prise'"]),
        ([case(turn(filters_absent=["color"]))], ["turn 1", "filters_absent", "unknown key 'color'"]),
        ([case(turn(intent="buy"))], ["turn 1", "expect.intent"]),
        ([case(turn(slot="boots"))], ["turn 1", "'boots' is no slot"]),
        ([case(turn(filters={"max_price": "cheap"}))], ["turn 1", "max_price must be an amount"]),
        ([case(turn(say=False))], ["turn 1", "say"]),
        ([case(turn(reply_has=[True]))], ["turn 1", "reply_has", "quotes"]),
        ([case()], ["'cheaper boots'", "turns"]),
        ([{"turns": [turn()]}], ["case 1", "name"]),
        ([], ["cases.yaml"]),
        ("name: [", ["is not YAML", "line 1"]),
        ([case(turn() | {"photos": ["nowhere.jpg"]})], ["'cheaper boots'", "turn 1", "nowhere.jpg"]),
    ],
)
def test_a_bad_file_ends_in_a_sentence_before_anything_is_asked(tmp_path, evaluate, cases, parts):
    asked = Scripted()
    status, out, err = evaluate(written(tmp_path, cases), assistant=asked)
    assert (status, out, asked.asked) == (2, "", [])
    for part in parts:
        assert part in err
    assert "Traceback" not in err


def test_a_file_that_is_not_there_is_one_sentence(tmp_path, evaluate):
    status, _, err = evaluate(tmp_path / "none.yaml")
    assert status == 2
    assert "cannot be read" in err


def test_every_key_of_the_conversations_that_ship_is_known():
    files = sorted((ROOT / "tests" / "conversations").glob("*.yaml"))
    assert files
    for path in files:
        assert all(case.turns for case in read_cases(path))


def test_the_issue_example_is_read(tmp_path):
    text = """
- name: cheaper boots
  shop: sample
  turns:
    - say: what shoes go with a navy wool coat?
      expect: {intent: complement, slot: shoes, items_min: 3, grounded: true}
    - say: only boots, under 120 please
      expect: {intent: complement, slot: shoes, filters: {max_price: 120, kinds: [boots]}, items_max_price: 120}
"""
    (found,) = read_cases(written(tmp_path, text))
    assert (found.shop, len(found.turns)) == ("sample", 2)
    assert found.turns[1].expect.model_fields_set == {"intent", "slot", "filters", "items_max_price"}


def test_photos_and_shops_lie_beside_the_file_or_in_the_current_folder(tmp_path, monkeypatch):
    (tmp_path / "beside" / "shop").mkdir(parents=True)
    (tmp_path / "beside" / "coat.jpg").touch()
    (tmp_path / "hat.jpg").touch()
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path / "beside", [case(turn() | {"photos": ["coat.jpg", "hat.jpg"]}, shop="shop")])
    (found,) = read_cases(path)
    assert [photo.is_file() for photo in found.turns[0].photos] == [True, True]
    assert found.shop == str(tmp_path / "beside" / "shop")


def test_the_json_has_every_turn_with_its_whole_answer(tmp_path, evaluate):
    answers = [answer(BOOTS), answer(PUMPS, BAG)]
    path = written(tmp_path, [case(turn(items_min=1), turn("more", items_min=3))])
    status, out, _ = evaluate(path, "--json", assistant=Scripted(*answers))
    told = json.loads(out)
    assert status == 0
    assert (told["turns"], told["passed"]) == (2, 1)
    assert told.keys() == {"turns", "passed", "cases", "summary"}
    ((first, second),) = [one["turns"] for one in told["cases"]]
    assert told["cases"][0]["name"] == "cheaper boots"
    assert first.keys() == {"say", "passed", "failed", "answer"}
    assert (first["passed"], first["failed"]) == (True, [])
    assert (second["passed"], second["failed"]) == (False, ["items_min: expected 3, got 2"])
    assert second["answer"]["items"] == shown(PUMPS, BAG)
    assert second["answer"].keys() == Answer.model_fields.keys()


def test_each_conversation_has_a_thread_and_a_user_of_its_own(tmp_path, evaluate):
    asked = Scripted(*[answer() for _ in range(3)])
    evaluate(written(tmp_path, [case(turn(), turn("more")), case(turn(), name="again")]), assistant=asked)
    threads = [(thread, user) for _, _, thread, user in asked.asked]
    assert threads[0] == threads[1] != threads[2]
    assert threads[0][1] != threads[2][1]


def test_each_shop_is_opened_once_in_a_temporary_folder_and_the_shop_asked_for_wins(tmp_path, capsys):
    opened, before = [], Settings(data=tmp_path / "mine")

    def opening(settings):
        opened.append((settings.shop, settings.data))
        return Scripted(*[answer() for _ in range(3)])

    path = written(tmp_path, [case(turn(), shop="sample"), case(turn(), name="b", shop="else"), case(turn(), name="c")])
    run(options(path), before, opening)
    assert [shop for shop, _ in opened] == ["sample", "else"]
    assert all(data != before.data and not data.exists() for _, data in opened)
    opened.clear()
    run(options(path, "--shop", "mine"), before, opening)
    assert [shop for shop, _ in opened] == ["mine"]


def test_only_one_case_may_be_asked_and_a_name_that_none_has_is_an_error(tmp_path, evaluate):
    path = written(tmp_path, [case(turn("a")), case(turn("b"), name="other")])
    asked = Scripted(answer())
    assert evaluate(path, "--only", "other", assistant=asked)[0] == 0
    assert [text for text, *_ in asked.asked] == ["b"]
    status, _, err = evaluate(path, "--only", "third", assistant=asked)
    assert status == 2
    assert "'third'" in err


def test_a_model_without_an_address_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="ASSISTANT_BASE_URL"):
        run(options(written(tmp_path, [case(turn())]), "--model", "some-model"), Settings(), lambda _: Scripted())


def test_a_turn_without_an_answer_fails_and_the_next_one_is_asked(tmp_path, evaluate):
    path = written(tmp_path, [case(turn(), turn("more", items_min=1))])
    _, out, _ = evaluate(path, "--json", assistant=Scripted(RuntimeError("no way"), answer(BOOTS)))
    told = json.loads(out)
    first, second = told["cases"][0]["turns"]
    assert (first["failed"], first["answer"]) == (["answered: RuntimeError: no way"], {})
    assert second["passed"]
    assert told["summary"]["files"][0]["unanswered"] == 1


def test_what_must_always_hold_fails_a_turn_and_is_counted_apart(tmp_path, evaluate):
    stranger = answer(BOOTS, grounding={"rewritten": 2, "slips": []})
    stranger["items"][0]["price"] = 1.0
    look = {"items": ["boots", "bag"], "slots": ["shoes", "bags"], "total": 100.0}
    dear = answer(BOOTS, BAG, looks=[look], filters={"total_max": 90})
    path = written(tmp_path, [case(turn(), turn(), turn(), turn())])
    _, out, _ = evaluate(path, "--json", assistant=Scripted(answer(BOOTS, filters={"gender": "men"}), stranger, dear, answer()))
    told = json.loads(out)
    (counts,) = told["summary"]["files"]
    assert (told["turns"], told["passed"], counts["broken_filters"], counts["ungrounded"], counts["over_budget"]) == (
        4,
        1,
        1,
        1,
        1,
    )
    assert [sentence.split(":")[0] for one in told["cases"][0]["turns"] for sentence in one["failed"]] == [
        "broken filter", "ungrounded", "over budget",
    ]  # fmt: skip


def test_rivals_and_pieces_of_looks_that_a_tool_gave_may_be_named(tmp_path):
    (found,) = read_cases(written(tmp_path, [case(turn(grounded=True))]))
    given = answer(BOOTS, reply="The Northfold plain pumps in black came second.")
    stock = Stock.of([BOOTS, PUMPS])
    (alone,) = converse(Scripted(given), stock, found, "t").turns
    assert alone.failed
    why = {"items": [], "whys": [{"id": "boots", "rivals": [{"id": "pumps", "title": PUMPS.title, "score": 0.4}]}]}
    (explained,) = converse(Scripted(given, artifacts=[why]), stock, found, "t").turns
    assert explained.failed == []


def test_an_item_is_new_only_once(tmp_path):
    (found,) = read_cases(written(tmp_path, [case(turn(items_new=True), turn(items_new=True))]))
    first, second = converse(Scripted(answer(BOOTS), answer(BAG, BOOTS)), Stock.of([BOOTS, BAG]), found, "t").turns
    assert first.failed == []
    assert second.failed == ["items_new: expected True, got shown before: boots"]


def test_people_see_counts_an_interval_times_and_what_failed(tmp_path, evaluate):
    path = written(tmp_path, [case(turn("good boots", items_min=1), turn("bad [boots]", items_min=2))])
    status, out, _ = evaluate(path, assistant=Scripted(answer(BOOTS), answer(BOOTS)))
    assert status == 0
    for part in (
        "50.0%",
        "[9.4%, 90.5%]",
        "retrieve",
        "0.500",
        "cheaper boots, turn 2: bad [boots]",
        "items_min: expected 2, got 1",
    ):
        assert part in " ".join(out.split())
    assert "good boots" not in out


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_quiet_failures_prints_counts_and_nothing_of_the_turns(tmp_path, evaluate, form):
    path = written(tmp_path, [case(turn("a secret wish", items_min=2))])
    status, out, err = evaluate(path, "--quiet-failures", *form, assistant=Scripted(answer(BOOTS, reply="a secret reply")))
    assert status == 0
    assert "secret" not in out + err
    assert "items_min" not in out + err
    assert "cheaper boots" not in out + err


def test_seconds_are_medians_by_intent_and_stage(tmp_path, evaluate):
    answers = [answer(stages={"retrieve": spent}, seconds=spent) for spent in (0.1, 0.2, 0.9)]
    _, out, _ = evaluate(written(tmp_path, [case(*[turn()] * 3)]), "--json", assistant=Scripted(*answers))
    assert json.loads(out)["summary"]["seconds"] == {"search": {"whole turn": 0.2, "retrieve": 0.2}}


def test_what_help_needs_is_imported_without_what_takes_seconds():
    code = "import sys, assistant.evaluation; print({'torch', 'langchain', 'scipy', 'chromadb'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


def test_a_real_conversation_over_the_sample_shop_is_checked_as_it_goes(assistant, tmp_path):
    turns = [
        turn("what shoes go with a navy wool coat?", intent="complement", slot="shoes", items_min=3, grounded=True),
        turn("only boots, under 120 please", filters={"max_price": 120, "kinds": ["boots"]}, items_max_price=120, items_max=0),
    ]
    (found,) = read_cases(written(tmp_path, [case(*turns)]))
    stock = Stock.of(assistant.floor.index.items())
    first, second = converse(assistant, stock, found, "evaluate a real conversation").turns
    assert first.failed == []
    assert second.failed == [f"items_max: expected 0, got {len(second.answer['items'])}"]
    assert second.answer["items"]


def test_cases_error_is_a_sentence(tmp_path):
    with pytest.raises(CasesError, match=r"case 'cheaper boots': turn 1: expect: unknown key 'x'"):
        read_cases(written(tmp_path, [case(turn(x=1))]))

"""Long, interrupted and simultaneous conversations: nothing is lost, nothing half-said is left, and files stay small."""

import sqlite3
import subprocess
import sys
import threading

import pytest
from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage, ToolMessage

from assistant.agent import Assistant
from assistant.memory import KEPT, tidied, turns
from assistant.settings import SettingsError
from assistant.voice import Status
from tests.conftest import ROOT

ASK = """
import sys
from pathlib import Path
from assistant.agent import Assistant
from assistant.settings import Settings
assistant = Assistant.open(Settings(data=Path(sys.argv[1])))
{before}
for words in sys.argv[3:]:
    print(len(assistant.ask(words, thread=sys.argv[2]).items), flush=True)
"""


def turn(number, call=None, state=None):
    """A turn's messages: a question, a tool call with its result if one is named, a reply."""
    asked = HumanMessage(f"question {number}", id=f"h{number}", additional_kwargs={"said": f"question {number}", "profile": {}})
    carried = {"understood": state or {"intent": "chat"}}
    found = []
    if call:
        calls = [{"name": "show_items", "args": {}, "id": call}]
        found = [
            AIMessage("", id=f"c{number}", tool_calls=calls, additional_kwargs=carried),
            ToolMessage("found", tool_call_id=call, id=f"t{number}", artifact={"tool": "show", "items": []}),
        ]
    return [asked, *found, AIMessage(f"reply {number}", id=f"r{number}", additional_kwargs=carried)]


def after(messages):
    """The conversation with what `tidied` changes, as LangGraph applies it."""
    kept = {message.id: message for message in messages}
    for change in tidied(messages):
        kept = (
            {id_: m for id_, m in kept.items() if id_ != change.id}
            if isinstance(change, RemoveMessage)
            else kept | {change.id: change}
        )
    return list(kept.values())


def orphans(messages):
    called = [call["id"] for message in messages if isinstance(message, AIMessage) for call in message.tool_calls]
    answered = [message.tool_call_id for message in messages if isinstance(message, ToolMessage)]
    return set(called) ^ set(answered)


def test_old_turns_lose_calls_and_results_together_and_keep_their_words():
    messages = [m for number in range(KEPT + 5) for m in turn(number, call=f"call{number}")] + [HumanMessage("now", id="now")]
    left = after(messages)
    *past, _ = turns(left)
    assert [len(each) for each in past] == [2] * 5 + [4] * KEPT
    assert [each[0].text for each in past] == [f"question {number}" for number in range(KEPT + 5)]
    assert [each[-1].text for each in past] == [f"reply {number}" for number in range(KEPT + 5)]
    assert not orphans(left)
    assert not tidied(left)


def test_only_the_last_answer_carries_what_was_understood():
    messages = [*turn(1, "a"), *turn(2, "b", {"intent": "show"}), HumanMessage("now", id="now")]
    carrying = [message.id for message in after(messages) if "understood" in message.additional_kwargs]
    assert carrying == ["r2"]


def test_a_turn_that_was_cut_off_leaves_no_orphans_and_its_state_is_found():
    cut = turn(2, "b")[:2]
    result = ToolMessage("lost", tool_call_id="nobody's", id="lost")
    left = after([*turn(1, "a"), *cut, result, HumanMessage("now", id="now")])
    assert [message.id for message in left] == ["h1", "c1", "t1", "r1", "h2", "now"]
    assert not orphans(left)


def test_a_reply_keeps_its_words_when_its_call_goes():
    spoke = AIMessage("Let me look.", id="s", tool_calls=[{"name": "show_items", "args": {}, "id": "x"}])
    left = after([HumanMessage("hello", id="h"), spoke, HumanMessage("now", id="now")])
    assert [(message.id, message.text) for message in left] == [("h", "hello"), ("s", "Let me look."), ("now", "now")]
    assert not orphans(left)


def test_each_thread_keeps_one_checkpoint(assistant, settings, thread):
    for words in ("red dress under 80", "thanks", "black boots"):
        assistant.ask(words, thread=thread)
    with sqlite3.connect(settings.data / "conversations.sqlite") as database:
        for table, most in (("checkpoints", 1), ("writes", 0)):
            assert database.execute(f"SELECT count(*) FROM {table} WHERE thread_id = ?", [thread]).fetchone()[0] <= most
    assert len([message for message in assistant.history(thread) if isinstance(message, HumanMessage)]) == 3


def test_a_reader_who_leaves_in_mid_turn_leaves_a_thread_that_goes_on(assistant, thread):
    assistant.ask("what shoes go with a navy wool coat?", thread=thread)
    events = assistant.stream("and a bag?", thread=thread)
    assert any(isinstance(event, Status) for event in events)
    events.close()
    answer = assistant.ask("only boots, under 120 please", thread=thread)
    assert {item["slot"] for item in answer.items} == {"shoes"}
    assert all(item["price"] <= 120 for item in answer.items)
    assert not orphans(assistant.history(thread))


def process(data, thread, *words, before=""):
    command = [sys.executable, "-c", ASK.format(before=before), str(data), thread, *words]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_process_that_dies_in_mid_turn_leaves_a_thread_that_goes_on(assistant, settings, thread):
    assistant.ask("what shoes go with a navy wool coat?", thread=thread)
    dying = process(
        settings.data, thread, "and a bag?", before="import os\nassistant.floor.complement = lambda *_, **__: os._exit(9)"
    )
    dying.communicate()
    assert dying.returncode == 9
    answer = assistant.ask("only boots please", thread=thread)
    assert answer.understood["anchors"][0]["caption"] == "navy wool coat"
    assert {item["slot"] for item in answer.items} == {"shoes"}
    assert not orphans(assistant.history(thread))


def test_two_processes_in_one_thread_at_once_lose_nothing(assistant, settings, thread):
    asked = [["red dress under 80", "black boots"], ["blue jeans", "a wool scarf"]]
    running = [process(settings.data, thread, *words) for words in asked]
    for each in running:
        out, err = each.communicate()
        assert each.returncode == 0, err
        assert all(int(count) > 0 for count in out.split())
    history = assistant.history(thread)
    said = [message.text for message in history if isinstance(message, HumanMessage)]
    assert sorted(said) == sorted([*asked[0], *asked[1]])
    assert not orphans(history)
    assert all(any(isinstance(m, AIMessage) and m.text for m in each) for each in turns(history))


def test_the_locks_of_many_threads_do_not_become_ever_more(assistant, settings):
    for number in range(5000):
        with assistant.memory.turn_of(f"thread {number}"):
            pass
    assert len(list((settings.data / "turns").iterdir())) <= 4096


def test_turns_of_a_thread_wait_for_each_other_and_other_threads_do_not(assistant, thread):
    order = []
    inside, leave = threading.Event(), threading.Event()

    def first():
        with assistant.memory.turn_of(thread):
            inside.set()
            leave.wait(30)
            order.append("first")

    def second():
        with assistant.memory.turn_of(thread):
            order.append("second")

    one, two = threading.Thread(target=first), threading.Thread(target=second)
    one.start()
    inside.wait(30)
    two.start()
    with assistant.memory.turn_of(f"{thread} of somebody else"):
        order.append("other")
    leave.set()
    one.join()
    two.join()
    assert order == ["other", "first", "second"]


def test_a_folder_that_cannot_be_made_is_named(settings, tmp_path):
    (tmp_path / "data").write_text("a file is in its place")
    with pytest.raises(SettingsError, match="ASSISTANT_DATA"):
        Assistant.open(settings.model_copy(update={"data": tmp_path / "data"}))


def test_a_file_that_is_no_database_is_named(settings, tmp_path):
    (tmp_path / "conversations.sqlite").write_text("this is no database, whatever its name says" * 100)
    with pytest.raises(SettingsError, match="ASSISTANT_DATA"):
        Assistant.open(settings.model_copy(update={"data": tmp_path}))


@pytest.mark.slow
def test_five_hundred_turns_in_one_thread_keep_their_words_and_a_small_file(settings, tmp_path):
    assistant = Assistant.open(settings.model_copy(update={"data": tmp_path}))
    words = ["what shoes go with a navy wool coat?", "only boots, under 120 please", "thanks", "the second one?", "a red dress"]
    sizes = {}
    for number in range(500):
        assert assistant.ask(words[number % len(words)], thread="long").reply
        sizes[number] = sum(file.stat().st_size for file in tmp_path.glob("conversations.sqlite"))
    history = assistant.history("long")
    assert [message.text for message in history if isinstance(message, HumanMessage)] == words * 100
    assert sum(isinstance(message, ToolMessage) for message in history) <= KEPT + 1
    assert not orphans(history)
    assert sizes[499] - sizes[249] < 2 * (sizes[249] - sizes[24])  # grows by what is said, and not by its square

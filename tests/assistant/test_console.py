import json
import subprocess
import sys

import pytest

from assistant.answers import Answer
from assistant.console import _print_turn
from assistant.settings import Settings, SettingsError
from assistant.voice import Status, Token
from finetune.model import SHIPPED


def run(*arguments, **environment):
    import os

    return subprocess.run(
        [sys.executable, "-m", "assistant", *arguments],
        capture_output=True, text=True, timeout=240, env=os.environ | environment,
    )  # fmt: skip


def test_ask_prints_one_json_object_and_nothing_else(tmp_path):
    done = run("ask", "red dress under 80", "--json", ASSISTANT_DATA=str(tmp_path))
    answer = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert answer["understood"]["filters"] == {"max_price": 80, "colours": ["red"], "kinds": ["dresses"]}
    assert answer.keys() >= {"reply", "items", "understood", "state", "tools", "seconds", "stages"}


def test_a_shop_that_is_none_is_one_sentence_with_what_to_type(tmp_path):
    done = run("ask", "red dress", "--shop", str(tmp_path), ASSISTANT_DATA=str(tmp_path))
    assert done.returncode == 2
    assert "python -m retrieval build" in done.stderr
    assert "Traceback" not in done.stderr


def test_conversations_that_cannot_be_kept_are_one_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = run("ask", "red dress", ASSISTANT_DATA=str(tmp_path / "file"))
    assert done.returncode == 2
    assert "ASSISTANT_DATA" in done.stderr


def test_a_sample_shop_that_cannot_be_kept_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = run("ask", "red dress", ASSISTANT_CACHE=str(tmp_path / "file"), ASSISTANT_DATA=str(tmp_path))
    assert done.returncode == 2
    assert "ASSISTANT_CACHE" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_conversation_in_the_terminal_remembers(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "assistant", "chat", "--thread", "t"],
        input="what shoes go with a navy wool coat?\nonly boots\nbye\n",
        capture_output=True, text=True, timeout=240, env=__import__("os").environ | {"ASSISTANT_DATA": str(tmp_path)},
    )  # fmt: skip
    assert "Boots to go with the navy wool coat" in done.stdout
    assert "--thread t" in done.stdout


def test_every_verb_has_help():
    for verb in ("ask", "chat", "profile", "evaluate", "fetch"):
        assert run(verb, "--help").returncode == 0


def test_a_model_without_an_endpoint_names_the_variable():
    with pytest.raises(SettingsError, match="ASSISTANT_BASE_URL"):
        Settings.from_env({"ASSISTANT_MODEL": "gpt"})


def test_a_setting_that_makes_no_sense_names_the_variable():
    with pytest.raises(SettingsError, match="ASSISTANT_TIMEOUT"):
        Settings.from_env({"ASSISTANT_TIMEOUT": "soon"})


def test_a_stylist_and_a_base_exclude_each_other():
    assert Settings.from_env({}).stylist == SHIPPED
    assert Settings.from_env({"ASSISTANT_BASE": "my/model"}).base == "my/model"
    with pytest.raises(SettingsError, match="ASSISTANT_STYLIST"):
        Settings.from_env({"ASSISTANT_STYLIST": "mine", "ASSISTANT_ADAPTER": "other"})


def test_a_stylist_that_is_not_there_is_one_sentence(tmp_path):
    done = run("ask", "what shoes go with a coat?", ASSISTANT_STYLIST=str(tmp_path / "nowhere"), ASSISTANT_DATA=str(tmp_path))
    assert done.returncode == 2
    assert "holds no stylist" in done.stderr and "Traceback" not in done.stderr


def test_a_profile_is_written_shown_and_deleted_with_one_command_each(tmp_path):
    def profile(*arguments):
        done = run("profile", *arguments, ASSISTANT_DATA=str(tmp_path))
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    assert profile() == ["Nothing is known of me."]
    said = [
        "Likes: green, linen",
        "Never: yellow, anything by Solvane",
        "Sizes: M, 42",
        "At most: 90 for one item",
        "Climate: cold",
    ]
    words = [
        "--like",
        "green,linen",
        "--never",
        "yellow",
        "--never",
        "Solvane",
        "--size",
        "M, 42",
        "--budget",
        "90",
        "--climate",
        "cold",
    ]
    assert profile(*words) == said
    assert profile("--forget", "yellow,budget", "--for", "women") == [
        "Likes: green, linen", "Never: anything by Solvane", "Sizes: M, 42", "Climate: cold", "Shops for: women",
    ]  # fmt: skip
    assert json.loads(profile("--json")[0])["sizes"] == ["M", "42"]
    assert profile("--user", "ann", "--like", "red") == ["Likes: red"]
    assert profile("--delete") == ["Nothing is known of me."]
    assert profile("--user", "ann") == ["Likes: red"]


@pytest.mark.parametrize("wrong", [["--budget", "-3"], ["--budget", "nan"], ["--like", "x" * 61]])
def test_a_profile_that_makes_no_sense_is_one_sentence(wrong, tmp_path):
    done = run("profile", *wrong, ASSISTANT_DATA=str(tmp_path))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and "Traceback" not in done.stderr


def test_profiles_that_cannot_be_kept_are_one_sentence(tmp_path):
    (tmp_path / "profiles.sqlite").write_bytes(b"This is no database. " * 100)
    done = run("profile", ASSISTANT_DATA=str(tmp_path))
    assert done.returncode == 2
    assert "ASSISTANT_DATA" in done.stderr and "Traceback" not in done.stderr


def test_what_is_said_for_good_is_kept_for_the_user_who_said_it(tmp_path):
    environment = {"ASSISTANT_DATA": str(tmp_path)}
    done = run("ask", "I never wear black", "--user", "ann", **environment)
    assert done.returncode == 0, done.stderr
    assert run("profile", "--user", "ann", **environment).stdout == "Never: black\n"
    answer = json.loads(run("ask", "show me shoes", "--user", "ann", "--json", **environment).stdout)
    assert answer["items"] and not any("black" in item["colours"] for item in answer["items"])
    assert run("profile", **environment).stdout == "Nothing is known of me.\n"


class Scripted:
    """An assistant that tells what it was given to tell."""

    def __init__(self, *events):
        self.events = events

    def stream(self, text, photos, thread, user):
        yield from self.events


def test_a_reply_is_printed_as_it_comes(capsys):
    _print_turn(Scripted(Status("Looking"), Token("Hello "), Token("you."), Answer(reply="Hello you.")), "hi", [], "t", "me")
    assert capsys.readouterr().out == "shop: Hello you.\n"


def test_a_reply_that_was_begun_anew_is_printed_in_full(capsys):
    events = Token("Boots for 1"), Token("", anew=True), Token("Sorry."), Answer(reply="Sorry.")
    _print_turn(Scripted(*events), "boots", [], "t", "me")
    assert capsys.readouterr().out.splitlines()[-1] == "shop: Sorry."

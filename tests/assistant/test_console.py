import json
import subprocess
import sys

import pytest

from assistant.settings import Settings, SettingsError
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
    for verb in ("ask", "chat", "fetch"):
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

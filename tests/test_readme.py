"""The README is the only manual: what it names exists, what it says to type is understood, what it quotes was measured."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from assistant.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
VERBS = sorted(set(re.findall(r"python -m ([a-z_.]+)((?: [a-z]+)?)", README)))


def from_docs(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_make_target_it_names_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make ([a-z-]+)", README)) <= targets


@pytest.mark.parametrize(("module", "verb"), VERBS)
def test_every_command_it_names_is_understood(module, verb):
    done = subprocess.run([sys.executable, "-m", module, *verb.split(), "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_option_it_shows_is_known():
    shown: dict[tuple[str, str], set[str]] = {}
    for module, verb, rest in re.findall(r"python -m ([a-z_.]+)((?: [a-z]+)?)([^`\n]*)", README):
        shown.setdefault((module, verb), set()).update(re.findall(r"--[a-z-]+", rest))
    for (module, verb), options in shown.items():
        if options:
            known = subprocess.run(
                [sys.executable, "-m", module, *verb.split(), "--help"], capture_output=True, text=True
            ).stdout
            assert all(option in known for option in options), (module, verb)


def test_every_file_it_points_to_exists():
    for path in re.findall(r"\]\(((?!http)[^)#]+)\)", README) + re.findall(
        r"`((?:assistant|catalog|finetune|retrieval|docs|examples)/[\w./-]*)`", README
    ):
        assert (ROOT / path).exists(), path


def test_every_setting_is_explained_and_every_explained_one_is_read():
    assert set(re.findall(rf"`{PREFIX}([A-Z_]+)`", README)) == {name.upper() for name in Settings.model_fields}


def test_its_figures_and_the_stylists_card_s_are_those_of_the_result_files():
    rendered, documents = from_docs("figures").rendered, from_docs("figures").DOCUMENTS
    for text in (path.read_text(encoding="utf-8") for path in documents):
        assert rendered(text) == text
    assert rendered(README.replace("| blend |", "| mixture |")) == README


def test_a_confusion_s_cells_are_shares_of_their_row_and_columns_without_a_row_come_last(tmp_path):
    confusion = from_docs("confusion")
    matrix = {"tops": {"tops": 3, "nothing": 1}, "shoes": {"bags": 1, "shoes": 1}}
    rows, columns, shares = confusion.table(matrix)
    assert (rows, columns) == (["tops", "shoes"], ["tops", "shoes", "bags", "nothing"])
    assert shares == [[0.75, 0, 0, 0.25], [0, 0.5, 0.5, 0]]
    found = {"sources": {"attributes": {}, "llava": {"mango": {"test": {"slot_confusion": matrix}}}}}
    (made,) = confusion.pictures(found, tmp_path)
    assert made.name == "confusion-llava-slots.png"
    with Image.open(made) as picture:
        assert picture.width > 200

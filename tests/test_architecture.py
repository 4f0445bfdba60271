"""The rooms of the house: imports only go down, nothing heavy happens at import, and `__init__.py` is a doorplate."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

FLOORS = ["catalog", "retrieval", "finetune", "assistant"]  # each may look into itself and what stands before it
ROOMS = ["understanding", "floor", "saying", "grounding"]  # of the assistant: the same holds, and of the hall only the profile
PAGE = ROOT / "streamlit_app.py"
MODULES = sorted(path for room in FLOORS for path in (ROOT / room).rglob("*.py"))
HEAVY = ["torch", "transformers", "sentence_transformers", "chromadb", "peft", "langchain", "langgraph", "sklearn", "streamlit"]
LIGHT = [
    "catalog.items",
    "catalog.taxonomy",
    "catalog.images",
    "catalog.__main__",
    "retrieval.embeddings",
    "retrieval.filters",
    "retrieval.complement",
    "retrieval.index",
    "finetune.model",
    "finetune.prompts",
    "assistant.settings",
    "assistant.__main__",
]


def imported(tree: ast.AST) -> Iterator[str]:
    """The top-level packages that a module imports, also inside functions; "." for a relative import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.split(".")[0] if node.module and not node.level else "."


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def test_imports_are_seen_wherever_they_stand():
    tree = ast.parse("import a.b, c\ndef f():\n    from d.e import g\n    from . import h\nif 1:\n    import i as j")
    assert sorted(imported(tree)) == [".", "a", "c", "d", "i"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_only_go_down(path):
    floor = FLOORS.index(path.relative_to(ROOT).parts[0])
    names = set(imported(parsed(path)))
    assert "." not in names, "the house writes its imports in full"
    assert names.isdisjoint({*FLOORS[floor + 1 :], "streamlit_app", "streamlit", "tests"})


@pytest.mark.parametrize("room", ROOMS)
def test_the_assistants_rooms_look_only_down_too(room):
    down = ("assistant.profile", *(f"assistant.{name}" for name in ROOMS[: ROOMS.index(room) + 1]))
    for path in (ROOT / "assistant" / room).glob("*.py"):
        names = [node.module for node in ast.walk(parsed(path)) if isinstance(node, ast.ImportFrom) and node.module]
        assert [name for name in names if name.startswith("assistant") and not name.startswith(down)] == [], path.name


def test_the_page_looks_only_into_the_assistant():
    names = set(imported(parsed(PAGE)))
    assert names.isdisjoint({*FLOORS, *HEAVY, "tests"} - {"assistant", "streamlit"})


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=lambda path: path.parent.name)
def test_an_init_holds_a_docstring_and_nothing_else(path):
    tree = parsed(path)
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1


def test_what_a_help_page_needs_is_imported_without_what_takes_seconds():
    code = f"""
import importlib, json, sys
brought = {{}}
for name in {LIGHT!r}:
    importlib.import_module(name)
    brought[name] = [heavy for heavy in {HEAVY!r} if heavy in sys.modules and heavy not in sum(brought.values(), [])]
print(json.dumps(brought))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {name: heavy for name, heavy in json.loads(done.stdout).items() if heavy} == {}

"""What many tests share. No test reaches a model hub: whatever it needs is embedded, drawn or tiny and random."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are slow on busy cores
os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

from pathlib import Path

import pytest

from catalog.items import Item, read_catalogue
from finetune.model import LanguageModel
from retrieval.embeddings import SentenceEmbedder
from tests.fakes import tiny_language_model

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The project's own data folder, beside the repository."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not on this machine")
    return folder


@pytest.fixture(scope="session")
def embedder() -> SentenceEmbedder:
    """The real MiniLM. Takes seconds to load; `tests.fakes.HashingEmbedder` does where meaning does not matter."""
    return SentenceEmbedder()


@pytest.fixture(scope="session")
def language_model() -> LanguageModel:
    """Two random layers in fp32, so that sums can be compared to the last digits."""
    return tiny_language_model()


@pytest.fixture(scope="session")
def sample_items() -> list[Item]:
    """The sample shop's items."""
    return read_catalogue(ROOT / "catalog" / "sample" / "items.jsonl", strict=True).items

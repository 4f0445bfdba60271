"""One sample shop for the page's tests: opened once, its index and its conversations in a folder of their own."""

from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="session")
def places(tmp_path_factory) -> dict[str, str]:
    """The settings under which the page runs here."""
    folder = tmp_path_factory.mktemp("page")
    return {"ASSISTANT_DATA": str(folder / "data"), "ASSISTANT_CACHE": str(folder / "cache"), "ASSISTANT_SHOP": "sample"}


@pytest.fixture
def drawings() -> Path:
    """The sample shop's pictures, which serve as a shopper's photos."""
    return ROOT / "catalog" / "sample" / "images"

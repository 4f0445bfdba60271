"""The real assistant over the sample shop, opened once; conversations go to a temporary folder."""

import pytest

from assistant.agent import Assistant
from assistant.settings import Settings


@pytest.fixture(scope="session")
def settings(tmp_path_factory):
    return Settings(data=tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def assistant(settings):
    return Assistant.open(settings)


@pytest.fixture
def thread(request):
    return request.node.nodeid

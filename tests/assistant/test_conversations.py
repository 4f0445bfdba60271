"""Whole conversations, as `python -m assistant evaluate` asks them. What they are worth is in docs/measured/conversations.json."""

import pytest

from assistant.agent import Assistant
from assistant.evaluation.cases import read_cases
from assistant.evaluation.scorecard import summary
from assistant.evaluation.suite import all_asked
from tests.conftest import ROOT

FILES = [ROOT / "tests" / "conversations" / f"development_{number}.yaml" for number in (1, 9)]
LEAST = 0.95  # of the turns developed against


@pytest.mark.timeout(600)
def test_turns_are_answered_as_shoppers_expect_and_nothing_is_broken_invented_or_too_dear(settings):
    asked = all_asked({path: read_cases(path) for path in FILES}, settings, Assistant.open)
    turns = {path: [turn for talk in talks for turn in talk.turns] for path, talks in asked.items()}
    for file in summary(turns)["files"]:
        assert file["passed"] >= LEAST * file["turns"], file
        assert (file["broken_filters"], file["ungrounded"], file["over_budget"], file["unanswered"]) == (0, 0, 0, 0)

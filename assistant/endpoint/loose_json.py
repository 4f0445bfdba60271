"""JSON as language models write it: with commas too many, in Python's way, or broken off."""

import ast
import json
import re
from contextlib import suppress
from typing import Any

from langchain_core.utils.json import parse_partial_json


def read_json(text: str) -> Any:
    """What a text holds, as far as it can be read; None where it cannot."""
    whole = re.sub(r",\s*([}\]])", r"\1", text)
    with suppress(ValueError):
        return json.loads(whole)
    with suppress(ValueError, SyntaxError, MemoryError, RecursionError):
        return ast.literal_eval(whole)
    with suppress(ValueError):
        return parse_partial_json(whole)
    return None

"""Tool calls as small models write them, mended where it is certain what was meant, else named in a sentence for the model."""

import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, ToolCall
from langchain_core.tools import BaseTool
from rapidfuzz import fuzz, process, utils

from assistant.endpoint.arguments import fitted
from assistant.endpoint.loose_json import read_json

SURE, AHEAD = 72.0, 6.0  # how like a tool's name another must be, and how much more than every other, to be taken for it
_MARKS = re.compile(
    r"</?tool_calls?>|</?function(?:_calls?)?>|<\|?python_tag\|?>|<\|?tool_call\|?>|\[/?TOOL_CALLS?\]|```[a-z_]*", re.I
)
_NAMED = re.compile(r"<function=(?P<name>[\w.]+)>\s*(?P<args>\{.*?\})\s*(?:</function>|\Z)", re.S)
_OPENS = re.compile(r"\s*(?:<\|?/?(?:tool|function|python)|\[/?TOOL_CALL|```|\{|\[\s*[{\"])", re.I)
_NAMES, _ARGUMENTS = ("name", "tool", "tool_name", "function"), ("arguments", "parameters", "args", "input", "tool_input")


@dataclass(frozen=True)
class Called:
    """A call as a model wrote it."""

    name: str
    args: Any
    id: str | None = None


@dataclass
class Mended:
    """What a model's message comes to: calls that the tools take, what is said beside them, and what was beyond mending."""

    calls: list[ToolCall] = field(default_factory=list)
    text: str = ""
    broken: list[str] = field(default_factory=list)  # sentences
    repairs: int = 0


def mended(message: AIMessage, tools: Sequence[BaseTool]) -> Mended:
    """A message's tool calls, wherever they stand in it and however they are written."""
    called = [Called(call["name"], call["args"], call["id"]) for call in message.tool_calls]
    called += [Called(call["name"] or "", call["args"], call["id"]) for call in message.invalid_tool_calls]
    result = Mended(text=message.text)
    if not called:
        called, result.text = calls_in(message.text)
        if not called and _OPENS.match(message.text):
            result.broken.append("What looks like a tool call could not be read: call tools by the interface for tools.")
    for call in called:
        _mend(call, {tool.name: tool for tool in tools}, result)
    return result


def _mend(call: Called, tools: Mapping[str, BaseTool], result: Mended) -> None:
    name = _tool(call.name, tools)
    if name is None:
        result.broken.append(f"There is no tool {call.name!r}. The tools are {', '.join(tools)}.")
        return
    args = _object(call.args)
    try:
        if not isinstance(args, Mapping):
            raise ValueError("the arguments are no JSON object.")
        fit = fitted(args, tools[name])
    except ValueError as error:
        result.broken.append(f"{name}: {error}")
        return
    if any(other["name"] == name and other["args"] == fit for other in result.calls):
        result.repairs += 1  # the same again
        return
    taken = {other["id"] for other in result.calls}
    id_ = call.id if call.id and call.id not in taken else f"call_{uuid.uuid4().hex[:12]}"
    result.repairs += (name, fit, id_) != (call.name, call.args, call.id)
    result.calls.append(ToolCall(name=name, args=fit, id=id_, type="tool_call"))


def _tool(name: str, tools: Mapping[str, BaseTool]) -> str | None:
    """The tool that a name stands for: its own, or one so like it that no other comes near."""
    bare = re.split(r"[.:/]", name.strip().removesuffix("()"))[-1]
    if bare in tools:
        return bare
    near = process.extract(bare, list(tools), scorer=fuzz.WRatio, processor=_spoken, limit=2)
    if not near or near[0][1] < SURE or (len(near) > 1 and near[0][1] - near[1][1] < AHEAD):
        return None
    return str(near[0][0])


def _spoken(name: str) -> str:
    return utils.default_process(name.replace("_", " ").replace("-", " "))


def _object(text: Any) -> Any:
    """What a text of JSON holds, also of JSON in JSON, of Python's way of writing it, and of one that breaks off."""
    for _ in range(3):
        if not isinstance(text, str):
            return text
        text = read_json(_MARKS.sub("", text).strip() or "{}")
    return text


def calls_in(text: str) -> tuple[list[Called], str]:
    """The tool calls that a model wrote into its text, and the text without them."""
    called = [Called(found["name"], found["args"]) for found in _NAMED.finditer(text)]
    left = _NAMED.sub("", text)
    for start, end, value in _values(left):
        calls = [call for each in (value if isinstance(value, list) else [value]) if (call := _call(each))]
        if calls:
            called += calls
            left = left[:start] + " " * (end - start) + left[end:]
    return called, _MARKS.sub("", left).strip() if called else text


def _values(text: str) -> Iterator[tuple[int, int, Any]]:
    """The JSON objects and lists in a text, each with where it stands; one that breaks off at the end too."""
    decoder, place = json.JSONDecoder(strict=False), 0
    while (found := re.compile(r"[{\[]").search(text, place)) is not None:
        try:
            value, place = decoder.raw_decode(text, found.start())
            yield found.start(), place, value
        except ValueError:
            rest = text[found.start() :]
            if re.match(r"[\[\s]*\{\s*[\"']?(?:name|tool|function)", rest):
                yield found.start(), len(text), read_json(_MARKS.sub("", rest).strip())
                return
            place = found.start() + 1


def _call(value: Any) -> Called | None:
    """A call, if that is what a JSON object describes."""
    if not isinstance(value, Mapping):
        return None
    if isinstance(value.get("function"), Mapping):
        value = value["function"]
    name = next((value[key] for key in _NAMES if isinstance(value.get(key), str)), None)
    key = next((key for key in _ARGUMENTS if key in value), None)
    return Called(name, value[key]) if name and key else None


def opens_a_call(line: str) -> bool:
    """Whether a line of a reply may begin a tool call, which is not for the shopper's eyes."""
    return bool(_OPENS.match(line))

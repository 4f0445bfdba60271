"""An OpenAI-compatible endpoint on loopback, scripted: answers as models give them, and every way in which servers fail.

    with scripted(calls(("search_catalogue", {"words": "red dress"})), says("Here you are.")) as server:
        ...  # ASSISTANT_BASE_URL is server.base_url; server.requests holds what was asked

`serve_as_planner(assistant)` answers as a good tool-calling model would, each n-th request misbehaving in turn.
"""

import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from typing import Any

from langchain.agents import create_agent
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from assistant.agent import Assistant
from assistant.endpoint.briefing import SENT
from assistant.floor.tools import make_tools
from assistant.middleware import Talk
from assistant.models import make_planner
from assistant.understanding.understood import Anchor

Request = dict[str, Any]
NOTE, REFUSED = (
    "[Note of the shop's system]",
    "Nothing was looked up.",
)  # what `assistant/endpoint/model.py` says of broken calls


@dataclass
class Reply:
    """One answer: deltas of a message, and how the server gives it.

    `status`: another than 200 is an error. `wait`: seconds before anything comes; `pause`: between deltas. `cut`: the
    connection breaks after the deltas. `end`: the finish reason, None for none. `raw`: bytes instead of an answer.
    """

    deltas: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    wait: float = 0.0
    pause: float = 0.0
    cut: bool = False
    end: str | None = "stop"
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


Script = Reply | Callable[[Request], Reply]


def says(text: str, **how: Any) -> Reply:
    """A text, some letters at a time."""
    return Reply([{"content": text[start : start + 7]} for start in range(0, len(text), 7)], **how)


def calls(*called: tuple[str, Any], content: str = "", ids: bool = True, **how: Any) -> Reply:
    """Tool calls; arguments that are no text are written as JSON, and come in two halves."""
    deltas: list[dict[str, Any]] = [{"content": content}] if content else []
    for place, (name, args) in enumerate(called):
        text = args if isinstance(args, str) else json.dumps(args)
        first = {"index": place, "type": "function", "function": {"name": name, "arguments": text[: len(text) // 2]}}
        deltas.append({"tool_calls": [first | ({"id": f"call{place:06}"} if ids else {})]})
        deltas.append({"tool_calls": [{"index": place, "function": {"arguments": text[len(text) // 2 :]}}]})
    return Reply(deltas, **({"end": "tool_calls"} | how))


def fails(status: int, **headers: str) -> Reply:
    """An HTTP error."""
    return Reply(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})


def keeps_silent(seconds: float = 30.0) -> Reply:
    """Nothing comes for so long."""
    return Reply(wait=seconds)


def drips(seconds: float = 0.2) -> Reply:
    """A sign now and then, for ever."""
    return Reply([{"content": "."}] * 1000, pause=seconds)


def breaks_off(text: str = "We have some lovely shoes here.\nThe first o") -> Reply:
    """The connection is reset in mid-stream."""
    return says(text, cut=True, end=None)


class Server(ThreadingHTTPServer):
    """Answers each request with the next of the script; with its last when it has run out."""

    daemon_threads = True

    def __init__(self, script: Sequence[Script]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script, self.requests, self.stopping = list(script), [], threading.Event()
        self.headers: list[dict[str, str]] = []
        self._lock = threading.Lock()

    @property
    def base_url(self) -> str:
        """What a client is given."""
        return f"http://127.0.0.1:{self.server_port}/v1"

    def next(self, request: Request) -> Reply:
        """The answer to a request."""
        with self._lock:
            self.requests.append(request)
            one = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return one if isinstance(one, Reply) else one(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up when they have waited long enough."""


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        reply = self.server.next(request)
        if self.server.stopping.wait(reply.wait) or reply.raw is not None:
            self.wfile.write(reply.raw or b"")
        elif reply.status != 200:
            self._error(reply)
        elif request.get("stream"):
            self._stream(reply)
        else:
            self._whole(reply)
        self.close_connection = True

    def _error(self, reply: Reply) -> None:
        self._head("application/json", reply)
        self.wfile.write(json.dumps({"error": {"message": "scripted", "type": "error", "code": reply.status}}).encode())

    def _stream(self, reply: Reply) -> None:
        self._head("text/event-stream", reply)
        for delta in [{"role": "assistant", "content": ""}, *reply.deltas]:
            self._event([{"index": 0, "delta": delta, "finish_reason": None}])
            if self.server.stopping.wait(reply.pause):
                return
        if reply.cut:
            linger = struct.pack("ii", 1, 0)  # no orderly end, but a reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
            return
        if reply.end:
            self._event([{"index": 0, "delta": {}, "finish_reason": reply.end}])
            self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, choices: list[dict[str, Any]]) -> None:
        body = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "scripted", "choices": choices}
        self.wfile.write(f"data: {json.dumps(body)}\n\n".encode())

    def _whole(self, reply: Reply) -> None:
        self._head("application/json", reply)
        message: dict[str, Any] = {"role": "assistant", "content": "".join(d.get("content", "") for d in reply.deltas)}
        called: dict[int, dict[str, Any]] = {}
        for piece in (piece for delta in reply.deltas for piece in delta.get("tool_calls", ())):
            known = called.setdefault(piece["index"], {"type": "function", "function": {"name": "", "arguments": ""}})
            known |= {"id": piece["id"]} if "id" in piece else {}
            for name, value in piece["function"].items():
                known["function"][name] += value
        message |= {"tool_calls": list(called.values())} if called else {}
        choices = [{"index": 0, "message": message, "finish_reason": reply.end}]
        body = json.dumps(
            {"id": "1", "object": "chat.completion", "created": 0, "model": "scripted", "choices": choices}
        ).encode()
        step = 1 if reply.pause else len(body)
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            if self.server.stopping.wait(reply.pause):
                return

    def _head(self, kind: str, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in ({"Content-Type": kind} | reply.headers).items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Tests print nothing."""


@contextmanager
def scripted(*script: Script) -> Iterator[Server]:
    """A server that follows a script."""
    server = Server(script)
    thread = threading.Thread(target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


MISBEHAVIOURS: dict[str, Reply] = {
    "cut": breaks_off(),
    "no such slot": calls(("find_complements", {"items": ["navy wool coat"], "slot": "spaceships"})),
    "500": fails(500),
    "broken arguments": calls(("search_catalogue", '{"words": "red dress", "filters": {"max_')),
    "silence": keeps_silent(),
    "call in the text": says('<tool_call>{"name": "search_catalogue", "arguments": {"words": "shoes"}}</tool_call>'),
    "nothing": Reply(),
    "unknown tool": calls(("book_a_flight", {"to": "Paris"})),
    "429": fails(429, Retry_After="30"),
    "invented": says("1. Aurora Velvet Slippers, 12.00 EUR: everybody loves them.\n2. Zephyr Cloud Boots, 9.99 EUR."),
    "drip": drips(),
    "no JSON": Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {nonsense\n\n"),
    "loosened": calls(("search_catalogue", {"words": "anything", "filters": {"max_price": 100000}})),
}


class PlanningServer:
    """Plays a model: what our own planner would call and say, read from what an endpoint is sent.

    It keeps the conversations it has seen by their last messages, for a request holds but the last turns.
    """

    def __init__(self, assistant: Assistant, misbehave_every: int | None = None) -> None:
        floor = assistant.floor
        self._graph = create_agent(make_planner(floor.index), make_tools(floor), context_schema=Talk)
        self._known: dict[tuple[str, ...], list[BaseMessage]] = {}
        self._every, self._asked, self._bad = misbehave_every, 0, cycle(MISBEHAVIOURS.values())

    def __call__(self, request: Request) -> Reply:
        """The next message of the conversation that a request holds."""
        self._asked += 1
        if self._every and self._asked % self._every == 0:
            return next(self._bad)
        asked = [place for place, message in enumerate(request["messages"]) if _is_shopper(message)]
        texts = [request["messages"][place]["content"] for place in asked]
        spoken = [message for message in self._turn(texts) if isinstance(message, AIMessage)]
        message = spoken[min(_steps(request["messages"][asked[-1] :]), len(spoken) - 1)]
        if message.tool_calls:
            return calls(*((call["name"], call["args"]) for call in message.tool_calls))
        return says(message.text)

    def _turn(self, texts: list[str]) -> list[BaseMessage]:
        """The last turn's messages, the turns before it played first where they are not known."""
        before: list[BaseMessage] = []
        if texts[:-1]:
            self._turn(texts[:-1])
            before = self._known[self._key(texts[:-1])]
        key = self._key(texts)
        if key not in self._known:
            asked = {"messages": [*before, _as_sent(texts[-1])]}
            self._known[key] = self._graph.invoke(asked, context=Talk())["messages"]
        return self._known[key][len(before) :]

    @staticmethod
    def _key(texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(texts[-(SENT - 1) :])


def _is_shopper(message: dict[str, Any]) -> bool:
    return message["role"] == "user" and not message["content"].startswith(NOTE)


def _steps(turn: Sequence[dict[str, Any]]) -> int:
    """How many messages of a turn had their calls carried out; what was refused is to be called again."""
    refused = {message["tool_call_id"] for message in turn if message["role"] == "tool" and REFUSED in message["content"]}
    called = [{call["id"] for call in message.get("tool_calls") or ()} for message in turn]
    return sum(bool(ids) and not ids & refused for ids in called)


def _as_sent(text: str) -> HumanMessage:
    """A message with what the note on a photo says of it."""
    notes = re.findall(r"\[Photo \d+ shows: (.+?) \(slot (.+?)\)[^\]]*\]", text)
    seen = [Anchor(caption=caption, slot=slot, source="photo").model_dump(mode="json") for caption, slot in notes]
    return HumanMessage(text, additional_kwargs={"said": re.sub(r"\s*\[Photo [^\]]*\]", "", text), "seen": seen})


@contextmanager
def serve_as_planner(assistant: Assistant, misbehave_every: int | None = None) -> Iterator[Server]:
    """A server that answers as a good tool-calling model would; `assistant` lends it its shop.

    With `misbehave_every`, each n-th request gets the next of MISBEHAVIOURS instead.
    """
    with scripted(PlanningServer(assistant, misbehave_every)) as server:
        yield server

"""A conversation model behind an OpenAI-compatible endpoint, scripted on loopback: the same tools, the same answer."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from assistant.agent import Assistant
from assistant.settings import Settings


class ScriptedEndpoint(BaseHTTPRequestHandler):
    """Answers each request with the next message of `server.script`, streamed as the API does."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(request)
        delta = self.server.script.pop(0)
        chunks = [{"role": "assistant", **delta}, {}]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for place, chunk in enumerate(chunks):
            end = "stop" if place else None
            body = {
                "id": "1",
                "object": "chat.completion.chunk",
                "created": 0,
                "model": "scripted",
                "choices": [{"index": 0, "delta": chunk, "finish_reason": end}],
            }
            self.wfile.write(f"data: {json.dumps(body)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *arguments):
        pass


def calling(name, **arguments):
    return {
        "tool_calls": [
            {"index": 0, "id": "call000001", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        ]
    }


@pytest.fixture
def endpoint():
    server = ThreadingHTTPServer(("127.0.0.1", 0), ScriptedEndpoint)
    server.script, server.requests = [], []
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def talking(endpoint, tmp_path):
    return Assistant.open(
        Settings(data=tmp_path, model="scripted", base_url=f"http://127.0.0.1:{endpoint.server_port}/v1", timeout=20)
    )


def test_a_model_at_an_endpoint_calls_the_same_tools(talking, endpoint):
    endpoint.script += [
        calling("find_complements", items=["navy wool coat"], slot="shoes", filters={"max_price": 100}),
        {"content": "Try these shoes."},
    ]
    answer = talking.ask("what shoes go with a navy wool coat? under 100")
    assert answer.reply == "Try these shoes."
    assert {item["slot"] for item in answer.items} == {"shoes"}
    assert all(item["price"] <= 100 for item in answer.items)
    assert answer.understood["intent"] == "complement"
    assert answer.understood["filters"] == {"max_price": 100}
    offered = {tool["function"]["name"] for tool in endpoint.requests[0]["tools"]}
    assert offered == {"find_complements", "search_catalogue", "judge_outfit", "show_items"}
    assert "runtime" not in json.dumps(endpoint.requests[0]["tools"])


def test_broken_tool_arguments_are_told_to_the_model_and_the_turn_goes_on(talking, endpoint):
    endpoint.script += [
        calling("find_complements", items=["navy wool coat"], slot="spaceships"),
        {"content": "I can't find that."},
    ]
    assert talking.ask("what spaceship goes with a navy wool coat?").reply == "I can't find that."
    assert endpoint.requests[1]["messages"][-1]["role"] == "tool"


def test_while_the_endpoint_does_not_answer_the_planner_does(talking, endpoint):
    endpoint.shutdown()
    endpoint.server_close()
    answer = talking.ask("red dress under 80")
    assert answer.items
    assert "red dresses" in answer.reply

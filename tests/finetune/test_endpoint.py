"""A model behind an OpenAI-compatible endpoint on loopback, which serves a tiny model's real answers and likelihoods."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from finetune.benchmark import main
from finetune.endpoint import Endpoint, EndpointError
from finetune.likelihood import LikelihoodError, LocalLikelihoods
from finetune.model import LanguageModel
from finetune.results import read
from tests.fakes import tiny_language_model


class Served(ThreadingHTTPServer):
    """What the handler answers with."""

    language_model: LanguageModel
    echoes: bool = True
    asked: list[dict[str, Any]]


class Handler(BaseHTTPRequestHandler):
    server: Served

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        if self.path.endswith("/chat/completions"):
            options = body["messages"][-1]["content"].partition("List 2")[2].splitlines()[1:]
            text = options[-1] if options else "0.25"
            choices = [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]
            self._send({"object": "chat.completion", "choices": choices})
        else:
            choices = [self._echo(place, text) for place, text in enumerate(body["prompt"])]
            self._send({"object": "text_completion", "choices": choices[::-1]})  # the order is nobody's promise

    def _echo(self, place: int, text: str) -> dict[str, Any]:
        import torch

        model, tokenizer = self.server.language_model.model, self.server.language_model.tokenizer
        tokens = tokenizer(text, return_offsets_mapping=True)
        ids = torch.tensor([tokens["input_ids"]])
        with torch.inference_mode():
            logs = model(ids).logits[0].log_softmax(-1)
        values = [None, *(logs[step - 1, ids[0, step]].item() for step in range(1, ids.shape[1])), -1.0]
        offsets = [*(start for start, _ in tokens["offset_mapping"]), len(text)]
        logprobs = {"tokens": ["?"] * len(values), "token_logprobs": values, "text_offset": offsets}
        return {
            "index": place,
            "text": text + "?",
            "logprobs": logprobs if self.server.echoes else None,
            "finish_reason": "length",
        }

    def _send(self, answer: dict[str, Any]) -> None:
        payload = json.dumps({"id": "x", "created": 0, "model": "tiny"} | answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Served]:
    served = Served(("127.0.0.1", 0), Handler)
    served.language_model, served.asked = tiny_language_model(context=1024), []
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    yield served
    served.shutdown()
    served.server_close()


def address(server: Served) -> str:
    return f"http://127.0.0.1:{server.server_port}/v1"


def test_likelihoods_over_the_wire_are_those_of_the_same_model_here(server: Served) -> None:
    asked = [("An outfit of: navy coat;", " red boots;"), ("An outfit of: navy coat;", " black ankle boots;")]
    there, here = Endpoint(address(server), "tiny")(asked), LocalLikelihoods(server.language_model)(asked)
    assert [found.tokens for found in there] == [found.tokens for found in here]
    assert [found.total for found in there] == pytest.approx([found.total for found in here], abs=1e-3)
    assert server.asked[0]["echo"] is True
    assert server.asked[0]["temperature"] == 0


def test_a_prefix_that_ends_inside_a_token_is_refused(server: Served) -> None:
    with pytest.raises(LikelihoodError, match="joins the prompt"):
        Endpoint(address(server), "tiny")([("An outfit of: navy coa", "t;")])


def test_an_endpoint_that_echoes_nothing_says_what_it_lacks(server: Served) -> None:
    server.echoes = False
    with pytest.raises(EndpointError, match=r"does not echo the prompt's log-probabilities.*--scoring generate"):
        Endpoint(address(server), "tiny")([("An outfit of:", " red boots;")])


def test_an_endpoint_that_is_down_is_one_sentence(server: Served) -> None:
    nowhere = Endpoint("http://127.0.0.1:9/v1", "tiny")
    with pytest.raises(EndpointError, match="gave no answer"):
        nowhere.write("hello", ["yes"])
    with pytest.raises(EndpointError, match="gave no log-probabilities"):
        nowhere([("hello", " yes")])


def test_the_benchmark_runs_against_an_endpoint_in_all_three_columns(
    server: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    questions, out = tmp_path / "questions.jsonl", tmp_path / "row.json"
    rows = [{"context": ["navy coat"], "options": ["red boots", "grey boots"], "answer": place % 2} for place in range(6)]
    questions.write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = ["fitb", "--data", str(questions), "--endpoint", address(server), "--model", "tiny", "--out", str(out)]
    command += ["--results", str(tmp_path), "--scoring", "generate", "likelihood", "ours"]
    assert main(command) == 2
    assert "name its --tokenizer" in capsys.readouterr().err
    framing = server.language_model.tokenizer
    framing.save_pretrained(tmp_path / "tokenizer")
    assert main([*command, "--tokenizer", str(tmp_path / "tokenizer")]) == 0
    assert {asked.get("add_special_tokens") for asked in server.asked if "prompt" in asked} == {False, None}
    assert [row.scoring for row in read(out)] == ["generate", "likelihood", "ours"]
    assert {(row.model, row.endpoint) for row in read(out)} == {("tiny", True)}
    assert read(out)[0].value == 0.5  # the scripted answer is always the last option

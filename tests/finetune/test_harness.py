"""The task for lm-evaluation-harness asks and scores what our benchmark does."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tokenizers.processors import TemplateProcessing

from finetune.harness.documents import document, documents
from finetune.likelihood import Asked, Likelihood, LocalLikelihoods
from finetune.metrics import fitb_hits
from finetune.model import LanguageModel
from finetune.scorers import Likely
from finetune.tasks import FitbQuestion, TaskError, write_questions
from tests.conftest import ROOT
from tests.fakes import tiny_language_model

HARNESS = ROOT / "finetune" / "harness"
QUESTIONS = [
    FitbQuestion(
        context=("Navy  wool coat", "black jeans"), options=("red boots", "grey hat", "blue bag"), answer=1, outfit="a"
    ),
    FitbQuestion(context=("a {{ white }} tee",), options=("pink skirt", "a. red skirt,", "tan skirt", "skirt"), answer=0),
    FitbQuestion(context=("silver ring", "green dress"), options=("black heels", "white  Trainers"), answer=1),
    FitbQuestion(context=("orange scarf",), options=("brown boots", "boots", "brown ankle boots"), answer=2),
]
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|endoftext|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
MISTRAL = (
    "{{ bos_token }}{% for m in messages %}"
    "{% if m.role == 'user' %} [INST] {{ m.content }} [/INST]{% else %} {{ m.content }}{{ eos_token }}{% endif %}{% endfor %}"
)
TEMPLATES = {"no template": None, "ChatML": CHATML, "Mistral": MISTRAL}


class Recorder:
    """Likelihoods that only note what is asked."""

    name = "recorder"

    def __call__(self, asked: Sequence[Asked], templated: bool = False) -> list[Likelihood]:
        self.asked = (list(asked), templated)
        return [Likelihood(0.0, 1)] * len(asked)


def framed_by(template: str | None, greets: bool = False) -> LanguageModel:
    """A tiny model with this chat template. `greets`: its tokenizer adds a token in front of what it is given."""
    roomy = tiny_language_model(context=1024)
    roomy.tokenizer.chat_template = template
    if greets:
        start = roomy.tokenizer.bos_token
        roomy.tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
            single=f"{start} $A", special_tokens=[(start, roomy.tokenizer.bos_token_id)]
        )
    return roomy


def saved(language_model: LanguageModel, folder: Path) -> str:
    language_model.model.save_pretrained(folder)
    language_model.tokenizer.save_pretrained(folder)
    return str(folder)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "questions.jsonl"
    write_questions(QUESTIONS, path)
    return str(path)


# What needs no harness


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.context[0])
def test_a_document_holds_exactly_the_texts_that_the_benchmark_scores(question: FitbQuestion, template: str | None) -> None:
    tokenizer, recorder = framed_by(template).tokenizer, Recorder()
    Likely(recorder, tokenizer).fitb(question)
    found = document(question, tokenizer)
    assert ([(found["start"], answer) for answer in found["answers"]], True) == recorder.asked
    assert found["right"] == question.answer


def test_the_task_file_names_what_a_document_holds() -> None:
    text = (HARNESS / "outfit_fitb.yaml").read_text(encoding="utf-8")
    read = re.findall(r"^doc_to_\w+: (\w+)$", text, flags=re.MULTILINE)
    assert len(read) == 3
    assert set(read) <= document(QUESTIONS[0], framed_by(None).tokenizer).keys()


def test_the_questions_are_read_from_the_file_that_the_metadata_names(file: str, tmp_path: Path) -> None:
    base = framed_by(MISTRAL)
    found = documents(questions=file, pretrained=saved(base, tmp_path / "model"), dtype="float32", version=1.0)
    assert list(found["test"]) == [document(question, base.tokenizer) for question in QUESTIONS]


def test_what_is_missing_is_asked_for(file: str) -> None:
    with pytest.raises(TaskError, match="--metadata questions="):
        documents(pretrained="somewhere")
    with pytest.raises(TaskError, match="--metadata tokenizer="):
        documents(questions=file)


def test_a_tokenizer_that_greets_has_to_be_kept_from_it(file: str, tmp_path: Path) -> None:
    folder = saved(framed_by(MISTRAL, greets=True), tmp_path / "model")
    with pytest.raises(TaskError, match="add_bos_token=False"):
        documents(questions=file, pretrained=folder)
    assert len(documents(questions=file, pretrained=folder, add_bos_token=False)["test"]) == len(QUESTIONS)


def test_nobody_may_ask_for_a_greeting(file: str, tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="add_bos_token=False"):
        documents(questions=file, pretrained=saved(framed_by(None), tmp_path / "model"), add_bos_token=True)


# Through the harness


def evaluated(folder: str, file: str, **options: Any) -> dict[str, Any]:
    """What lm-eval finds. Its command line merges the model's arguments into the metadata; so does this."""
    lm_eval = pytest.importorskip("lm_eval", reason="lm-evaluation-harness is not installed (pip install lm-eval)")
    from lm_eval.tasks import TaskManager

    told = {"pretrained": folder, "dtype": "float64", "add_bos_token": False}  # fp32 is rounded otherwise on some processors
    tasks = TaskManager(include_path=str(HARNESS), include_defaults=False, metadata=told | {"questions": file})
    found: dict[str, Any] = lm_eval.simple_evaluate(
        model="hf",
        model_args=told,
        tasks=["outfit_fitb"],
        task_manager=tasks,
        device="cpu",
        batch_size=3,
        bootstrap_iters=0,
        log_samples=True,
        **options,
    )
    return found


def before_the_answer(language_model: LanguageModel, start: str) -> float:
    """The log-probability of the blanks that end a prompt, which lm-eval counts with every answer to it."""
    kept = start.rstrip()
    return LocalLikelihoods(language_model)([(kept, start[len(kept) :])], templated=True)[0].total if kept != start else 0.0


@pytest.mark.parametrize("greets", [False, True], ids=["", "greeting"])
@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_the_harness_scores_and_picks_as_the_benchmark_does(
    template: str | None, greets: bool, file: str, tmp_path: Path
) -> None:
    base = framed_by(template, greets)
    found = evaluated(saved(base, tmp_path / "model"), file)
    base.model.double()
    ours = [Likely(LocalLikelihoods(base), base.tokenizer).fitb(question) for question in QUESTIONS]
    samples = sorted(found["samples"]["outfit_fitb"], key=lambda sample: sample["doc_id"])
    for scores, sample in zip(ours, samples, strict=True):
        theirs = [total for total, _ in sample["filtered_resps"]]
        blanks = before_the_answer(base, sample["doc"]["start"])
        assert theirs == pytest.approx([score + blanks for score in scores], abs=1e-3)
    accuracy = fitb_hits(ours, [question.answer for question in QUESTIONS]).mean()
    assert found["results"]["outfit_fitb"]["acc,none"] == accuracy


def test_questions_are_not_framed_twice(file: str, tmp_path: Path) -> None:
    folder = saved(framed_by(CHATML), tmp_path / "model")
    for options in ({"apply_chat_template": True}, {"system_instruction": "You are a stylist."}):
        with pytest.raises(TaskError, match="leave out --apply_chat_template"):
            evaluated(folder, file, **options)

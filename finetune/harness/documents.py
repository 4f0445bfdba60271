"""What lm-evaluation-harness is given of FITB questions: the texts that the benchmark scores, framed and all."""

from pathlib import Path
from typing import Any

from finetune.prompts import answers, chat, question_text
from finetune.tasks import FitbQuestion, TaskError, read_questions

NO_QUESTIONS = "Say where the questions are: --metadata questions=FILE.jsonl (`python -m finetune.questions fitb` writes one)."
NO_TOKENIZER = "Say whose chat template frames the questions: --metadata tokenizer=NAME."
ADDS_TOKENS = "The frame brings its special tokens, and more would be added to it: put add_bos_token=False into --model_args."


def documents(
    questions: str | None = None,
    tokenizer: str | None = None,
    pretrained: str | None = None,
    revision: str | None = None,
    add_bos_token: bool | None = None,
    **_: Any,
) -> dict[str, Any]:
    """The task's one split, from what lm-eval's --model_args and --metadata say. Raises TaskError."""
    from datasets import Dataset
    from transformers import AutoTokenizer

    if not questions:
        raise TaskError(NO_QUESTIONS)
    if not (tokenizer or pretrained):
        raise TaskError(NO_TOKENIZER)
    framing: Any = AutoTokenizer.from_pretrained(tokenizer or pretrained, revision=revision or "main")
    framed = [document(question, framing) for question in read_questions(Path(questions), FitbQuestion)]
    if add_bos_token or (add_bos_token is None and _adds_tokens(framing, framed[0]["start"])):
        raise TaskError(ADDS_TOKENS)
    return {"test": Dataset.from_list(framed)}


def document(question: FitbQuestion, tokenizer: Any) -> dict[str, Any]:
    """The prompt up to where the answer starts, each option as the answer with its end of turn, the right one's index."""
    asked = question_text(question)
    framed = [chat(tokenizer, asked, answer) for answer in answers(question)]
    return {
        "start": framed[0][0],
        "answers": [answer for _, answer in framed],
        "right": question.answer,
        "outfit": question.outfit,
    }


def _adds_tokens(tokenizer: Any, text: str) -> bool:
    return bool(tokenizer(text)["input_ids"] != tokenizer(text, add_special_tokens=False)["input_ids"])

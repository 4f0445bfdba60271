"""The one home of the stylist's wording: training, measuring and serving render a question with the same functions.

Two wordings stand side by side. `paper` is that of "Decoding Style" (sections 3.1, 3.2 and 3.4), word for word; the
lists stand under their headings, one caption a line. `compact` is our own for small models: an outfit is a list that
the right item continues, and the whole instruction is three words.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from finetune.tasks import CpQuestion, FitbQuestion


class PromptError(ValueError):
    """A question that a chat template cannot frame; the message says why."""


Wording = Literal["paper", "compact"]
Messages = list[dict[str, str]]

OUTFIT = "An outfit of:"

LLAVA_CAPTION = (
    "Generate a detailed 5-word description of this image, focusing on the color, style, material and design"  # section 3.1
)
_FITB = (  # sections 3.2.1 and 3.4.1
    "You have two lists: the first list contains item descriptions that make up an incomplete outfit, and the second list "
    "contains additional item descriptions as options to complete the look. Your task is to select exactly one item from "
    "List 2 that best complements each item in List 1, considering factors like style, color, and overall aesthetic."
)
_FITB_LISTS = ("List 1 (Incomplete outfit)", "List 2 (Options to complete the outfit)")
_CP = (  # sections 3.2.2 and 3.4.2
    "As a fashion consultant, your task is to evaluate the overall style compatibility of a list of clothing item "
    "descriptions. You need to assign a single compatibility score between 0 and 1 for the entire list. A score of 1 "
    "indicates that the items are very compatible style-wise and can be combined to create a cohesive outfit. A score of 0 "
    "indicates that the items are not compatible at all."
)
_CP_LIST = "List of clothing item descriptions (Complete Outfit)"
_CP_OUTPUT = "Output: Compatibility score (0-1)."  # in 3.2.2; 3.4.2 leaves it out, we keep one prompt for both stages
SCORES = ("0", "1")  # the answers to a CP question, by label


def outfit_text(captions: Sequence[str]) -> str:
    """An outfit as a language model reads it: "An outfit of: navy wool coat; black jeans;"."""
    return OUTFIT + "".join(map(item_text, captions))


def item_text(caption: str) -> str:
    """One item as it continues an outfit: " navy wool coat;". The semicolon ends it, so that short is not likelier."""
    return f" {' '.join(caption.lower().split())};"


def fitb_prompt(question: FitbQuestion) -> str:
    """What the paper asks a language model to fill in the blank, both lists under their headings."""
    return "\n".join([_FITB, *_listed(_FITB_LISTS[0], question.context), *_listed(_FITB_LISTS[1], question.options)])


def cp_prompt(question: CpQuestion) -> str:
    """What the paper asks a language model to score an outfit."""
    return "\n".join([_CP, *_listed(_CP_LIST, question.items), _CP_OUTPUT])


def _listed(heading: str, captions: Sequence[str]) -> list[str]:
    return [f"{heading}:", *(one_line(caption) for caption in captions)]


def one_line(caption: str) -> str:
    """A caption as the paper's lists hold it, and as the answer repeats it."""
    return " ".join(caption.split())


def question_text(question: FitbQuestion | CpQuestion) -> str:
    """The paper's prompt for a question of either task."""
    return fitb_prompt(question) if isinstance(question, FitbQuestion) else cp_prompt(question)


def instruction(question: FitbQuestion | CpQuestion) -> str:
    """What the paper's prompts for all questions of its task begin with."""
    return _FITB if isinstance(question, FitbQuestion) else _CP


def answers(question: FitbQuestion | CpQuestion) -> list[str]:
    """All answers that a question allows, in the paper's wording: the options as listed, or the two scores."""
    return [one_line(option) for option in question.options] if isinstance(question, FitbQuestion) else list(SCORES)


def right_answer(question: FitbQuestion | CpQuestion) -> str:
    """The right one of `answers`."""
    return answers(question)[question.answer if isinstance(question, FitbQuestion) else question.label]


def chat(tokenizer: Any, question: str, answer: str | None = None) -> tuple[str, str]:
    """A question, and the answer with its end of turn, as the model's own chat template frames them.

    The one place where a template is applied: Mistral, Llama, SmolLM2 and Qwen bring theirs with the tokenizer. A base
    model without a template gets the paper's "Human: … Assistant:". Raises PromptError for a template that renders the
    question differently once it is answered: it could not be learned.
    """
    if not tokenizer.chat_template:
        return f"Human: {question}\nAssistant:\n", "" if answer is None else f"{answer}{tokenizer.eos_token}"
    start = tokenizer.apply_chat_template(messages(question), tokenize=False, add_generation_prompt=True)
    if answer is None:
        return start, ""
    whole = tokenizer.apply_chat_template([*messages(question), *reply(answer)], tokenize=False)
    if not whole.startswith(start):
        raise PromptError("The chat template renders a question differently once it is answered.")
    return start, whole.removeprefix(start).rstrip()  # ChatML ends a turn with a line break that nobody generates


def messages(question: str) -> Messages:
    """A question as the conversation that an endpoint or a data set export takes."""
    return [{"role": "user", "content": question}]


def reply(answer: str) -> Messages:
    """An answer as the turn that follows `messages`."""
    return [{"role": "assistant", "content": answer}]


Example = Mapping[str, Any]  # a row for TRL: {"prompt", "completion"} or {"prompt", "chosen", "rejected"}


def sft_example(question: FitbQuestion | CpQuestion, wording: Wording) -> Example:
    """A question with its right answer as TRL's {"prompt", "completion"}: messages in the paper's wording, else strings."""
    if wording == "paper":
        return {"prompt": messages(question_text(question)), "completion": reply(right_answer(question))}
    row = dpo_example(question, 0, wording)
    return {"prompt": row["prompt"], "completion": row["chosen"]}


def dpo_example(question: FitbQuestion | CpQuestion, wrong: int, wording: Wording) -> Example:
    """A question with its right answer chosen and a wrong one, by its index among `answers`, rejected.

    A CP question has one wrong answer only: 1 less the right score, as in section 3.4.2.
    """
    if wording == "paper":
        row = sft_example(question, wording)
        return {"prompt": row["prompt"], "chosen": row["completion"], "rejected": reply(answers(question)[wrong])}
    if isinstance(question, CpQuestion):
        raise PromptError("The compact wording knows FITB only: it scores a whole outfit by its items' likelihood.")
    options = [item_text(option) for option in question.options]
    return {"prompt": outfit_text(question.context), "chosen": options[question.answer], "rejected": options[wrong]}

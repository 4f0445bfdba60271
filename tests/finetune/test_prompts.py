"""The wording: the paper's and our own, word for word, and the frame that a chat template puts around it."""

import json
from types import SimpleNamespace

import pytest

from finetune.prompts import (
    LLAVA_CAPTION,
    answers,
    chat,
    cp_prompt,
    dpo_example,
    fitb_prompt,
    messages,
    question_text,
    reply,
    right_answer,
    sft_example,
)
from finetune.tasks import CpQuestion, FitbQuestion
from tests.fakes import chat_tokenizer

FITB = FitbQuestion(
    context=("Navy  wool\ncoat", "grey jeans"),
    options=("red  boots", "Black heels", "beige sandals"),
    answer=1,
    context_slots=("outerwear", "bottoms"),
    slot="shoes",
    outfit="outfit-4711",
    context_keys=("key-1", "key-2"),
    option_keys=("key-3", "key-4", "key-5"),
)
CP = CpQuestion(
    items=("Navy  wool\ncoat", "grey jeans"),
    label=1,
    slots=("outerwear", "bottoms"),
    outfit="outfit-4711",
    keys=("key-1", "key-2"),
)
BROKEN = CP.model_copy(update={"label": 0})

# Copied from the paper, sections 3.2.1 and 3.2.2 (3.4 repeats them): not from the code.
FITB_PROMPT = """\
You have two lists: the first list contains item descriptions that make up an incomplete outfit, and the second list \
contains additional item descriptions as options to complete the look. Your task is to select exactly one item from List 2 \
that best complements each item in List 1, considering factors like style, color, and overall aesthetic.
List 1 (Incomplete outfit):
Navy wool coat
grey jeans
List 2 (Options to complete the outfit):
red boots
Black heels
beige sandals"""
CP_PROMPT = """\
As a fashion consultant, your task is to evaluate the overall style compatibility of a list of clothing item descriptions. \
You need to assign a single compatibility score between 0 and 1 for the entire list. A score of 1 indicates that the items \
are very compatible style-wise and can be combined to create a cohesive outfit. A score of 0 indicates that the items are \
not compatible at all.
List of clothing item descriptions (Complete Outfit):
Navy wool coat
grey jeans
Output: Compatibility score (0-1)."""


# The paper's wording


def test_the_fitb_prompt_is_the_papers_word_for_word():
    assert fitb_prompt(FITB) == FITB_PROMPT == question_text(FITB)


def test_the_cp_prompt_is_the_papers_word_for_word():
    assert cp_prompt(CP) == CP_PROMPT == question_text(CP)


def test_the_caption_prompt_is_the_papers_word_for_word():
    expected = "Generate a detailed 5-word description of this image, focusing on the color, style, material and design"
    assert expected == LLAVA_CAPTION


def test_a_fitb_question_is_answered_by_an_option_as_its_list_has_it():
    assert answers(FITB) == ["red boots", "Black heels", "beige sandals"]
    assert right_answer(FITB) == "Black heels"


def test_a_cp_question_is_answered_by_0_or_1():
    assert answers(CP) == ["0", "1"]
    assert (right_answer(CP), right_answer(BROKEN)) == ("1", "0")


# Examples to train on


def test_an_sft_example_is_the_prompt_and_the_right_answer():
    asked = [{"role": "user", "content": FITB_PROMPT}]
    assert sft_example(FITB, "paper") == {"prompt": asked, "completion": [{"role": "assistant", "content": "Black heels"}]}
    asked = [{"role": "user", "content": CP_PROMPT}]
    assert sft_example(CP, "paper") == {"prompt": asked, "completion": [{"role": "assistant", "content": "1"}]}
    assert sft_example(BROKEN, "paper") == {"prompt": asked, "completion": [{"role": "assistant", "content": "0"}]}


def test_a_dpo_example_prefers_the_right_answer_to_the_given_wrong_one():
    example = dpo_example(FITB, 2, "paper")
    assert example == {"prompt": messages(FITB_PROMPT), "chosen": reply("Black heels"), "rejected": reply("beige sandals")}


@pytest.mark.parametrize(("question", "right", "wrong"), [(CP, "1", "0"), (BROKEN, "0", "1")])
def test_a_dpo_example_of_cp_rejects_1_less_the_right_score(question, right, wrong):
    example = dpo_example(question, 1 - question.label, "paper")
    assert example == {"prompt": messages(CP_PROMPT), "chosen": reply(right), "rejected": reply(wrong)}


def test_the_compact_wording_lets_the_outfit_go_on_with_the_item():
    start = "An outfit of: navy wool coat; grey jeans;"
    assert sft_example(FITB, "compact") == {"prompt": start, "completion": " black heels;"}
    assert dpo_example(FITB, 0, "compact") == {"prompt": start, "chosen": " black heels;", "rejected": " red boots;"}


def test_the_compact_wording_refuses_a_whole_outfit():
    with pytest.raises(ValueError, match="The compact wording knows FITB only"):
        sft_example(CP, "compact")


@pytest.mark.parametrize("question", [FITB, CP, BROKEN])
def test_no_key_no_slot_and_no_outfit_reaches_a_prompt_or_an_answer(question):
    examples = [sft_example(question, "paper"), dpo_example(question, 0, "paper")]
    if isinstance(question, FitbQuestion):
        examples += [sft_example(question, "compact"), dpo_example(question, 0, "compact")]
    text = json.dumps(examples)
    assert "4711" not in text
    assert "key-" not in text
    assert "outerwear" not in text


# The frame of the chat template


@pytest.mark.parametrize(
    ("family", "start", "end"),
    [
        ("mistral", "<s>[INST] What? [/INST]", " red boots</s>"),
        (
            "smollm2",
            "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
            "<|im_start|>user\nWhat?<|im_end|>\n<|im_start|>assistant\n",
            "red boots<|im_end|>",
        ),
        (
            "qwen2",
            "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
            "<|im_start|>user\nWhat?<|im_end|>\n<|im_start|>assistant\n",
            "red boots<|im_end|>",
        ),
    ],
)
def test_a_question_is_framed_by_the_models_own_template_and_its_answer_ends_the_turn(family, start, end):
    tokenizer = chat_tokenizer(family)
    assert chat(tokenizer, "What?", "red boots") == (start, end)
    assert chat(tokenizer, "What?") == (start, "")


def test_a_model_without_a_template_gets_the_papers_human_and_assistant():
    plain = SimpleNamespace(chat_template=None, eos_token="</s>")
    assert chat(plain, "What?", "red boots") == ("Human: What?\nAssistant:\n", "red boots</s>")
    assert chat(plain, "What?")[0] == "Human: What?\nAssistant:\n"


def test_a_template_that_renders_the_question_differently_once_it_is_answered_is_refused():
    tokenizer = chat_tokenizer("mistral")
    tokenizer.chat_template = "{{ messages | length }} turns: " + tokenizer.chat_template
    with pytest.raises(ValueError, match="The chat template renders a question differently once it is answered"):
        chat(tokenizer, "What?", "red boots")

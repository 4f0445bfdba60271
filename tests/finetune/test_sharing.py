"""Training on shared prefixes, in fp32: the same numbers as from the padded batch, by fewer tokens."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from trl.trainer.dpo_trainer import DataCollatorForPreference
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling
from trl.trainer.utils import add_fused_lm_head

from finetune.sharing import IGNORED, lay_out, share_prefixes
from finetune.training import TrainingError
from tests.fakes import tiny_causal_model

PAD = 1
INSTRUCTION = list(range(10, 40))


def sft_batch(*rows: tuple[list[int], list[int]]) -> dict[str, torch.Tensor]:
    """Prompts and completions as SFTTrainer's model gets them."""
    examples = [{"input_ids": start + end, "labels": [IGNORED] * len(start) + end} for start, end in rows]
    return DataCollatorForLanguageModeling(pad_token_id=PAD)(examples)


def dpo_batch(*pairs: tuple[list[int], list[int], list[int]]) -> dict[str, torch.Tensor]:
    """Prompts, chosen and rejected completions as DPOTrainer's model gets them."""
    examples = [{"prompt_ids": start, "chosen_ids": right, "rejected_ids": wrong} for start, right, wrong in pairs]
    batch = DataCollatorForPreference(pad_token_id=PAD, max_length=None)(examples)
    labels = batch["input_ids"].masked_fill(batch["completion_mask"] == 0, IGNORED)
    return {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"], "labels": labels}


BATCHES = {
    "sft": sft_batch(([*INSTRUCTION, 41, 42], [51, 1]), ([*INSTRUCTION, 43], [52, 53, 54, 1]), (INSTRUCTION, [1])),
    "sft of one row": sft_batch((INSTRUCTION, [51, 52, 1])),
    "sft with the same row twice": sft_batch((INSTRUCTION, [51, 1]), ([9, 8], [7, 1]), (INSTRUCTION, [51, 1])),
    "sft of rows that share nothing": sft_batch(([5, 6, 7, 8, 9], [51, 52, 1]), ([15, 16], [61, 1])),
    "sft of a row that is another's beginning": sft_batch((INSTRUCTION, [51]), ([*INSTRUCTION, 51, 52], [53, 1])),
    "dpo": dpo_batch((INSTRUCTION, [51, 52, 1], [61, 1]), ([*INSTRUCTION, 41, 42], [51, 1], [62, 63, 64, 1])),
    "dpo of answers that begin alike": dpo_batch((INSTRUCTION, [51, 52, 1], [51, 53, 54, 1]), ([9, 8], [7, 1], [6, 1])),
}


def lora_model(family: str, **options: Any) -> Any:
    """A tiny model with LoRA weights that all have gradients, since none of them is zero."""
    model = tiny_causal_model(family, 100)
    for name, value in options.items():
        setattr(model.config, name, value)
    torch.manual_seed(1)
    config = LoraConfig(r=4, target_modules=["q_proj", "k_proj", "v_proj", "o_proj"], init_lora_weights=False)
    return get_peft_model(model, config)


def padded(model: Any, batch: dict[str, torch.Tensor]) -> SimpleNamespace:
    """What the model says to the padded batch, row by row and token by token, by its logits."""
    logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[:, :-1]
    targets = batch["labels"][:, 1:]
    mask = targets != IGNORED
    logs = logits.log_softmax(-1)
    chosen = logs.gather(-1, targets.clamp(min=0)[..., None])[..., 0] * mask
    return SimpleNamespace(
        log_probs=chosen,
        loss=-chosen.sum() / mask.sum(),
        entropy=-(logs.exp() * logs).sum(-1) * mask,
        mean_logits=logits.mean(-1) * mask,
        is_top1=(logits.argmax(-1) == targets) & mask,
        label_mask=mask,
    )


def gradients(model: Any, log_probs: torch.Tensor) -> dict[str, torch.Tensor]:
    """Of the trainable weights, for a loss that weighs every token of every row differently."""
    model.zero_grad()
    (log_probs * torch.linspace(1, 2, log_probs.numel()).view(log_probs.shape)).sum().backward()
    return {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.requires_grad}


@pytest.mark.parametrize("family", ["smollm2", "mistral", "qwen2"])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES.keys())
def test_outputs_and_gradients_are_those_of_the_padded_batch(family, batch):
    model = lora_model(family)
    expected = padded(model, batch)
    plain = gradients(model, expected.log_probs)
    share_prefixes(model)
    found = model(**batch, fused_lm_head=True)
    for name, value in vars(expected).items():
        torch.testing.assert_close(found[name], value, msg=lambda text, name=name: f"{name}: {text}")
    shared = gradients(model, found.log_probs)
    assert shared.keys() == plain.keys()
    assert all(gradient.abs().max() > 1e-4 for gradient in plain.values())  # else agreement would say nothing
    for name, gradient in shared.items():
        torch.testing.assert_close(gradient, plain[name], atol=1e-5, rtol=1e-4, msg=lambda text, name=name: f"{name}: {text}")


def test_rows_are_laid_out_as_a_tree_in_which_no_row_sees_another():
    tree = lay_out([[1, 2, 3], [1, 2, 4, 5], [6], [1, 2, 3]])
    assert tree.input_ids.tolist() == [[1, 2, 3, 4, 5, 6]]
    assert tree.position_ids.tolist() == [[0, 1, 2, 2, 3, 0]]
    assert tree.paths == [[0, 1, 2], [0, 1, 3, 4], [5], [0, 1, 2]]
    assert tree.attention_mask.int().tolist() == [
        [
            [
                [1, 0, 0, 0, 0, 0],
                [1, 1, 0, 0, 0, 0],
                [1, 1, 1, 0, 0, 0],
                [1, 1, 0, 1, 0, 0],
                [1, 1, 0, 1, 1, 0],
                [0, 0, 0, 0, 0, 1],
            ]
        ]
    ]


@pytest.mark.parametrize("name", ["sft", "dpo"])
def test_what_rows_have_in_common_goes_through_the_model_once(name):
    model, seen = lora_model("smollm2"), []
    model.get_base_model().model.register_forward_pre_hook(
        lambda module, args, inputs: seen.append(inputs["input_ids"].shape), with_kwargs=True
    )
    share_prefixes(model)
    batch = BATCHES[name]
    model(**batch, fused_lm_head=True)
    ((rows, nodes),) = seen
    tokens = int(batch["attention_mask"].sum())
    shared = len(INSTRUCTION) * (len(batch["input_ids"]) - 1)
    assert rows == 1
    assert nodes <= tokens - shared < tokens / 2


def test_a_batch_without_a_label_has_a_loss_of_0_that_can_be_learned_from():
    model = lora_model("smollm2")
    share_prefixes(model)
    batch = BATCHES["sft"] | {"labels": torch.full_like(BATCHES["sft"]["labels"], IGNORED)}
    loss = model(**batch, fused_lm_head=True).loss
    loss.backward()
    assert loss.item() == 0


def test_what_is_called_otherwise_is_passed_on_unchanged():
    model, batch = lora_model("mistral").eval(), BATCHES["sft"]
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask")}

    def called() -> list[torch.Tensor]:
        with torch.no_grad():
            written = model.generate(inputs["input_ids"][:1], max_new_tokens=5, do_sample=False, pad_token_id=PAD)
            return [model(**inputs).logits, model(inputs["input_ids"]).logits, model(**batch).loss, written]

    before = called()
    share_prefixes(model)
    for old, new in zip(before, called(), strict=True):
        assert torch.equal(old, new)


def test_rows_longer_than_the_models_window_are_not_shared():
    model = lora_model("mistral", sliding_window=8)
    expected = padded(model, BATCHES["sft"])
    add_fused_lm_head(model.get_base_model())  # as TRL's trainers do
    share_prefixes(model)
    found = model(**BATCHES["sft"], fused_lm_head=True)
    torch.testing.assert_close(found.log_probs, expected.log_probs)


def test_a_model_that_would_misread_the_mask_is_refused():
    model = lora_model("smollm2", _attn_implementation="eager")
    with pytest.raises(TrainingError, match=r"share_prefixes needs the attention \"sdpa\", not \"eager\""):
        share_prefixes(model)

"""Training on shared prefixes: what the rows of a batch have in common goes through the model once.

The rows of a batch repeat the same instruction, and a preference pair its whole prompt. Here they are laid out as one
row with a tree's attention mask: every token sees its own row's tokens before it and no other's, at its own position. And
only hidden states that predict a label meet the output head, whose vocabulary costs as much as a quarter of the layers
(TRL does this on GPUs only). Losses and gradients are those of the padded batch, but for rounding and for one dropout
mask over what is shared.
"""

from typing import Any

import torch
from torch import Tensor
from trl.trainer.utils import FusedCausalLMOutput

from finetune.training import TrainingError
from finetune.tree import lay_out

IGNORED = -100  # a label that counts for nothing, in transformers


def share_prefixes(model: Any) -> None:
    """Make a causal model run the right-padded training batches of TRL's trainers as trees.

    For models whose logits are their output head's, as Llama's, Mistral's and Qwen's are. What is called otherwise,
    for evaluation by logits or for generation, is passed on unchanged, and so are rows longer than a sliding window,
    which the tree's mask knows nothing of. Raises TrainingError for an attention that would misread the mask.
    """
    causal = model.get_base_model() if hasattr(model, "get_base_model") else model
    plain, window = causal.forward, getattr(causal.config, "sliding_window", None)
    attention = causal.config._attn_implementation
    if attention != "sdpa":  # eager adds a mask to the scores, flash takes none of four dimensions
        raise TrainingError(
            f'share_prefixes needs the attention "sdpa", not "{attention}". Put share_prefixes: false into the recipe.'
        )

    def forward(*args: Any, **inputs: Any) -> Any:
        if args or not inputs.get("fused_lm_head") or inputs.get("labels") is None:
            return plain(*args, **inputs)
        if window and inputs["attention_mask"].sum(-1).max() > window:
            return plain(**inputs)
        return _forward(causal, inputs["input_ids"], inputs["attention_mask"], inputs["labels"])

    causal.forward = forward


def _forward(causal: Any, input_ids: Tensor, attention_mask: Tensor, labels: Tensor) -> FusedCausalLMOutput:
    """TRL's output for a batch of (rows, width) tokens: values of shape (rows, width - 1), zero where there is no label."""
    lengths = attention_mask.sum(-1).tolist()
    tree = lay_out([row[:length] for row, length in zip(input_ids.tolist(), lengths, strict=True)])
    hidden = causal.base_model(
        input_ids=tree.input_ids.to(input_ids.device),
        position_ids=tree.position_ids.to(input_ids.device),
        attention_mask=tree.attention_mask.to(input_ids.device),
        use_cache=False,
    ).last_hidden_state[0]
    targets = labels[:, 1:]
    counted = targets != IGNORED
    places = [tree.paths[row][place] for row, place in counted.nonzero().tolist()]
    nodes = torch.tensor(places, dtype=torch.long, device=hidden.device)
    logits = causal.get_output_embeddings()(hidden[nodes]).float()
    log_probabilities = logits.log_softmax(-1)
    chosen = log_probabilities.gather(-1, targets[counted][:, None])[:, 0]

    def spread(values: Tensor) -> Tensor:
        return values.new_zeros(counted.shape).masked_scatter(counted, values)

    with torch.no_grad():
        entropy = -(log_probabilities.exp() * log_probabilities).sum(-1)
        means, best = logits.mean(-1), logits.argmax(-1) == targets[counted]
    log_probs = spread(chosen)
    return FusedCausalLMOutput(
        loss=-log_probs.sum() / counted.sum().clamp(min=1),
        log_probs=log_probs,
        entropy=spread(entropy),
        mean_logits=spread(means),
        is_top1=spread(best),
        label_mask=counted,
    )

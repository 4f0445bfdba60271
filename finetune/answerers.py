"""Who answers a benchmark's questions: from its command line to a scorer or a finder, and what the result row says of it."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from finetune import finders
from finetune.blend import blend_fingerprint, open_part, open_stylist
from finetune.controls import COMPARING, CONTROLS, build
from finetune.datasets import as_polyvore_t
from finetune.endpoint import Endpoint, EndpointError
from finetune.examples import sampled
from finetune.likelihood import LocalLikelihoods
from finetune.model import EMBEDDED, SHIPPED, ModelError, fingerprint_of, load
from finetune.pairs import CaptionVectors, Remembering
from finetune.pictures import picture_vectors
from finetune.prompts import chat, instruction
from finetune.provenance import shown, trained
from finetune.questions import Questions, positive
from finetune.reading import outfit_ids, read_captions, read_dataset
from finetune.results import Scoring
from finetune.scorers import SCORINGS, Generated, Likely, LocalWriter, Ours, Scorer
from finetune.stylist import Stylist
from finetune.tasks import FitbQuestion, Outfit, TaskError, without
from retrieval.complement import SHIPPED as COMPLEMENT
from retrieval.complement import open_complement
from retrieval.embeddings import SentenceEmbedder


def options_into(parser: ArgumentParser) -> None:
    """What says who answers, on the benchmark's command line."""
    controls = tuple(dict.fromkeys((*CONTROLS, *finders.CONTROLS)))
    parser.add_argument("--control", choices=controls, help="measure a control instead of a language model")
    parser.add_argument("--train", type=Path, help="outfits that a control is fitted on; the evaluated ones are dropped by id")
    parser.add_argument("--train-split", help="which part of them, where a data set has no files for its splits")
    parser.add_argument("--train-outfits", type=positive, help="fit on a random sample of so many, as recipes draw it")
    parser.add_argument("--pictures", type=Path, help="a folder of <item key>.jpg: the control compares pictures, not captions")
    parser.add_argument(
        "--model", help="a language model instead of the stylist that ships: SmolLM2-135M-Instruct, a hub id or a folder"
    )
    parser.add_argument("--adapter", type=Path, help="a PEFT adapter for it (default base: SmolLM2-135M-Instruct)")
    parser.add_argument(
        "--stylist",
        "--blend",
        type=Path,
        nargs="?",
        const=SHIPPED,
        help="a folder that `python -m finetune.weigh` wrote; without a folder, or when nobody is named, the stylist that ships",
    )
    parser.add_argument("--part", help="only this part of it, by its folder's name")
    parser.add_argument("--quantize", choices=("nf4",), help="load the base in 4 bits")
    parser.add_argument(
        "--endpoint",
        help="the address of an OpenAI-compatible endpoint that serves --model instead; the variable OPENAI_API_KEY is its key",
    )
    parser.add_argument("--tokenizer", help="the hub id or folder of the endpoint's tokenizer, for its chat template")
    parser.add_argument("--scoring", choices=SCORINGS, nargs="+", default=["ours"], help="how answers are got (default ours)")
    parser.add_argument(
        "--complement", type=Path, help="of cir: a folder that `python -m finetune.distil` wrote (default: the one that ships)"
    )
    parser.add_argument(
        "--name", help="the row's name in its table (default: what was measured); of cir put behind complement- and two-stage-"
    )


def answerers(options: Namespace, found: Questions) -> Iterator[tuple[Scorer, dict[str, Any]]]:
    """Each scorer that is asked for, with what its row says of it. Raises TaskError, ModelError or EndpointError."""
    if options.complement:
        raise TaskError(f"--complement names an encoder that cir asks, and {options.task} does not: leave it out.")
    if options.control:
        yield _control(options, found), {"name": options.name or options.control, "stage": "control"}
        return
    asks_a_model = options.model or options.adapter or options.endpoint or options.quantize
    if options.stylist and asks_a_model:
        raise TaskError("A --stylist and a language model would both answer: name one of them.")
    if options.stylist and options.scoring != ["ours"]:
        raise TaskError("A --stylist answers in one way only, ours: leave --scoring out.")
    if not asks_a_model and options.scoring == ["ours"]:
        stylist = options.stylist or SHIPPED  # what the shop uses
        yield _stylist(stylist, options.part), _about_stylist(stylist, options)
        return
    if options.part:
        raise TaskError("--part names a part of a stylist, which a language model has not: leave it out.")
    model = options.model or EMBEDDED
    about = {"name": options.name or ("adapter" if options.adapter else "plain"), "stage": "plain"}
    about["model"] = shown(Path(model)) if Path(model).is_dir() else model
    if options.endpoint:
        about["endpoint"] = True
        endpoint, tokenizer = _served(model, options)
        likelihoods: Any = endpoint
        write: Any = endpoint.write
    else:
        language_model = load(model, options.adapter, quantize=options.quantize)
        about |= {"fingerprint": language_model.fingerprint, "quantize": options.quantize} | _adapted(options.adapter)
        tokenizer = language_model.tokenizer
        likelihoods = LocalLikelihoods(language_model, chat(tokenizer, instruction(found.asked[0]))[0])
        write = LocalWriter(language_model)
    for scoring in options.scoring:
        yield _scorer(scoring, write, likelihoods, tokenizer), about | {"scoring": scoring}


def of_cir(options: Namespace, found: Questions) -> Iterator[tuple[finders.Finder, dict[str, Any]]]:
    """The control that is asked for; else complementary search by itself, and after it with the stylist as second stage.

    Raises TaskError, ModelError, EmbedderError or ComplementError.
    """
    given = ("model", "adapter", "endpoint", "quantize", "tokenizer", "part", "pictures", "rotations")
    unfit = [name for name in given if getattr(options, name)] + (["scoring"] if options.scoring != ["ours"] else [])
    if unfit:
        raise TaskError(f"cir ranks whole galleries by complementary search or by a control: leave --{unfit[0]} out.")
    embedder = Remembering(SentenceEmbedder())
    if options.control:
        outfits = _training_outfits(options, found) if options.train else []
        found_by = finders.build(options.control, outfits, embedder)
        yield found_by, {"name": options.name or options.control, "stage": "control"}
        return
    complement = open_complement(embedder, options.complement)
    if not complement.learned:
        raise TaskError("There is no trained encoder to measure: name a folder that holds one with --complement.")
    folder, behind = options.complement or COMPLEMENT, f"-{options.name}" if options.name else ""
    first = finders.complementary(complement, CaptionVectors(embedder))
    about = {"stage": "complement", "encoder": shown(folder), "encoder_fingerprint": fingerprint_of(folder)}
    yield first, about | {"name": f"complement{behind}"}
    stylist = options.stylist or SHIPPED
    blend = {"adapter": shown(stylist), "adapter_fingerprint": blend_fingerprint(stylist)}
    yield finders.TwoStages(first, open_stylist(stylist)), about | blend | {"name": f"two-stage{behind}", "stage": "two-stage"}


def _stylist(folder: Path, part: str | None) -> Scorer:
    return Ours(open_part(folder, part) if part else open_stylist(folder))


def _about_stylist(stylist: Path, options: Namespace) -> dict[str, Any]:
    return {
        "name": options.name or options.part or "blend",
        "stage": "blend",
        "adapter": shown(stylist),
        "adapter_fingerprint": blend_fingerprint(stylist),
        "scoring": "ours",
    }


def _scorer(scoring: Scoring, write: Any, likelihoods: Any, tokenizer: Any) -> Scorer:
    if scoring == "generate":
        return Generated(write)
    return Likely(likelihoods, tokenizer) if scoring == "likelihood" else Ours(Stylist.of(likelihoods))


def _served(model: str, options: Namespace) -> tuple[Endpoint, Any]:
    """The endpoint, and its tokenizer, which only the likelihood of a framed answer needs."""
    if "likelihood" in options.scoring and not options.tokenizer:
        raise EndpointError("--scoring likelihood frames answers as the model's chat template does: name its --tokenizer.")
    endpoint = Endpoint(options.endpoint, model, os.environ.get("OPENAI_API_KEY", "none"))
    return endpoint, _tokenizer(options.tokenizer) if options.tokenizer else None


def _tokenizer(name: str) -> Any:
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise ModelError(f"The tokenizer {name} cannot be loaded: {error}") from error


def _adapted(adapter: Path | None) -> dict[str, Any]:
    """What a row says of an adapter; nothing without one."""
    if not adapter:
        return {}
    return {"adapter": shown(adapter), "adapter_fingerprint": fingerprint_of(adapter)} | trained(adapter)


def _control(options: Namespace, found: Questions) -> Scorer:
    outfits = _training_outfits(options, found) if options.train else []
    if not options.pictures:
        return build(options.control, outfits, SentenceEmbedder() if options.control in COMPARING else None)
    keys = {piece.key for outfit in outfits for piece in outfit.pieces} | {key for asked in found.asked for key in _keys(asked)}
    return build(options.control, outfits, features=picture_vectors(options.pictures, keys))


def _training_outfits(options: Namespace, found: Questions) -> list[Outfit]:
    """What a control is fitted on, without what is evaluated."""
    evaluated = {question.outfit for question in found.asked}
    if found.seeds and not options.split:  # a part of one file has no outfit of another part
        evaluated |= outfit_ids(options.data)
    captions = read_captions(options.captions) if options.captions else None
    read = read_dataset(options.train, options.train_split, captions)
    outfits, dropped = without(read.outfits, evaluated)
    outfits = sampled(outfits, options.train_outfits)
    print(f"{read.report()}; {dropped} dropped because they are evaluated on; {len(outfits)} to fit on", file=sys.stderr)
    return [as_polyvore_t(outfit) for outfit in outfits] if found.data == "polyvore-t" else outfits


def _keys(asked: Any) -> tuple[str, ...]:
    return (*asked.context_keys, *asked.option_keys) if isinstance(asked, FitbQuestion) else tuple(asked.keys)

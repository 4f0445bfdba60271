"""`python -m finetune.benchmark fitb|cp`: how well a scorer answers questions, with an interval, as result rows."""

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: spinning threads are up to 38 times slower on busy cores

from catalog.backbone import WeightsError
from catalog.images import PictureError
from finetune.controls import COMPARING, CONTROLS, as_polyvore_t, build
from finetune.endpoint import Endpoint, EndpointError
from finetune.likelihood import LikelihoodError, LocalLikelihoods
from finetune.mango import unseen_answers
from finetune.model import EMBEDDED, ModelError, fingerprint_of, load
from finetune.pictures import picture_vectors
from finetune.questions import Questions, options_into, questions
from finetune.reading import outfit_ids, read_captions, read_dataset
from finetune.record import RECORD, shown
from finetune.results import FOLDER, Result, Scoring, log_test, write
from finetune.scorers import SCORINGS, Generated, Likely, LocalWriter, Ours, Scorer
from finetune.scoring import answer, measured, rotated
from finetune.stylist import Stylist
from finetune.tasks import FitbQuestion, Outfit, TaskError, without
from finetune.training import commit
from retrieval.embeddings import EmbedderError, SentenceEmbedder


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a benchmark; errors that a person can mend are one sentence on stderr, and exit status 2."""
    options = _parser().parse_args(arguments)
    try:
        results = run(options)
    except (TaskError, ModelError, LikelihoodError, EmbedderError, EndpointError, PictureError, WeightsError) as error:
        print(error, file=sys.stderr)
        return 2
    for result in results:
        print(result.line(), flush=True)
    if options.out:
        print(options.out)
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m finetune.benchmark", description="Measure a scorer on outfit questions.")
    options_into(parser)
    parser.add_argument("--control", choices=CONTROLS, help="measure a control instead of a language model")
    parser.add_argument("--train", type=Path, help="outfits that a control is fitted on; the evaluated ones are dropped by id")
    parser.add_argument("--train-split", help="which part of them, where a data set has no files for its splits")
    parser.add_argument("--pictures", type=Path, help="a folder of <item key>.jpg: the control compares pictures, not captions")
    parser.add_argument("--model", default=EMBEDDED, help="the base: embedded, a hub id or a folder")
    parser.add_argument("--adapter", type=Path, help="a PEFT adapter for it")
    parser.add_argument("--quantize", choices=("nf4",), help="load the base in 4 bits")
    parser.add_argument("--endpoint", help="the address of an OpenAI-compatible endpoint that serves --model instead")
    parser.add_argument("--tokenizer", help="the hub id or folder of the endpoint's tokenizer, for its chat template")
    parser.add_argument("--scoring", choices=SCORINGS, nargs="+", default=["ours"], help="how answers are got (default ours)")
    parser.add_argument("--rotations", type=int, default=0, help="measure order consistency on so many FITB questions")
    parser.add_argument("--name", help="the row's name in its table (default: what was measured)")
    parser.add_argument("--note", help="a remark that stands beside the row")
    parser.add_argument(
        "--results", type=Path, default=FOLDER, help="where looks at a test split are logged (default: the package's own)"
    )
    parser.add_argument("--out", type=Path, help="where the result rows go, as JSON; an interrupted run is resumed there")
    return parser


def run(options: Namespace) -> list[Result]:
    """The result rows: one for each scoring, or one for a control; two each where items stand in many outfits (Mango)."""
    found = questions(options)
    if found.report:
        print(found.report, file=sys.stderr)
    results: list[Result] = []
    notes: list[Path | None] = []
    for scorer, about in _scorers(options, found):
        notes.append(_notes(options, about))
        results += _results(scorer, about, found, options, notes[-1])
    log_test(results, options.results)
    if options.out:
        write(results, options.out)
    for path in notes:
        if path:
            path.unlink()
    return results


def _notes(options: Namespace, about: dict[str, Any]) -> Path | None:
    """Where answers are kept until all are there."""
    return options.out.with_suffix(f".{about.get('scoring', 'control')}.partial") if options.out else None


def _results(
    scorer: Scorer, about: dict[str, Any], found: Questions, options: Namespace, notes: Path | None
) -> Iterator[Result]:
    answered = answer(scorer, found.asked, notes, _identity(about, options))
    consistency = rotated(scorer, found.asked[: options.rotations]) if options.rotations and options.task == "fitb" else None
    for data, places in _columns(found, options):
        asked = [found.asked[place] for place in places]
        yield Result(
            **about | measured(asked, [answered.scores[place] for place in places], about.get("scoring")),
            task=options.task,
            data=data,
            split=found.split,
            seeds=found.seeds,
            order_consistency=consistency,
            note=options.note,
            commit=commit(),
            seconds=round(answered.seconds, 1),
        )


def _identity(about: dict[str, Any], options: Namespace) -> str:
    """All that an answer depends on besides its question: notes of any other run are not gone on with."""
    depends = about | {name: getattr(options, name) for name in ("quantize", "endpoint", "tokenizer", "train", "pictures")}
    depends["weights"] = fingerprint_of(options.adapter) if options.adapter else None
    return " ".join(f"{name}={value}" for name, value in depends.items() if value)


def _columns(found: Questions, options: Namespace) -> Iterator[tuple[str, list[int]]]:
    """All questions; and by themselves those whose answer no training outfit shows, where a shop's items recur."""
    yield found.data, list(range(len(found.asked)))
    if options.split and options.split != "train":
        seen = unseen_answers(found.asked, read_dataset(options.data, "train").outfits)
        yield f"{found.data}-unseen", [place for place, unseen in enumerate(seen) if unseen]


def _scorers(options: Namespace, found: Questions) -> Iterator[tuple[Scorer, dict[str, Any]]]:
    """Each scorer that is asked for, with what its row says of it."""
    if options.control:
        yield _control(options, found)
        return
    about = {"name": options.name or ("adapter" if options.adapter else "plain"), "stage": "plain"}
    about["model"] = shown(Path(options.model)) if Path(options.model).is_dir() else options.model
    if options.endpoint:
        endpoint = Endpoint(options.endpoint, options.model, os.environ.get("OPENAI_API_KEY", "none"))
        tokenizer = _tokenizer(options.tokenizer)
        for scoring in options.scoring:
            yield _scorer(scoring, endpoint.write, endpoint, tokenizer), about | {"scoring": scoring}
        return
    language_model = load(options.model, options.adapter, quantize=options.quantize)
    about |= {"fingerprint": language_model.fingerprint, "adapter": options.adapter and shown(options.adapter)} | _trained(
        options.adapter
    )
    for scoring in options.scoring:
        likelihoods, write_answer = LocalLikelihoods(language_model), LocalWriter(language_model)
        yield _scorer(scoring, write_answer, likelihoods, language_model.tokenizer), about | {"scoring": scoring}


def _scorer(scoring: Scoring, write_answer: Any, likelihoods: Any, tokenizer: Any) -> Scorer:
    if scoring == "generate":
        return Generated(write_answer)
    return Likely(likelihoods, tokenizer) if scoring == "likelihood" else Ours(Stylist(likelihoods))


def _tokenizer(name: str | None) -> Any:
    """An endpoint's tokenizer; without one, a frame without a chat template: the paper's "Human: … Assistant:"."""
    if not name:
        return SimpleNamespace(chat_template=None, eos_token="")
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise ModelError(f"The tokenizer {name} cannot be loaded: {error}") from error


def _trained(adapter: Path | None) -> dict[str, Any]:
    """What an adapter's own record says of its training."""
    if not adapter or not (adapter / RECORD).is_file():
        return {"stage": "sft"} if adapter else {}
    record = json.loads((adapter / RECORD).read_text(encoding="utf-8"))
    return {"stage": {"dpo": "sft+dpo"}.get(record["stage"], record["stage"]), "recipe": record.get("recipe")}


def _control(options: Namespace, found: Questions) -> tuple[Scorer, dict[str, Any]]:
    captions = read_captions(options.captions) if options.captions else None
    outfits: list[Outfit] = []
    if options.train:
        evaluated = {question.outfit for question in found.asked}
        if found.seeds and not options.split:  # a part of one file has no outfit of another part
            evaluated |= outfit_ids(options.data)
        read = read_dataset(options.train, options.train_split, captions)
        outfits, dropped = without(read.outfits, evaluated)
        print(f"{read.report()}; {dropped} dropped because they are evaluated on", file=sys.stderr)
    if found.data == "polyvore-t":
        outfits = [as_polyvore_t(outfit) for outfit in outfits]
    about = {"name": options.name or options.control, "stage": "control"}
    if not options.pictures:
        embedder = SentenceEmbedder() if options.control in COMPARING else None
        return build(options.control, outfits, embedder), about
    keys = {piece.key for outfit in outfits for piece in outfit.pieces} | {key for asked in found.asked for key in _keys(asked)}
    return build(options.control, outfits, features=picture_vectors(options.pictures, keys)), about


def _keys(asked: Any) -> tuple[str, ...]:
    return (*asked.context_keys, *asked.option_keys) if isinstance(asked, FitbQuestion) else tuple(asked.keys)


if __name__ == "__main__":
    sys.exit(main())

"""The only maker of captioners: the embedded one, LLaVA through transformers, or a vision model at an endpoint."""

import argparse
import os
from typing import TYPE_CHECKING, Literal, get_args

from catalog.items import CatalogueError

if TYPE_CHECKING:
    from catalog.captions import Captioner  # brings torch, and a help page needs none

Kind = Literal["embedded", "llava", "endpoint"]
KINDS: tuple[Kind, ...] = get_args(Kind)
KEY = "OPENAI_API_KEY"  # the environment variable that holds an endpoint's key: no key stands on a command line


def captioner_options(parser: argparse.ArgumentParser) -> None:
    """The options by which a command lets its user choose a captioner; `chosen_captioner` makes it."""
    parser.add_argument("--captioner", choices=KINDS, help="who looks (default: embedded)")
    parser.add_argument("--model", metavar="NAME", help="for llava a hub id or folder, for an endpoint as it calls it")
    parser.add_argument("--address", metavar="URL", help=f"an OpenAI-compatible endpoint; its key stands in {KEY}")
    parser.add_argument("--structured", action="store_true", help="ask for fields (JSON), not for the paper's five words")
    parser.add_argument("--bits", type=int, choices=[4], help="load llava's weights in NF4 (needs bitsandbytes)")
    parser.add_argument("--at-once", type=int, default=4, metavar="N", help="requests to an endpoint beside each other")
    parser.add_argument("--prices", type=float, nargs=2, default=(0.0, 0.0), metavar="P", help="of a million tokens in and out")
    parser.add_argument("--again", action="store_true", help="try once more the pictures that an earlier run got no caption of")


def chosen_captioner(options: argparse.Namespace) -> "Captioner":
    """The captioner that a command's user chose. Raises CatalogueError where it cannot be made, with what to do."""
    return make_captioner(
        options.captioner or "embedded",
        options.model,
        options.address,
        options.structured,
        options.bits,
        options.at_once,
        tuple(options.prices),
    )


def make_captioner(
    kind: Kind = "embedded",
    model: str | None = None,
    address: str | None = None,
    structured: bool = False,
    bits: int | None = None,
    at_once: int = 4,
    prices: tuple[float, float] = (0.0, 0.0),
) -> "Captioner":
    """A captioner. Raises CatalogueError where it cannot be made, with what to do."""
    if kind == "embedded":
        from catalog.backbone import WeightsError
        from catalog.vision import EmbeddedCaptioner

        try:
            return EmbeddedCaptioner()
        except WeightsError as error:
            raise CatalogueError(str(error)) from error
    if kind == "llava":
        from catalog.llava import DEFAULT, LlavaCaptioner

        return LlavaCaptioner(model or DEFAULT, structured, bits)
    if not (model and address):
        raise CatalogueError("An endpoint needs --address (such as http://localhost:8000/v1) and --model, as it calls it.")
    from catalog.vision_endpoint import EndpointCaptioner

    return EndpointCaptioner(address, model, os.environ.get(KEY, "none"), structured, at_once, prices=prices)

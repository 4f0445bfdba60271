"""The only maker of captioners: the embedded one, LLaVA through transformers, or a vision model at an endpoint."""

import os
from typing import Literal, get_args

from catalog.captions import Captioner
from catalog.items import CatalogueError

Kind = Literal["embedded", "llava", "endpoint"]
KINDS: tuple[Kind, ...] = get_args(Kind)
KEY = "OPENAI_API_KEY"  # the environment variable that holds an endpoint's key: no key stands on a command line


def make_captioner(
    kind: Kind = "embedded",
    model: str | None = None,
    address: str | None = None,
    structured: bool = False,
    bits: int | None = None,
    at_once: int = 4,
    prices: tuple[float, float] = (0.0, 0.0),
) -> Captioner:
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

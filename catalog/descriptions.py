"""What a captioner says of a picture: a description, or why there is none."""

from pydantic import BaseModel, ConfigDict

from catalog.region import Frame

NO_GARMENT = "no garment seen"


class AnswerError(ValueError):
    """An answer that is no description of a garment; the message says why, in a few words that can be counted."""


class NoAnswer(AnswerError):
    """No answer came, which says nothing about the picture: another time one may."""


class Description(BaseModel):
    """What is seen in a picture. `confidence` is the probability of `kind`, None from a captioner that states none.

    `box` says where it lies if the picture shows several: left, top, right and bottom as shares of the picture.

    `colours` holds up to three canonical names, biggest area first; `alternatives` are other kinds, best first. `unsure` says
    that the conversation should ask.
    """

    model_config = ConfigDict(frozen=True)

    caption: str
    slot: str
    kind: str
    colours: tuple[str, ...]
    pattern: str | None = None
    material: str | None = None
    style: str | None = None
    seasons: tuple[str, ...] = ()
    occasions: tuple[str, ...] = ()
    confidence: float | None = None
    alternatives: tuple[tuple[str, float], ...] = ()
    unsure: bool = False
    box: Frame | None = None

"""What a vision model says of a picture, asked in the paper's words or for JSON, read as a description or turned down."""

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from catalog.taxonomy import Field, vocabulary
from catalog.vision import Description

# "Decoding Style" (section on captions): LLaVA's prompt.
PLAIN = "Generate a detailed 5-word description of this image, focusing on the color, style, material and design"
STRUCTURED = (
    "Describe the main garment of this picture as one JSON object with the keys slot, garment, colours, pattern, material, style, "
    "season and occasion. slot is one of {slots}, or null where no garment is seen. garment is its type in English, such as "
    '"ankle boots". colours, season and occasion are lists; pattern, material and style are a word or null. Say only what the '
    "picture shows, and nothing beside the JSON."
)
MOST_WORDS = 60  # of a plain answer: the paper asks for five
MOST_LETTERS = 4_000  # of a structured one
_GARBLED = re.compile(r"[\ufffd\x00-\x08\x0e-\x1f]")
_REFUSED = re.compile(
    r"\b(?:sorry|(?:can(?:no|')t|cannot|unable to|not able to)\s+(?:\w+\s+){0,2}?(?:see|help|assist|describe|view|identify)|as an ai)\b",
    re.I,
)
_NOTHING = re.compile(
    r"\bno (?:garments?|clothes|clothing|fashion items?|items? of clothing)\b|\bdoes not (?:show|contain) (?:a|any) (?:garment|cloth)",
    re.I,
)
_OTHER_LANGUAGE = re.compile(r"\b(?:ein|eine|und|mit|der|die|das|une|avec|dans|una|con|para|een|met|uma|com|il|della)\b", re.I)


class AnswerError(ValueError):
    """An answer that is no description of a garment; the message says why, in a few words that can be counted."""


class NoAnswer(AnswerError):
    """No answer came, which says nothing about the picture: another time one may."""


class Seen(BaseModel):
    """A structured answer, as it came: single words where a list was asked for are taken as lists of one."""

    model_config = ConfigDict(extra="ignore")

    slot: str | None = None
    garment: str | None = None
    colours: list[str] = []
    pattern: str | None = None
    material: str | None = None
    style: str | None = None
    season: list[str] = []
    occasion: list[str] = []

    @field_validator("colours", "season", "occasion", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return [] if value is None else [value] if isinstance(value, str) else value

    @field_validator("pattern", "material", "style", mode="before")
    @classmethod
    def _single(cls, value: Any) -> Any:
        return next(iter(value), None) if isinstance(value, list) else value


def prompt(structured: bool = False) -> str:
    """What a vision model is asked."""
    return STRUCTURED.format(slots=", ".join(vocabulary().slots)) if structured else PLAIN


def read_answer(text: str, structured: bool = False) -> Description:
    """The description that an answer gives. Raises AnswerError for what is empty, refused, endless, foreign or of no garment.

    Its confidence is None: a model that writes says nothing of how sure it is.
    """
    said = " ".join(text.split())
    if not said:
        raise AnswerError("an empty answer")
    if _GARBLED.search(said):
        raise AnswerError("a garbled answer")
    if len(said) > MOST_LETTERS or (not structured and len(said.split()) > MOST_WORDS):
        raise AnswerError("an answer without end")
    if _NOTHING.search(said):
        raise AnswerError("no garment seen")
    if structured and "{" in said:
        return _described(_parsed(text))
    if _REFUSED.search(said):
        raise AnswerError("a refusal")
    if len(said.split()) > MOST_WORDS:
        raise AnswerError("no JSON")
    return _plainly(said)  # who answers a call for JSON with "navy wool coat" has answered


def _parsed(text: str) -> Seen:
    """The JSON object of an answer, whatever stands around it; what is cut off is closed."""
    from langchain_core.utils.json import parse_json_markdown  # mends fences, cut ends and single quotes better than we would

    try:
        found = parse_json_markdown(text[text.index("{") :])
        return Seen.model_validate(found)
    except (ValueError, ValidationError) as error:
        raise AnswerError("broken JSON") from error


def _described(seen: Seen) -> Description:
    """A structured answer in the vocabulary's words."""
    words = vocabulary()
    kind = words.kind_in(seen.garment or "") or words.kind_in(seen.slot or "")
    if kind is None:
        raise AnswerError("no garment seen" if not (seen.garment or seen.slot) else "no garment that is known")
    colours = _canonical("colour", seen.colours)
    pattern = next(iter(_canonical("pattern", [seen.pattern or ""])), None)
    material = next(iter(_canonical("material", [seen.material or ""])), None)
    shown = [
        " and ".join(colours),
        "" if pattern in (None, "solid") else pattern or "",
        material or "",
        seen.garment or kind.one,
    ]
    return Description(
        caption=" ".join(word for word in shown if word).strip(),
        slot=kind.slot,
        kind=kind.name,
        colours=colours,
        pattern=pattern,
        material=material,
        style=seen.style or None,
        seasons=_canonical("season", seen.season),
        occasions=_canonical("occasion", seen.occasion),
    )


def _plainly(said: str) -> Description:
    """A caption in a few words, with what the vocabulary knows of them."""
    words = vocabulary()
    kind = words.kind_in(said)
    if kind is None:
        foreign = len(_OTHER_LANGUAGE.findall(said)) > 0 or sum(letter.isascii() for letter in said) < 0.7 * len(said)
        raise AnswerError("an answer in another language" if foreign else "no garment that is known")
    return Description(
        caption=said.strip(" .\"'").lower(),
        slot=kind.slot,
        kind=kind.name,
        colours=_canonical("colour", [said]),
        pattern=next(iter(_canonical("pattern", [said])), None),
        material=next(iter(_canonical("material", [said])), None),
        seasons=_canonical("season", [said]),
        occasions=_canonical("occasion", [said]),
    )


def _canonical(field: Field, said: list[str]) -> tuple[str, ...]:
    """The vocabulary's names in what was said, in order; of "navy blue" the shade alone. At most three."""
    words = vocabulary()
    names = [mention.name for each in said for mention in words.mentions(str(each), field)]
    shades = {words.basic(name) for name in names if field == "colour" and words.basic(name) != name}
    return tuple(dict.fromkeys(name for name in names if name not in shades))[:3]

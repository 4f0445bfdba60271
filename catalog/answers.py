"""What a vision model says of a picture, asked in the paper's words or for JSON, read as a description or turned down."""

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from catalog.descriptions import NO_GARMENT, AnswerError, Description, NoAnswer
from catalog.region import Frame, common
from catalog.taxonomy import Field, vocabulary

# "Decoding Style" (section on captions): LLaVA's prompt.
PLAIN = "Generate a detailed 5-word description of this image, focusing on the color, style, material and design"
STRUCTURED = (
    "Describe the main garment of this picture as one JSON object with the keys slot, garment, colours, pattern, material, style, "
    "season and occasion. slot is one of {slots}, or null where no garment is seen. garment is its type in English, such as "
    '"ankle boots". colours, season and occasion are lists; pattern, material and style are a word or null. Say only what the '
    "picture shows, and nothing beside the JSON."
)
SEVERAL = (
    "List what is worn or carried in this picture as one JSON list, from top to bottom, with one object for each garment, pair of "
    "shoes, bag or piece of jewellery; an empty list where there is none. The keys of an object are box, slot, garment, colours, "
    "pattern, material, style, season and occasion. box is [left, top, right, bottom] as shares of the picture's width and height, "
    'from 0 to 1. slot is one of {slots}. garment is its type in English, such as "ankle boots". colours, season and occasion are '
    "lists; pattern, material and style are a word or null. Say only what the picture shows, and nothing beside the JSON."
)
MOST_GARMENTS = 12  # of a picture: an answer with more goes round in circles
SAME = 0.8  # of the smaller box lies in the other, from which two garments of one kind are one
MOST_WORDS = 60  # of a plain answer: the paper asks for five
MOST_LETTERS = 4_000  # of a structured one
MOST_NAME = 12  # words of a garment's type
_GARBLED = re.compile(r"[\ufffd\ud800-\udfff\x00-\x08\x0e-\x1f]")
_REFUSED = re.compile(
    r"\b(?:sorry|(?:can(?:no|')t|cannot|unable to|not able to)\s+(?:\w+\s+){0,2}?(?:see|help|assist|describe|view|identify)|as an ai)\b",
    re.I,
)
_NOTHING = re.compile(
    r"\bno (?:garments?|clothes|clothing|fashion items?|items? of clothing)\b|\bdoes not (?:show|contain) (?:a|any) (?:garment|cloth)",
    re.I,
)
_OTHER_LANGUAGE = re.compile(r"\b(?:ein|eine|und|mit|der|die|das|une|avec|dans|una|con|para|een|met|uma|com|il|della)\b", re.I)


class Seen(BaseModel):
    """A structured answer, as it came: single words where a list was asked for are taken as lists of one.

    A `box` that is none (not four shares of the picture, or without extent) is left out, and the garment stays.
    """

    model_config = ConfigDict(extra="ignore")

    slot: str | None = None
    garment: str | None = None
    colours: list[str] = []
    pattern: str | None = None
    material: str | None = None
    style: str | None = None
    season: list[str] = []
    occasion: list[str] = []
    box: Frame | None = None

    @field_validator("box", mode="before")
    @classmethod
    def _boxed(cls, value: Any) -> Any:
        numbers = isinstance(value, list) and len(value) == 4 and all(type(side) in (int, float) for side in value)
        if not numbers or not all(0 <= side <= 1 for side in value) or value[0] >= value[2] or value[1] >= value[3]:
            return None
        return tuple(value)

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
        raise AnswerError(NO_GARMENT)
    if structured and "{" in said:
        return _described(_parsed(text))
    if _REFUSED.search(said):
        raise AnswerError("a refusal")
    if len(said.split()) > MOST_WORDS:
        raise AnswerError("no JSON")
    return _plainly(said)  # who answers a call for JSON with "navy wool coat" has answered


def several_prompt() -> str:
    """What a vision model is asked where a picture may show several garments."""
    return SEVERAL.format(slots=", ".join(vocabulary().slots))


def read_several(text: str) -> list[Description]:
    """The garments that an answer lists, each once. Raises AnswerError for what is no list, endless, or lists no garment.

    What is known to be no garment is left out; where one alone is left, it stands for the whole picture, without a box.
    """
    from langchain_core.utils.json import parse_json_markdown

    if "[" not in text:
        raise AnswerError("no JSON")
    try:
        listed = parse_json_markdown(text[text.index("[") :])
    except (ValueError, RecursionError) as error:
        raise AnswerError("broken JSON") from error
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise AnswerError("no list of garments")
    if len(listed) > MOST_GARMENTS:
        raise AnswerError("an answer without end")
    found: list[Description] = []
    for one in listed:
        try:
            said = _described(Seen.model_validate(one))
        except (AnswerError, ValidationError):
            continue
        if not any(_same_garment(said, other) for other in found):
            found.append(said)
    if not found:
        raise AnswerError(NO_GARMENT)
    return found if len(found) > 1 else [found[0].model_copy(update={"box": None})]


def no_list(listed: AnswerError, single: AnswerError) -> AnswerError:
    """What a model says that answered neither with a list nor with one garment: that there is none, where either answer says so."""
    none_seen = NO_GARMENT in (str(listed), str(single)) and not isinstance(single, NoAnswer)
    return AnswerError(NO_GARMENT) if none_seen else single


def _same_garment(one: Description, other: Description) -> bool:
    """Whether a list names one garment twice: the same kind in the same place, or in none."""
    if one.kind != other.kind:
        return False
    return one.box == other.box or (one.box is not None and other.box is not None and common(one.box, other.box) > SAME)


def _parsed(text: str) -> Seen:
    """The JSON object of an answer, whatever stands around it; what is cut off is closed."""
    from langchain_core.utils.json import parse_json_markdown  # mends fences, cut ends and single quotes better than we would

    try:
        found = parse_json_markdown(text[text.index("{") :])
        return Seen.model_validate(found)
    except (ValueError, RecursionError) as error:  # pydantic's errors are the former
        raise AnswerError("broken JSON") from error


def _described(seen: Seen) -> Description:
    """A structured answer in the vocabulary's words."""
    words, garment = vocabulary(), " ".join((seen.garment or "").split())
    if _GARBLED.search(garment):
        raise AnswerError("a garbled answer")
    if len(garment.split()) > MOST_NAME or len(garment) > MOST_NAME * 12:
        raise AnswerError("an answer without end")
    kind = words.kind_in(garment) or words.kind_in(seen.slot or "")
    if kind is None:
        raise AnswerError(NO_GARMENT if not (garment or seen.slot) else "no garment that is known")
    colours = _canonical("colour", seen.colours)
    pattern = next(iter(_canonical("pattern", [seen.pattern or ""])), None)
    material = next(iter(_canonical("material", [seen.material or ""])), None)
    shown = [
        " and ".join(colours),
        "" if pattern in (None, "solid") else pattern or "",
        material or "",
        garment or kind.one.removeprefix("pair of "),
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
        box=seen.box,
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

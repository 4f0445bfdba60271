"""What the shopper wants, over turns: a message is read, then understood against what was understood before.

Rules, tried in order; the first that answers wins. The turns of phrase they go by stand in cues.py. What no rule knows is
compared with examples by meaning (intents.py), and asked about where that is unsure.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.profile import Profile
from assistant.understanding import cues
from assistant.understanding.amounts import Budget, impossible
from assistant.understanding.anchoring import correction
from assistant.understanding.asides import foreign, fresh_start, orders, settling, small_talk, without_orders
from assistant.understanding.intents import Guess
from assistant.understanding.lifting import TakenBack, taken_back
from assistant.understanding.outfits import changed_look, judgement, whole_look
from assistant.understanding.reading import read
from assistant.understanding.references import pointed
from assistant.understanding.refining import filters_in
from assistant.understanding.showing import about_shown
from assistant.understanding.told import Rule, Told
from assistant.understanding.understood import Anchor, Understood
from assistant.understanding.wishing import another, completion, exchange, hunt, photo_alone, refinement, similar

Guesser = Callable[[str], Guess | None]
_BARE_PRICE = re.compile(r"\W*(?:o+k+\w*|fine|yes|then|alright|hm+|well|maybe)?\W*(\d{2,5})\W*(?:then|max)?\W*", re.I)
NOBODY = Profile()  # a shopper of whom nothing is known


def understand(
    message: str,
    photos: Sequence[Anchor] = (),
    before: Understood | None = None,
    brands: Sequence[str] = (),
    guess: Guesser = lambda _: None,
    profile: Profile = NOBODY,
) -> Understood:
    """What the shopper wants with this message, given the photos that came with it and the conversation so far.

    guess: the intent of a message that no rule knows, by examples of it; profile: what is known of the shopper by now.
    """
    told = Told(read(without_orders(message), brands), tuple(photos), before, profile=profile)
    if understood := orders(told):  # before anything is lifted or begun anew
        return understood.but(profile=profile)
    rest = fresh_start(told.text) if before or cues.START_OVER.match(told.text) else None
    if rest is not None:
        anew = understand(rest, photos, None, brands, guess, profile) if rest else None
        return anew if anew and anew.task else Understood(intent="chat", topic="fresh", profile=profile)
    return _understood(told, brands, guess).but(profile=profile)


def _understood(told: Told, brands: Sequence[str], guess: Guesser) -> Understood:
    before, photos = told.before, told.photos
    back = taken_back(told.text, before) if before and not photos else None
    if back:
        told = Told(read(back.rest, brands), (), back.before, profile=told.profile)
        if not _says_more(told):
            return _rerun(back)
    told = _with_what_is_pointed_at(told, brands)
    told = _bare_price(told)
    if trouble := impossible(told.reading.budget):
        return _without_the_price(told, *trouble, guess)
    for rule in RULES:
        if understood := rule(told):
            return understood
    return _unruled(told, guess) if not back else _rerun(back)


def _with_what_is_pointed_at(told: Told, brands: Sequence[str]) -> Told:
    """The turn with the shown items that it points at. The words that point ("the black boots") are read as "it": they wish nothing."""
    found = pointed(told.text, told.before, told.reading.unpriced)
    text = told.text
    for span in found.spans:
        text = re.sub(rf"\b{re.escape(span)}(?!\w)", "it", text, flags=re.I)
    reading = read(text, brands) if text != told.text else told.reading
    return replace(told, reading=replace(reading, taken=told.reading.taken), pointed=found)


def _bare_price(told: Told) -> Told:
    """The turn with a number that stands alone taken as a price, where a price was offered: "ok 80"."""
    offer = told.before.offer if told.before else None
    match = _BARE_PRICE.fullmatch(told.text)
    if not match or offer is None or offer.value is None:
        return told
    return replace(told, reading=replace(told.reading, budget=Budget(highest=float(match[1]))))


def _without_the_price(told: Told, topic: str, words: str, guess: Guesser) -> Understood:
    """What is wished beside a price that cannot be, to be gone on from when a better one is named."""
    plain = replace(told, reading=replace(told.reading, budget=Budget()))
    understood = next((found for rule in RULES if (found := rule(plain))), None)
    if understood is None or understood.task not in ("complement", "search", "build"):
        return told.aside(topic=topic, words=words)
    return understood.but(topic=topic, offered=words)


def _says_more(told: Told) -> bool:
    """Whether a message that takes something back wishes something besides."""
    return bool(
        told.reading.phrases or filters_in(told.reading).stated() or cues.SWAP.search(told.text) or cues.BUILD.search(told.text)
    )


def _rerun(back: TakenBack) -> Understood:
    """The same task again, without what was taken back."""
    before = back.before
    if not back.changed or not before.task or before.task == "judge":
        return before.aside("chat", topic="lifted" if back.changed else "not set")
    return before.aside(before.task, exclude=before.rejected)


RULES: tuple[Rule, ...] = (
    foreign,
    settling,
    about_shown,
    small_talk,
    correction,
    judgement,
    whole_look,
    changed_look,
    similar,
    exchange,
    another,
    completion,
    hunt,
    refinement,
    photo_alone,
)


def _unruled(told: Told, guess: Guesser) -> Understood:
    """Words that no rule knows: what they are most like, or politely back to clothes."""
    unknown = cues.UNKNOWN_SEARCH.search(told.text)
    if unknown and len(unknown[1].split()) <= 4:
        return told.aside(topic="unknown", unknown=unknown[1].strip())
    guessed = guess(told.text)
    if guessed is None:
        return told.aside(topic="out of scope")
    if not guessed.sure:
        return told.aside(topic="unsure", words=guessed.label)
    said_plainly = replace(told, reading=read(guessed.plainly))
    understood = next((found for rule in RULES if (found := rule(said_plainly))), None)
    return understood or told.aside(topic="out of scope")

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
from assistant.understanding.anchoring import correction, meant
from assistant.understanding.asides import foreign, fresh_start, orders, settling, small_talk, without_orders
from assistant.understanding.changing import changed_look
from assistant.understanding.choosing import WHICH, fit_for, which_of, yes_or_no
from assistant.understanding.completing import completion, photo_alone
from assistant.understanding.exchanging import another, exchange, recoloured, similar
from assistant.understanding.intents import Guess
from assistant.understanding.judgements import judgement
from assistant.understanding.lifting import TakenBack, taken_back
from assistant.understanding.of_photos import colours_with, what_it_shows
from assistant.understanding.outfits import whole_look
from assistant.understanding.reading import Reading, read
from assistant.understanding.references import speaks_of_it
from assistant.understanding.refining import filters_in
from assistant.understanding.resolving import bare_number, with_what_is_pointed_at
from assistant.understanding.returning import GoneBack, gone_back, quests
from assistant.understanding.showing import about_shown
from assistant.understanding.suiting import SUITS, asked_of
from assistant.understanding.told import Rule, Told
from assistant.understanding.understood import Anchor, Intent, Understood
from assistant.understanding.unseen import ASKED_WHAT, it_is, what_is_it, words_count
from assistant.understanding.wishing import hunt, narrowed_filters, refinement

Guesser = Callable[[str], Guess | None]
Likelihood = Callable[[Reading, Understood | None], Intent | None]
NOBODY = Profile()  # a shopper of whom nothing is known


def understand(
    message: str,
    photos: Sequence[Anchor] = (),
    before: Understood | None = None,
    brands: Sequence[str] = (),
    guess: Guesser = lambda _: None,
    profile: Profile = NOBODY,
    likely: Likelihood = lambda _, __: None,
    advise: Callable[[str], str | None] = lambda _: None,
    empty: int = 0,
) -> Understood:
    """What the shopper wants with this message, given the photos that came with it and the conversation so far.

    `empty` counts the photos that show no garment.
    guess: the intent of a message that no rule knows, by examples of it; likely: the intent that it most likely has, where that
    is sure; advise: the topic of style that a general question is about; profile: what is known of the shopper by now.
    """
    reading = read(without_orders(message), brands)
    told = Told(reading, meant(photos, reading), before, profile=profile, empty=empty)
    if understood := orders(told):  # before anything is lifted or begun anew
        return understood.but(profile=profile)
    rest = fresh_start(told.text) if before or cues.START_OVER.match(told.text) else None
    if rest is not None:
        anew = understand(rest, photos, None, brands, guess, profile, likely, advise, empty) if rest else None
        return anew if anew and anew.task else Understood(intent="chat", topic="fresh", profile=profile)
    understood = _understood(told, brands, guess, likely)
    if understood.topic == "etiquette" and (about := asked_of(told.reading)):
        understood = understood.but(topic=SUITS, about=about)
    elif understood.topic == "etiquette" and not _PLEASE.search(told.text) and (topic := advise(told.text)):
        understood = understood.but(topic="advice on style", about=topic)
    if empty and understood.topic != ASKED_WHAT:
        understood = understood.but(notes=(*understood.notes, words_count(empty, bool(photos))))
    if understood.intent in ("search", "complement", "build", "swap") and cues.CHILD.search(told.text):
        understood = understood.but(notes=(*understood.notes, FOR_ADULTS))
    of_whom = told.reading.gender and not cues.PEOPLE.search(told.text)
    if understood.intent == "chat" and of_whom and understood.filters.gender is None:
        understood = understood.but(filters=understood.filters.model_copy(update={"gender": told.reading.gender}))
    return understood.but(profile=profile, earlier=quests(before), purse=_of_the_purse(told, understood))


_PLEASE = re.compile(r"\b(?:please|pls)\W*$", re.I)  # "linen in winter?? wool please" asks for no advice


FOR_ADULTS = "I know no children's sizes: what I show is for adults."


def _of_the_purse(told: Told, understood: Understood) -> bool:
    """Whether the highest price is what the shopper can spend: "I've got 100", "a present up to 80"; it holds for the next thing too."""
    if told.reading.budget.highest is not None:
        return not understood.slots or bool(cues.PURSE.search(told.text))
    return told.before is not None and told.before.purse and understood.filters.max_price is not None


def _understood(told: Told, brands: Sequence[str], guess: Guesser, likely: Likelihood) -> Understood:
    if back_at := gone_back(told):
        told = Told(read(back_at.rest, brands), (), back_at.before, profile=told.profile)
        if not (_says_more(told) or "?" in back_at.rest or taken_back(told.text, back_at.before)):
            return _rerun(back_at)
    given_up = cues.NO_LOOK.search(told.text)
    if given_up and told.before and told.before.task == "build" and read(told.text[given_up.end() :], brands).of_role("target"):
        told = Told(read(told.text[given_up.end() :], brands), (), None, profile=told.profile)
    if both := _put_right_first(told, brands, guess, likely):
        return both
    before, photos = told.before, told.photos
    back = taken_back(told.text, before) if before and not photos else None
    if back:
        told = Told(read(back.rest, brands), (), back.before, profile=told.profile)
        if not _says_more(told):
            return _rerun(back)
    if not told.photos and not back:
        told = replace(told, likely=_believed(likely(told.reading, told.before), told))
    told = with_what_is_pointed_at(told, brands)
    told = bare_number(told)
    if trouble := impossible(told.reading.budget):
        return _without_the_price(told, *trouble, guess)
    return _ruled(told) or (_unruled(told, guess) if not back else _rerun(back))


def _put_right_first(told: Told, brands: Sequence[str], guess: Guesser, likely: Likelihood) -> Understood | None:
    """What was seen put right in one sentence, and a wish in the next: "no, it's white! do you have anything warmer?"."""
    parts = _SENTENCE.fullmatch(told.text.strip())
    if not parts or told.photos or told.before is None or told.pointed.items:
        return None
    right = correction(Told(read(parts[1], brands), (), told.before, profile=told.profile))
    if right is None or right.mended in {thing.caption for thing in told.before.anchors}:
        return None  # nothing was seen otherwise: "no, I want to keep my boots."
    mended = told.before.but(anchors=right.anchors, mended=right.mended)
    wish = _understood(Told(read(parts[2], brands), (), mended, profile=told.profile), brands, guess, likely)
    return wish.but(mended=right.mended) if wish.intent in ("search", "complement", "build", "swap") else None


# "No, it's white! Do you have anything warmer?"; "hm, not sure about leopard. Show me …" puts nothing right.
_SENTENCE = re.compile(
    r"((?:no|nope|actually|sorry|oops|it'?s|it is|they'?re|they are|the [\w-]+ (?:is|are))\b[^.!?]{3,60}[.!])\s+(.{6,})", re.I
)


def _ruled(told: Told) -> Understood | None:
    """What the first rule makes of a turn; where that is not what it most likely asks, what the first one makes that agrees."""
    found: Understood | None = None
    for rule in RULES:
        if understood := rule(told):
            if rule in PLAIN or understood.topic in PLAINLY or not _at_odds(understood, told):
                return understood
            found = found or understood
    if told.likely == "chat" and "?" in told.text and not _PLEASE.search(told.text):  # a question that looks for nothing
        if not told.before and any(phrase.pointing for phrase in told.reading.phrases):
            return told.aside("show")  # "is this coat warm?", and none was shown
        named = " and ".join(dict.fromkeys(phrase.noun for phrase in told.reading.phrases))
        return told.aside(topic="etiquette" if named or _OF_DRESS.search(told.text) else _at_a_loss(told), about=named)
    return found


def _believed(likely: Intent | None, told: Told) -> Intent | None:
    """What a message most likely asks, but for thanks that go on to a wish: "cheers. can you keep it under 350?"."""
    reading = told.reading
    wishes = reading.of_role("target") or set(filters_in(reading).stated()) - {"seasons", "occasions", "gender"}
    rules_out = reading.of_role("unwanted") and "?" not in told.text  # "he never wears ties, just so you know"
    asks = wishes and "?" in told.text and not reading.descriptive
    return None if likely == "chat" and (asks or rules_out) else likely


_COMES_IN_A_SIZE = re.compile(
    r"\b(?:do|does) (?:it|they|that one|these|those) (?:also )?come in (?:an? )?(?:size )?(?:\d{2}\b|x{0,3}[sl]\b|m\b)", re.I
)


def _at_odds(understood: Understood, told: Told) -> bool:
    """Whether what a rule makes of a turn is another sort of thing than it most likely asks; looking for things is one sort."""
    if understood.swapped and (cues.SWAP.search(told.text) or cues.REJECTED.search(told.text)):
        return False  # a piece of the look is named, and others are asked for
    if understood.topic == "advice on style" and not told.reading.of_role("target"):
        return False
    if understood.intent == "show" and understood.about and speaks_of_it(told.text):
        return False  # "is it warm?"
    if understood.intent == "judge" and cues.HOW_IT_LOOKS.search(told.text):
        return False
    if understood.intent == "show" and told.pointed.items and _COMES_IN_A_SIZE.search(told.text):
        return False  # "the second looks good. do they come in 42?"
    if told.likely is None or (
        understood.intent == "build"
        and (
            cues.PLAIN_BUILD.search(told.text)
            or cues.THROW_IN.search(told.text)
            or (told.reading.budget.total is not None and len(understood.slots) > 2)
        )
    ):
        return False
    at_a_look = told.before is not None and bool(told.before.pieces())
    alike = (("complement", "search"), ("build", "swap")) if at_a_look else (("complement", "search", "swap"),)
    return understood.intent != told.likely and not any(understood.intent in sort and told.likely in sort for sort in alike)


def _without_the_price(told: Told, topic: str, words: str, guess: Guesser) -> Understood:
    """What is wished beside a price that cannot be, to be gone on from when a better one is named."""
    plain = replace(told, reading=replace(told.reading, budget=Budget()))
    understood = next((found for rule in RULES if (found := rule(plain))), None)
    if understood is None or understood.task not in ("complement", "search", "build"):
        return told.aside(topic=topic, about=words)
    return understood.but(topic=topic, about=words)


def _says_more(told: Told) -> bool:
    """Whether a message that takes something back wishes something besides."""
    return bool(
        told.reading.phrases
        or filters_in(told.reading).stated()
        or cues.SWAP.search(told.text)
        or cues.BUILD.search(told.text)
        or (told.before and narrowed_filters(told, told.before))
    )


def _rerun(back: TakenBack | GoneBack) -> Understood:
    """The same task again, without what was taken back."""
    before = back.before
    asks_on = before.slots and "?" in back.rest
    looked_for = before.slots and before.task in ("complement", "search")
    if not (back.changed or asks_on or looked_for) or not before.task or before.task == "judge":
        return before.aside("chat", topic="lifted" if back.changed else "not set")
    return before.aside(before.task, exclude=before.rejected)


_OF_DRESS = re.compile(r"\b(?:wear\w*|dress\w*|outfits?|style\w*|smart|formal|casual|fashion\w*|cloth\w*)\b", re.I)
PLAINLY = ("two colours", "about me", WHICH)  # topics that are beyond doubt too
PLAIN: tuple[Rule, ...] = (foreign, settling, what_is_it, it_is, yes_or_no)  # what these say is beyond doubt
RULES: tuple[Rule, ...] = (
    foreign,
    settling,
    what_is_it,
    it_is,
    colours_with,
    what_it_shows,
    yes_or_no,
    which_of,
    fit_for,
    about_shown,
    small_talk,
    correction,
    judgement,
    whole_look,
    changed_look,
    recoloured,
    similar,
    exchange,
    another,
    completion,
    hunt,
    refinement,
    photo_alone,
)


# A few plain words that say how the things should be: an order to the machine or a lone sign is nothing to look for.
_NARROWS = re.compile(
    r"(?=.*\b(?:no|not|nothing|something|anything|ones|too|more|less|bit|with|without|for)\b)[a-z'’-]+(?:[ ,.!?]+[a-z'’-]+){1,7}[ ,.!?]*",
    re.I,
)


def _looks_on(told: Told) -> Understood | None:
    """The same things again for words that narrow them in a way that no rule knows ("nothing too tight"): they are looked for by meaning."""
    before = told.before
    if before is None or not before.slots or before.task not in ("complement", "search"):
        return None
    if told.likely not in ("complement", "search", "swap") or not _NARROWS.fullmatch(told.text.strip()):
        return None
    others = told.likely == "swap"
    return before.aside(
        "swap" if others else before.task,
        words=" ".join([before.words, told.text]).strip(),
        exclude=tuple(dict.fromkeys([*(before.seen if others else ()), *before.rejected])),
        notes=("I can't filter by that; what follows comes nearest by its description.",),
    )


def _unruled(told: Told, guess: Guesser) -> Understood:
    """Words that no rule knows: what they are most like, or politely back to clothes."""
    unknown = cues.UNKNOWN_SEARCH.search(told.text)
    if (
        unknown
        and len(unknown[1].split()) <= 4
        and not re.match(r"(?:it|them|they|these|those|that|something)\b", unknown[1], re.I)
    ):
        return told.aside(topic="unknown", unknown=unknown[1].strip())
    if looked_on := _looks_on(told):
        return looked_on
    if told.before and told.before.topic == "what thing" and told.likely != "chat":
        return told.aside(topic="what thing")  # "he likes walking and golf", and still no word of what it shall be
    guessed = guess(told.text)
    if guessed is None or (told.likely == "chat" and not guessed.sure):
        return told.aside(topic=_at_a_loss(told))
    if not guessed.sure:
        return told.aside(topic="unsure", about=guessed.label)
    said_plainly = replace(told, reading=read(guessed.plainly))
    understood = next((found for rule in RULES if (found := rule(said_plainly))), None)
    return understood or told.aside(topic=_at_a_loss(told))


def _at_a_loss(told: Told) -> str:
    """What is said to words that nothing knows: in the middle of a talk they are more likely ours to misread than off the topic."""
    off = cues.OFF_TOPIC.search(told.text) or told.before is None or told.before.task is None
    return "out of scope" if off else "not understood"

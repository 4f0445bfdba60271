"""What the planner says, in a shop assistant's words, from what the tools returned and nothing else."""

import re
from collections.abc import Sequence
from typing import Any

from assistant.floor.harmony import companions, harmony, is_neutral
from assistant.floor.reasons import OCCASION_WORDS
from assistant.floor.results import Recommendation, Result
from assistant.saying.choosing import fit, preferred, which
from assistant.saying.gone_by import in_words
from assistant.saying.looks_in_words import exchanged, looks
from assistant.saying.photographed import sight
from assistant.saying.phrasing import SLOT_WORDS, a, listed, price_of, slots_in_words, the
from assistant.saying.verdicts import details, judgement
from assistant.understanding.advice import topics
from assistant.understanding.choosing import FIT_FOR, WHICH
from assistant.understanding.of_photos import SEEN
from assistant.understanding.suiting import SUITS, verdict_on
from assistant.understanding.understood import Anchor, Understood, Wish
from assistant.understanding.unseen import ASKED_WHAT
from catalog.taxonomy import plural, vocabulary
from retrieval.relaxing import Relaxation

FILTER_WORDS = {
    "max_price": "the price limit", "cheaper_than": "the wish for something cheaper", "min_price": "the minimum price", "total_max": "the budget", "colours": "the colour",
    "exclude_colours": "the colour you ruled out", "kinds": "the type", "exclude_kinds": "the type you ruled out", "brands": "the brand",
    "exclude_brands": "the brand you ruled out", "exclude_materials": "the material you ruled out", "exclude_patterns": "the pattern you ruled out", "sizes": "the size", "gender": "who it is for", "seasons": "the season",
    "occasions": "the occasion",
}  # fmt: skip
WHAT_I_DO = (
    "Tell me about a piece you have, or send me a photo of it, and ask what goes with it; or tell me what you are looking for, "
    "with a colour, a size or a price limit if you like."
)


def reply(
    understood: Understood,
    results: Sequence[Result],
    currency: str | None,
    *,
    seen: Sequence[Anchor] = (),
    said: str = "",
    before: Understood | None = None,
) -> str:
    """The answer to a turn, from what was understood and what the tools returned.

    seen: what is on the photos that came with it; said: the shopper's words; before: what was understood before, for what was exchanged.
    """
    if understood.topic == "no such place":
        most = int(understood.about)
        return f"I showed you {'only one thing' if most == 1 else f'numbers 1 to {most}'}. Which do you mean?"
    if understood.topic == SEEN:
        return f"{opening(understood, seen, said)} Ask me what goes with it, or for more like it."
    if understood.intent == "chat" or understood.topic in ("contradiction", "below zero"):
        shown = opening(understood, seen, said) if understood.topic == "colours" else ""
        return "\n\n".join(part for part in (noted(understood), shown, small_talk(understood, currency)) if part)
    if not results:
        return " ".join([*understood.notes, question(understood)])
    parts = [noted(understood), spelling(understood), opening(understood, seen, said), advised(understood, results, said)]
    parts.append(body(understood, results, before))
    parts += [hint(understood), currency_note(understood, currency)]
    return "\n\n".join(part for part in parts if part)


def advised(understood: Understood, results: Sequence[Result], said: str) -> str:
    """The answer in a sentence to what was asked beside the things themselves: which of two, what colours."""
    if understood.intent != "complement":
        return ""
    coloured = [thing for thing in understood.anchors if vocabulary().mentions(thing.caption, "colour")]
    if coloured and _COLOUR.search(said):
        return colour_advice(coloured[0].caption)
    return preferred(understood, results, said)


_COLOUR = re.compile(r"\b(?:what|which) colou?rs?\b", re.I)


def body(understood: Understood, results: Sequence[Result], before: Understood | None) -> str:
    """What was found, judged, shown or built."""
    if understood.topic == WHICH:
        return which(understood, results)
    if understood.topic == FIT_FOR:
        return "\n".join(
            [fit(understood, results[0]), *(line(item, number) for number, item in enumerate(results[0].items, 1))]
        )
    if understood.intent in ("judge", "show"):
        return {"judge": judgement, "show": details}[understood.intent](understood, results)
    if not any(result.items for result in results) and (understood.swapped or understood.task == "build"):
        return no_look(understood, results[0])
    if understood.swapped and before:
        return exchanged(understood.but(shown=before.shown), results)
    if understood.task == "build":
        return looks(understood, results)
    return findings(understood, results)


def no_look(understood: Understood, result: Result) -> str:
    """That no look can be put together, or no other piece found for it; and what to relax."""
    less = "cheaper look that fits" if understood.cheaper else "look that fits"
    what = f"other {slots_in_words([understood.swapped])} that fit" if understood.swapped else less
    if result.relaxation:
        return f"I have no {what} all your wishes. {relaxation_in_words(result.relaxation, understood, understood.swapped)}"
    seen = understood.exclude or understood.cheaper
    return f"I have no {what} all your wishes. {'Loosen one of them, and there may be more.' if seen else 'Try asking for less at once.'}"


def noted(understood: Understood) -> str:
    """What the message says of the shopper for good, taken down."""
    if not understood.noted:
        return ""
    told = understood.noted.model_copy(update={"add": understood.noted.add.model_copy(update={"gender": None})})
    return told.in_words()  # for whom it is needs no remark


def small_talk(understood: Understood, currency: str | None) -> str:
    """Greetings, thanks, advice, and the polite way back to clothes."""
    topic = understood.topic
    if topic == "about me":
        known = [f"{heading}: {listed(words)}" for heading, words in understood.profile.in_words().items()]
        return f"This I have noted of you: {'; '.join(known)}." if known else "So far I have noted nothing of you."
    if topic == "colours":
        return colour_advice(understood.about)
    if topic == "contradiction":
        low, high = understood.about.split()
        return f"Above {low} and below {high} at once leaves nothing. From which price to which shall I look?"
    if topic == "two colours":
        return two_colours(understood.about)
    if topic == "advice on style":
        return topics()[understood.about].answer
    if topic == SUITS:
        return verdict_on(understood.about)
    if topic == "terms" and understood.about:
        return f"What tells {understood.about} apart I can't say in general, but I can show you what we have under either name."
    if topic == "etiquette" and understood.about:
        return f"As for the {understood.about}: {SAID['etiquette'][:1].lower()}{SAID['etiquette'][1:]}"
    if topic == "unsure":
        return f"I am not sure what you mean. Do you want {understood.about}? Say so, or put it in other words."
    if topic == "unknown":
        return f"I don't know “{understood.unknown}” as something to wear. I can look for {slots_in_words(vocabulary().slots)}."
    if topic == "what thing":
        wishes = in_words(understood.filters.stated())
        taken = (
            f"Noted: {listed(wishes)}{f' (prices in {currency})' if currency and understood.filters.max_price else ''}. "
            if wishes
            else ""
        )
        return f"{taken}What are you after? A coat, shoes, a bag, jewellery, something else?"
    if topic in SAID:
        return SAID[topic]
    if topic == "not understood":
        at = (
            f" We were at {slots_in_words(understood.slots)}: tell me another colour, type, size or price"
            if understood.slots
            else " Tell me a colour, type, size or price"
        )
        return f"Sorry, I didn't catch that.{at}, give me a number of the list to hear more of it, or ask what goes with it."
    if understood.slots:
        return f"I only know my way around clothes. We were at {slots_in_words(understood.slots)}: tell me another colour, type, size or price, or ask for something else."
    return f"I only know my way around clothes. {WHAT_I_DO}"


def two_colours(words: str) -> str:
    """Whether two colours go together."""
    first, second = [mention.name for mention in vocabulary().mentions(words, "colour")][:2]
    relation = harmony(first, second)
    verdict = "That is daring" if relation.relation == "bold" else "Yes"
    return f"{verdict}: {relation.sentence}. Name the pieces, and I judge the outfit."


SAID = {
    "greeting": f"Hello! {WHAT_I_DO}",
    "thanks": "You're welcome! Say so if you want to see something else.",
    "fresh": "All right, a fresh start. What are you looking for?",
    "language": "Sorry, I only understand English. " + WHAT_I_DO,
    "about us": f"I'm a program that knows this shop's clothes. {WHAT_I_DO}",
    "ordering": (
        "I can't take orders, and I know nothing about delivery, returns or discounts; the prices I show are the shop's. "
        "Each item's page in the shop tells you more."
    ),
    "distress": (
        "I am only a program for clothes, and this matters more than clothes. Please talk to somebody now: a person you trust, "
        "your doctor, or the emergency number where you are (112 in Europe, 988 in the USA, 116 123 in the UK)."
    ),
    "below zero": "A price below zero leaves nothing, I am afraid. Up to how much may it cost?",
    "declined": "All right. Tell me what to change, or what else you are looking for.",
    "not set": "There was no such wish to drop; nothing changes. What shall I look for?",
    "lifted": "All right, that is dropped. What shall I look for?",
    "injection": f"I keep to my job, and to the shop's prices. {WHAT_I_DO}",
    "etiquette": (
        "There is no law: what you feel at ease in decides, and what the people around you wear. On an occasion, a step smarter and "
        "quieter than usual is never wrong. Name the pieces or the occasion, and I look."
    ),
    "terms": "I know what the shop has, not how every word is used. Ask me for either, and I show you what we have under that name.",
}


def spelling(understood: Understood) -> str:
    """What misspelt words were taken for."""
    return " ".join([*(f"I take “{written}” as {meant}." for written, meant in understood.taken), *understood.notes])


def hint(understood: Understood) -> str:
    """What would help to choose better."""
    if understood.intent != "complement" or any(
        vocabulary().mentions(anchor.caption, "colour") for anchor in understood.anchors
    ):
        return ""
    return "Tell me its colour or send me a photo, and I choose better."


def colour_advice(colours: str) -> str:
    """What goes with a colour, by the colour wheel."""
    colour = vocabulary().mentions(colours, "colour")[0].name
    if is_neutral(colour):
        return f"{colour.capitalize()} is a neutral: it goes with nearly every colour. Quietest with other neutrals such as black, white, grey or beige; liveliest with one strong colour, say red, green or yellow."
    groups = companions(colour)
    neutrals = groups.get("neutral", []) + groups.get("neutrals", [])
    said = [f"With {colour} you can't go wrong with neutrals: {listed(neutrals)}."]
    if near := groups.get("neighbours"):
        said.append(
            f"{listed(near).capitalize()} {'lies' if len(near) == 1 else 'lie'} next to it on the colour wheel, for a calm look."
        )
    if far := groups.get("opposites"):
        said.append(f"For contrast take {listed(far, 'or')}.")
    return " ".join(said)


def question(understood: Understood) -> str:
    """What we must know before we can look."""
    if understood.topic == WHICH:
        return "With what? Tell me what it is to go with, and I say which I would take."
    if understood.intent == "judge":
        have = f"I have the {understood.anchors[0].caption}. " if understood.anchors else ""
        return f"{have}Tell me what else it should go with, in words or as a photo, and I say how they work together."
    if understood.intent == "show":
        return "I have not shown you anything yet. " + WHAT_I_DO
    if understood.topic == ASKED_WHAT:
        return "I see no garment in this photo. What is it?"
    wanted = slots_in_words(understood.slots) or "things"
    return f"Gladly, but what should the {wanted} go with? Describe the piece (“a navy wool coat”) or send me a photo of it."


def opening(understood: Understood, seen: Sequence[Anchor], said: str) -> str:
    """What was seen on the photos that came, so that the shopper can correct it; or the correction, taken up."""
    if understood.topic == "corrected":
        return f"Thank you, {a(understood.mended or understood.anchors[-1].caption)}, then."
    meant = [anchor for anchor in understood.anchors if anchor.source == "photo"]
    return sight(seen, meant, said) if seen and meant else ""


def findings(understood: Understood, results: Sequence[Result]) -> str:
    """What was found, numbered through all slots; or which wish to relax."""
    blocks, place = [], 1
    if understood.proposed and any(result.items for result in results):
        results = [result for result in results if result.items]  # our own proposals need no apology
    for result in results:
        if result.items:
            blocks.append(found(understood, result, place))
            place += len(result.items)
        else:
            blocks.append(nothing(understood, result))
    return "\n\n".join(blocks)


def found(understood: Understood, result: Result, place: int) -> str:
    """One slot's items under a sentence of their own."""
    things = wanted_in_words(understood, result.slot)
    if "search" in (understood.intent, understood.task) or not understood.anchors:
        head = f"Here is what I found for {things}:" if things else "Here is what I found:"
    else:
        pieces = listed([the(anchor.caption) for anchor in understood.anchors])
        head = f"{things[:1].upper()}{things[1:]} to go with {pieces}:"
    if result.relaxed:
        names = listed(
            [OCCASION_WORDS.get(word, word) for name in result.relaxed for word in getattr(understood.filters, name)]
        )
        head = f"I have nothing made for {names}, but these come nearest. " + head
    elif result.lacking:
        names = listed(
            [OCCASION_WORDS.get(word, word) for word in (*understood.filters.occasions, *understood.filters.seasons)]
        )
        head = f"I have little made for {names}, so the last of these are not. " + head
    return "\n".join([head, *(line(item, number) for number, item in enumerate(result.items, place))])


def line(item: Recommendation, number: int) -> str:
    """An item as one line of an answer."""
    why = f": {item['reason']}" if item["reason"] else ""
    return f"{number}. {item['title']}, {price_of(item)}{why}."


def nothing(understood: Understood, result: Result) -> str:
    """That nothing is left, and which wish to relax, by how much."""
    things = wanted_in_words(understood, result.slot) or "anything"
    if understood.cheaper:
        return f"I have no cheaper {things} that fit your other wishes."
    if result.seen:
        return f"I have shown you all the {things} that fit. Loosen one of your wishes, and there may be more."
    if result.relaxation is None:
        return f"I have no {things} that fit all your wishes, and dropping just one of them would not help. Try asking for less at once."
    return f"I have no {things} that fit all your wishes. {relaxation_in_words(result.relaxation, understood, result.slot)}"


def relaxation_in_words(relaxation: Relaxation, understood: Understood, slot: str | None) -> str:
    """Which filter to relax and by how much."""
    filters = understood.filters_of(slot) if slot else understood.filters
    if isinstance(relaxation.value, float):
        limit = getattr(filters, relaxation.name)
        if relaxation.name == "cheaper_than":
            return f"None costs less than {limit:g}; from {relaxation.value:.2f} there is something to see. Shall I?"
        toward = "Lower" if relaxation.name == "min_price" else "Raise"
        return f"{toward} {FILTER_WORDS[relaxation.name]} from {limit:g} to {relaxation.value:.2f} and there is something to see. Shall I?"
    if relaxation.name in ("max_price", "min_price", "total_max"):
        return f"None of my {relaxation.count} states a price, so I can't keep to {FILTER_WORDS[relaxation.name]}. Shall I show you them?"
    stated = getattr(filters, relaxation.name)
    named = listed(list(stated), "or") if isinstance(stated, (tuple, list)) else str(stated)
    most = f", most often {relaxation.value}" if relaxation.value and relaxation.count > 1 else ""
    return f"Without {FILTER_WORDS[relaxation.name]} ({named}) I have {relaxation.count}{most}. Shall I show you?"


def currency_note(understood: Understood, currency: str | None) -> str:
    """That an amount in another currency was read as the shop's."""
    named = understood.filters.currency
    if not named or not currency or named == currency:
        return ""
    return f"You spoke of {named}; this shop's prices are in {currency}, so I took the amount as {currency}."


def wanted_in_words(understood: Understood, slot: str | None) -> str:
    """What was looked for, in the shopper's own word for it: "black boots", "navy trousers"."""
    if slot is None:
        return ""
    filters = understood.filters_of(slot)
    called = understood.wishes.get(slot, Wish()).called
    own = plural(called) if called and len(filters.kinds) == 1 else ""
    kinds = own or listed(filters.kinds, "or") or SLOT_WORDS.get(slot, slot)
    return " ".join([listed(filters.colours, "or"), kinds]).strip()


def as_results(artifacts: Sequence[dict[str, Any]]) -> list[Result]:
    """Tool artifacts as results."""
    return [Result.model_validate(artifact) for artifact in artifacts]

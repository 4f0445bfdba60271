"""Greetings, thanks, advice, and the polite way back to clothes."""

from assistant.floor.harmony import companions, harmony, is_neutral
from assistant.saying.gone_by import in_words
from assistant.saying.phrasing import listed, slots_in_words
from assistant.understanding.advice import topics
from assistant.understanding.suiting import SUITS, verdict_on
from assistant.understanding.understood import Understood
from catalog.taxonomy import vocabulary

WHAT_I_DO = (
    "Tell me about a piece you have, or send me a photo of it, and ask what goes with it; or tell me what you are looking for, "
    "with a colour, a size or a price limit if you like."
)

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

"""Lasting statements in a message: "I never wear yellow", "my shoe size is 42"; not what is wished for at the moment.

A statement counts only if all of it is understood: "I never wear tight jeans" rules out no jeans.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.profile import ASPECTS, Profile, ProfileChange, Tastes
from assistant.understanding import cues
from assistant.understanding.particulars import REMEMBER, particulars, places
from catalog.taxonomy import vocabulary

STYLES = frozenset(
    """minimal minimalist minimalistic classic timeless boho bohemian sporty preppy vintage retro elegant edgy romantic streetwear casual
    smart feminine masculine androgynous colourful colorful bold simple understated quirky punk grunge gothic oversized fitted loose
    tailored cosy cozy chunky comfortable comfy modest chic glamorous""".split()
)
_REALLY = r"(?:(?:really|absolutely|just|also|simply|do|still|always|usually|generally|mostly|personally|totally|ever) )*"
_NEVER = re.compile(
    rf"\bi(?:'d| would|'ll| will)? never {_REALLY}(?:wear|buy|like|want|go for|touch)\b|"
    rf"\bi {_REALLY}(?:hate|detest|loathe|dislike|despise|avoid|(?:can'?t|cannot|can not) (?:stand|bear|wear)|refuse to wear)\b|"
    rf"\bi (?:don'?t|do not) {_REALLY}wear\b|\bi no longer (?:like|wear)\b|"
    rf"\bi(?:'m|m| am) {_REALLY}(?:allergic to|not (?:a fan of|keen on|into))\b"
)
_LIKE = re.compile(
    rf"\bi {_REALLY}(?:love|adore|like)\b|\bi (?:always|usually|mostly|generally) (?:prefer|wear)\b|\bi only (?:ever )?wear\b|"
    r"\bi(?:'m|m| am) (?:really |very )?(?:into|a (?:big |huge )?fan of|fond of)\b|"
    r"\bmy (?:favou?rite (?:colou?rs?|materials?|fabrics?|patterns?|brands?|style)|style) (?:is|are)\b"
)
_NOT_ANY_MORE = re.compile(
    rf"\bi (?:don'?t|do not) {_REALLY}(?:like|want|wear)\b(?=.*\b(?:any ?more|at all|ever|in general)\b)"
)
_MIND_NO_MORE = re.compile(
    r"\bi no longer (?:hate|mind|avoid|dislike)\b|\bi(?:'m|m| am) no longer allergic to\b|"
    r"\bi (?:don'?t|do not) (?:hate|mind|avoid|dislike|love|adore)\b(?=.*\bany ?more\b)"
)
_TOLD_TO_RULE_OUT = re.compile(rf"{REMEMBER}(?:i (?:don'?t|do not) (?:like|want)|no|not|never|nothing in)\b")

_CUES = (_MIND_NO_MORE, _TOLD_TO_RULE_OUT, _NEVER, _NOT_ANY_MORE, _LIKE)
_HYPOTHETICAL = re.compile(r"(?:\b(?:if|whether|do|did|would|should|could|will|when|unless|where|think) *)$")
_CLAUSE_ENDS = re.compile(
    r"[.!?;:()\n]|,? \bbut\b|,? \bso\b|,? \b(?:because|since|though|although|while|please|thanks|thank you)\b|"
    r", *(?:only|just|and i\b|i\b|i'm\b|what|which|show|can|could|do|does|any|find|is|are|it|have|got|then|instead)|"
    r" and (?:i\b|i'm\b|my\b|show|what|find|that|it)| (?:–|—|-) "
)
_BEFORE = re.compile(
    r"\W*(?:(?:wearing|to wear|wear|buying|any|anything|everything|all|things?|clothes|stuff|made|of|in|from|by|out|the colou?rs?|colou?rs?|really|very|"
    r"real|genuine|pure|a|an|some|most|kind|sort|too|much|also|mainly|mostly|only|ever|shades)\b\W*)*"
)
_BETWEEN = re.compile(r"\s*(?:,|/|or|nor|and|&|,\s*(?:or|and|nor|no|not))\s*(?:also|any|anything|in|a|an|of|with)?\s*")
_AFTER = re.compile(
    r"\W*(?:(?:any ?more|at all|ever|in general|generally|personally|either|much|a lot|clothes|clothing|things?|stuff|items?|garments?|looks?|style|styles|"
    r"prints?|patterns?|fabrics?|ones|again|too|best|very much|as well)\b\W*)*"
)
_FORGET = re.compile(r"\b(?:forget|delete|erase)\b(?: about)?(?: the fact)?(?: that)? *")
_ABOUT_ME = re.compile(
    r"(?:everything|all|anything|what)(?: that)?(?: you(?:'ve| have)? (?:know|noted|kept|remember))? about me\b|me\b(?! \w)|my profile\b"
)
_MY = re.compile(r"my (?:shoe |dress |clothes )?(sizes?|budget|climate|likes|dislikes|tastes?|preferences|style|gender)\b")
_FORGOTTEN: dict[str, tuple[str, ...]] = {
    "size": ("sizes",), "sizes": ("sizes",), "budget": ("budget",), "climate": ("climate",), "likes": ("likes", "styles"), "style": ("styles",),
    "dislikes": ("dislikes",), "gender": ("gender",), "taste": ("likes", "dislikes", "styles"), "tastes": ("likes", "dislikes", "styles"),
    "preferences": ("likes", "dislikes", "styles"),
}  # fmt: skip


@dataclass(frozen=True)
class _Named:
    """A word of a statement: what it stands for, in which aspect (a style where none), and where."""

    aspect: str
    name: str
    start: int
    end: int


def stated(text: str, brands: Sequence[str] = ()) -> ProfileChange | None:
    """What a message says for good of who writes it, to be noted or forgotten; `brands` are the shop's. None if nothing."""
    plain = _tidy(text).lower()
    forgotten = _forgotten(plain, brands)
    if forgotten is not None:
        return forgotten
    likes, dislikes, styles, no_more = Tastes(), Tastes(), [], []
    for cue, _, rest in _statements(plain):
        phrases = _phrases(rest, brands)
        if cue is _MIND_NO_MORE:
            no_more += [word.name for phrase in phrases for word in phrase]
        elif cue is _LIKE:
            likes = likes.and_also(_tastes(phrases))
            styles += [" ".join(rest[word.start : word.end] for word in phrase) for phrase in phrases if len(phrase) > 1]
            styles += [phrase[0].name for phrase in phrases if phrase[0].aspect == "styles" and len(phrase) == 1]
        else:
            dislikes = dislikes.and_also(_tastes(phrases))
    add = Profile(likes=likes, dislikes=dislikes, styles=tuple(styles), **particulars(plain))
    change = ProfileChange(add=add, forget=tuple(dict.fromkeys(no_more)))
    return change if change != ProfileChange() else None


def forgiven(text: str, profile: Profile) -> ProfileChange | None:
    """What a shopper never wore and says is fine after all: "yellow is fine after all"; None if nothing of the kind."""
    never = {word.casefold() for word in profile.dislikes.words()}
    words = (group for match in cues.FINE_AFTER_ALL.finditer(_tidy(text)) for group in match.groups() if group)
    named = [
        mention.name for each in words for mention in vocabulary().mentions(_singular(each)) if mention.name.casefold() in never
    ]
    return ProfileChange(forget=tuple(dict.fromkeys(named))) if named else None


def besides(text: str, brands: Sequence[str] = ()) -> str:
    """The message without what it states for good of likes, dislikes, sizes and the climate: the wish of the moment."""
    plain, kept = _tidy(text).lower(), list(_tidy(text))
    said = [place for _, place, rest in _statements(plain) if _phrases(rest, brands)]
    for place in (*said, *places(plain)) if len(kept) == len(plain) else ():
        kept[place] = " " * len(kept[place])
    return re.sub(r"^[\s.,;!-]*(?:(?:and|but|so|also)\b[\s,]*)*", "", " ".join("".join(kept).split()))


def _tidy(text: str) -> str:
    return " ".join(text.replace("’", "'").replace("`", "'").split())


def _forgotten(text: str, brands: Sequence[str]) -> ProfileChange | None:
    """What a message asks to forget; None if it asks for nothing of the kind. "Forget the budget" is said of a search."""
    asked = _FORGET.search(text)
    if not asked:
        return None
    rest = text[asked.end() :]
    mine = _MY.match(rest)
    if _ABOUT_ME.match(rest) or mine:
        return ProfileChange(forget=_FORGOTTEN[mine[1]] if mine else ("everything",))
    said = stated(re.sub(r"^what i (?:said|told you) about ", "i hate ", rest), brands)
    words = _words(said.add) if said else ()
    return ProfileChange(forget=words) if words else None


def _words(profile: Profile) -> tuple[str, ...]:
    """What a profile holds, as words to forget."""
    headings = [name for name in ("budget", "climate", "gender") if getattr(profile, name)]
    return (*profile.liked(), *profile.dislikes.words(), *profile.sizes, *headings)


def _statements(text: str) -> Iterator[tuple[re.Pattern[str], slice, str]]:
    """Each statement's cue, its place, and what follows the cue up to the end of its clause; what is only supposed is none."""
    end = 0
    for match, cue in sorted(((m, each) for each in _CUES for m in each.finditer(text)), key=lambda found: found[0].start()):
        if match.start() < end or _HYPOTHETICAL.search(text[: match.start()]):
            continue
        end = match.end()
        stop = _CLAUSE_ENDS.search(text, end)
        last = stop.start() if stop else len(text)
        yield cue, slice(match.start(), last), _singular(text[end:last])


def _singular(text: str) -> str:
    """The text with patterns as the vocabulary writes them: who hates florals hates floral."""
    return re.sub(r"\b([a-z]{5,})s\b", lambda match: match[1] if vocabulary().lookup("pattern", match[1]) else match[0], text)


def _phrases(rest: str, brands: Sequence[str]) -> list[list[_Named]]:
    """The things a statement is about, each as the words that name it; none unless all that is said is understood."""
    named = _named(rest, brands)
    if not named or (_when(rest) and not all(word.name in STYLES for word in named)):
        return []
    phrases: list[list[_Named]] = [[named[0]]]
    for word, following in pairwise(named):
        between = rest[word.end : following.start]
        if between.strip(" -") == "":
            phrases[-1].append(following)
        elif _BETWEEN.fullmatch(between):
            phrases.append([following])
        else:
            return []
    last = named[-1].end
    comma = rest.find(",", last)
    after = rest[last : comma if comma >= 0 else len(rest)]
    phrases = _shared(phrases)
    complete = bool(_BEFORE.fullmatch(rest[: named[0].start]) and _AFTER.fullmatch(after))
    return [_plain(phrase) for phrase in phrases] if complete else []


def _shared(phrases: list[list[_Named]]) -> list[list[_Named]]:
    """Adjectives joined to those of a garment are the garment's too: "brown and beige shoes" are brown shoes and beige shoes."""
    shared = phrases[-1:]
    for phrase in reversed(phrases[:-1]):
        if len(shared[0]) > 1 and shared[0][-1].aspect == "kinds" and phrase[-1].aspect != "kinds":
            shared.insert(0, [*phrase, shared[0][-1]])
        else:
            shared.insert(0, phrase)
    return shared


def _when(rest: str) -> bool:
    return bool(vocabulary().mentions(rest, "season", "occasion"))


def _plain(phrase: list[_Named]) -> list[_Named]:
    """A floral print is floral."""
    return phrase[:1] if {word.aspect for word in phrase} == {"patterns"} else phrase


def _named(rest: str, brands: Sequence[str]) -> list[_Named]:
    """The words that the vocabulary, the brands or the styles know; the longest where they overlap."""
    aspects = {field: aspect for aspect, field in ASPECTS.items()}
    found = [_Named(aspects[each.field], each.name, each.start, each.end) for each in vocabulary().mentions(rest, *aspects)]
    found += [
        _Named("brands", brand, match.start(), match.end())
        for brand in brands
        for match in re.finditer(rf"(?<!\w){re.escape(brand.lower())}(?!\w)", rest)
    ]
    found += [_Named("styles", match[0], *match.span()) for match in re.finditer(r"[a-z]+", rest) if match[0] in STYLES]
    kept: list[_Named] = []
    for word in sorted(found, key=lambda word: (word.start - word.end, word.start)):
        if all(word.end <= other.start or word.start >= other.end for other in kept):
            kept.append(word)
    return sorted(kept, key=lambda word: word.start)


def _tastes(phrases: Sequence[Sequence[_Named]]) -> Tastes:
    """What single words name. Brown shoes are neither brown nor shoes: a filter could not say it."""
    single = [phrase[0] for phrase in phrases if len(phrase) == 1 and phrase[0].aspect != "styles"]
    return Tastes(**{aspect: tuple(word.name for word in single if word.aspect == aspect) for aspect in Tastes.model_fields})

"""A message as our rules read it: shorthand written out, verbs that look like garments put otherwise."""

import re
from unicodedata import normalize

from assistant.understanding.spelling import spelt
from catalog.taxonomy import vocabulary

# "gold it is" wishes gold; "the first it is" only agrees.
_DESCRIBING = "|".join(re.escape(word) for field in ("colour", "pattern", "material") for word in vocabulary().spellings(field))
_GREY = r"(?:something|anything|sth|smth)"
_WORN_ON = {
    "(?:feet|foot)": "shoes", "head": "hat", "hands": "gloves", "ears": "earrings", "wrist": "bracelet", "neck": "scarf", "shoulders": "shawl",
    "(?:legs|(?:bottom|lower) half)": "bottoms", "(?:top|upper) half": "tops",
}  # fmt: skip
# How people write on phones, and other ways to say what the rules know.
_SHORTHAND = (
    (re.compile(r"\bw/\s*(?=\w)|(?<=\s)w(?=\s)", re.I), "with "),
    (re.compile(r"(?<=\s)n(?=\s)", re.I), "and"),
    (re.compile(r"\b2 (?=go|wear|match)", re.I), "to "),
    (re.compile(r"\b1s\b", re.I), "ones"),
    (re.compile(r"\b(s?he)s\b", re.I), r"\1's"),
    (re.compile(r"\bim\b", re.I), "i'm"),
    (re.compile(r"\bive\b", re.I), "i've"),
    # Whoever makes up their mind on the way means what comes last.
    (
        re.compile(
            r"^.*\b(?:idk|no wait|wait no|or rather|or no(?=, (?:an?|make|show|rather)\b)|scratch that)\W+(?:ok\W+|actually\W+)?(?=.*\w{4})",
            re.I,
        ),
        "",
    ),
    (re.compile(r"\bdiff\b", re.I), "different"),
    (re.compile(r"\bmake (?:that|it) (?=(?:a |an |some )?[a-z]{3,}s\b)", re.I), "I want "),
    (
        re.compile(r"\b(?:money|price|cost|budget)(?:'s| is) (?:no|not an|not a) (?:object|issue|problem|concern)\b", re.I),
        "forget the budget",
    ),
    (
        re.compile(
            r"\b(?:goes?|works?|matches|match) with (?:all|everything|anything|(?:almost|nearly|most) \w+)(?=\W*(?:$|[.,!?]))",
            re.I,
        ),
        "is versatile",
    ),
    (
        re.compile(
            r"\b(?:i|we) (?:own|live in) (?:basically|mostly|nothing but) [^.,;:!?]*",
            re.I,
        ),
        "",
    ),
    # No jacket is meant: "are the boots waterproof?", "something more waterproof".
    (
        re.compile(r"\b(is|are|be|it|they|more|really|fully|[a-z]{3,}s) waterproof\b(?! (?:jackets?|coats?|ones?))", re.I),
        r"\1 water-resistant",
    ),
    (
        re.compile(r"^what's (good|nice|best) (with|for) (.*?),? (shoe|bag|top|jacket|coat|hat)s?[- ]wise\b", re.I),
        r"what \4s go with \3",
    ),
    (re.compile(r",? (shoe|bag|top|bottom|jacket|coat|trouser|hat)s?[- ]wise\b", re.I), r", which \1s?"),
    (
        re.compile(
            r"\b(wife|husband|mum|mom|dad|sister|brother|girlfriend|boyfriend|daughter|son|nan|gran|mate|cousin|niece|nephew)s (?=\d|birthday|wedding|graduation|anniversary|party|engagement)",
            re.I,
        ),
        r"\1's ",
    ),
    (re.compile(r"\bits (?=my|his|her|for|the|an?\b)", re.I), "it's "),
    (
        re.compile(
            r"\bor (?:something|sth|stuff|anything|so) (?:like (?:this|that|these|it)|similar|along those lines)\b", re.I
        ),
        "",
    ),
    (re.compile(r"\bcould (?:really )?(?:do with|use)\b", re.I), "need"),
    (
        re.compile(
            r"\b4 (?=it\b|them\b|that\b|this\b|an?\b|my\b|the\b|fri|sat|sun|mon|tues|wed|thurs|work|school|me\b|him\b|her\b)",
            re.I,
        ),
        "for ",
    ),
    (re.compile(r"\by (?=th(?:is|at|ese|ose)\b|not\b|did\b|is\b|the\b)", re.I), "why "),
    (re.compile(r"'s (?:getting|gets) (?:married|hitched)\b|'s tying the knot\b", re.I), "'s wedding"),
    (re.compile(r"\b(?:(?:is|are) )?(?:getting|gets?) (?:married|hitched)\b|\btying the knot\b", re.I), "has a wedding"),
    (
        re.compile(
            r"\b(?:let's|let us|i'll|i will|we'll|we will|i'd|i'm gonna) go (?:for|with)\b(?! (?:it|that|this|the|my|these|those)\b)",
            re.I,
        ),
        "I want",
    ),
    (re.compile(r"\bnae\b", re.I), "no"),
    (re.compile(r"\bgender[- ]?(?:neutral|less)\b", re.I), "unisex"),
    (re.compile(r"\b(noth|someth|anyth|look|go|wear|match)in'?(?!\w)", re.I), r"\1ing"),
    (re.compile(r"\br\b(?= [a-z])", re.I), "are"),
    (re.compile(r"\bgimme\b", re.I), "give me"),
    (
        re.compile(r"\b((?:whole|full|entire|complete|cute|new|sick|nice|cool) (?:\w+ )?)fits?\b(?! (?:with|to|in)\b)", re.I),
        r"\1outfit",
    ),
    (
        re.compile(r"\b(?:different|new|next|other|another) (?:topic\b[:,.]?|(?:thing|question|matter|subject)\b[:,.-])", re.I),
        "I'm looking for",
    ),
    (re.compile(r"\bu\b", re.I), "you"),
    (re.compile(r"\bur\b", re.I), "your"),
    (re.compile(r"\bwat\b|\bwot\b", re.I), "what"),
    (re.compile(r"\bwhats\b", re.I), "what's"),
    (re.compile(r"\bnvm\b", re.I), "never mind"),
    (re.compile(r"\bwich\b", re.I), "which"),
    (re.compile(r"\b(should|must|could|would|does|do|is|are|was|were)nt\b", re.I), r"\1n't"),
    (re.compile(r"\bsmth\b|\bsth\b", re.I), "something"),
    (re.compile(r"\bpl[sz]\b", re.I), "please"),
    (re.compile(r"\b(don|doesn|didn|isn|aren|won|can|wouldn|haven|wasn)t\b", re.I), r"\1't"),
    (re.compile(r"\b(?:can ?not|cannot)\b", re.I), "can't"),
    (re.compile(r"\b(?:birthday|wedding|christmas|xmas) (?:present|gift)s?\b", re.I), "gift"),
    (re.compile(rf"\b{_GREY} ((?:[\w-]+ ){{0,2}}?)(?:for|on) (?:my|the|his|her|your) (?:feet|foot)\b", re.I), r"\1shoes"),
    (re.compile(rf"\b{_GREY} ((?:[\w-]+ ){{0,2}}?)(?:for|on) (?:my|the|his|her|your) head\b", re.I), r"\1hat"),
    (
        re.compile(
            rf"\b{_GREY} ((?:[\w-]+ ){{0,2}}?)(?:for|on|around) (?:my|the|his|her|your) neck\b(?!.*\b(?:bow ?ties?|ties?|neckties?|neckla\w+|pendants?|chokers?|scar\w+)\b)",
            re.I,
        ),
        r"\1scarf",
    ),
    (re.compile(rf"\b{_GREY} ((?:[\w-]+ ){{0,2}}?)(?:for|on) (?:my|the|his|her|your) hands\b", re.I), r"\1gloves"),
    *(
        (
            re.compile(
                rf"\bwhat (do|does|would|should|could|can|shall) (i|you|he|she|we) (?:wear|put|have|pick|choose)(?: \w+)? (?:on|for|around|over) (?:my|the|his|her|your) {part}\b",
                re.I,
            ),
            rf"what {thing} \1 \2 wear",
        )
        for part, thing in _WORN_ON.items()
    ),
    (re.compile(r"\bon (?:my|the|his|her|your) (?:feet|foot)\b(?! (?:all|till|until|a lot))", re.I), "shoes"),
    (re.compile(r"\bon (?:my|the|his|her|your) ears\b", re.I), "earrings"),
    (re.compile(r"\bon (?:my|the|his|her|your) wrist\b", re.I), "bracelet"),
    (re.compile(r"\b(?:what|and) (?:about )?up top\b|\bup top\b(?=, what)", re.I), "what tops"),
    (re.compile(r"\b(?:(?:on|for) (?:my|the|his|her) )?(?:bottom|lower) half\b", re.I), "bottoms"),
    (re.compile(rf"\b{_GREY} (?:else )?for (?:the |my |down )?(?:bottom|below)\b(?! half)", re.I), "bottoms"),
    (re.compile(rf"\b{_GREY} (?:else )?for (?:the |my |up )?top\b(?! half| of)", re.I), "tops"),
    (re.compile(rf"\b{_GREY} to carry (?:[\w']+ ){{1,4}}in\b", re.I), "a bag"),
    (re.compile(rf"\b{_GREY} ((?:[\w-]+ ){{0,2}}?)to carry my (?:things|stuff|laptop|books)(?: in)?\b", re.I), r"\1bag"),
)
# Verbs and nouns that the vocabulary would take for a garment, a material or an occasion.
_LOOKALIKES = (
    (
        re.compile(
            r"\b(would|to|that|could|does|do|will|might|which|best|not) suits?(?! (?:jacket|trousers|pants|go|would|do|have|are|can|could|you|should|work|match)\b)\b",
            re.I,
        ),
        r"\1 match",
    ),
    (
        re.compile(
            r"\b((?:what|which)\s+(?:[\w-]+\s+){1,3}?)suits?(?= (?:an?|my|this|that|these|those|the|his|her|it|me|him|them|your)\b)",
            re.I,
        ),
        r"\1match",
    ),
    (
        re.compile(r"(?<!\ba )(?<!\bthe )(?<!\bmy )(?<!\bwith )(?<!\bthis )(?<!\bthat )\b(?:black|white)[- ]tie\b", re.I),
        "formal",
    ),
    (
        re.compile(
            r"(?<!for )(?<!at )(?<!from )\b(?:work|works|working)(?= (?:with|together|for|well|best|better|as))|(?<=these )works?\b|(?<=that )works?\b",
            re.I,
        ),
        "go",
    ),
    (
        re.compile(
            r"\bdress(?=[- ]codes?\b)|\bdress(?= (?:up|down|smart|casual|warm|well|nicely)\b)|\bdress(?= (?:me|him|her|us|them|myself)\b)|(?<=\bto )dress(?= for\b)|(?<=\bi )dress\b",
            re.I,
        ),
        "clothing",
    ),
    (re.compile(r"\b(on|in) the (?:sand|snow|stone|rose|peach)\b", re.I), r"\1 the ground"),
    (
        re.compile(
            r"\b(?:spill|spilt|drink|drinking|grab|grabbing|some|morning|with|spilling|for a|for|so|the|a cup of|make|makes|making|serve|sell) (?:my |the |a |up )?(?:coffee|wine|chocolate|mint|tea|champagne)\b(?! (?:coloured|colored|brown|shoes?|dress|bag|coat))",
            re.I,
        ),
        "something",
    ),
    (re.compile(r"\bfathers? of the (?:bride|groom)\b|\bbest man\b|\bgroomsm[ae]n\b", re.I), "man"),
    (re.compile(r"\bmothers? of the (?:bride|groom)\b|\bmaid of honou?r\b", re.I), "woman"),
    (re.compile(r"(?<!\ban )(?<!\bdenim )(?<!\bthe )\boverall\b(?!s)", re.I), "altogether"),
    (
        re.compile(
            rf"(?:^|(?<=[.!?] ))(?!so\b)(?:(?!(?:{_DESCRIBING})\b)\w+\W+){{0,2}}(?!(?:{_DESCRIBING})\b)\w+ it is(?= *[.,!])",
            re.I,
        ),
        "ok",
    ),
    (re.compile(r"\b((?:he|she|it|mum|mom|dad|son|daughter|phone|which) )rings (?=me|us|home|up)\b", re.I), r"\1calls "),
    (re.compile(r"\b(these|those|they) suit\b(?! (?:and|with|is|jacket|trousers))", re.I), r"\1 match"),
    (re.compile(r"\bround(?= (?:my|her|his|the|your|their) )", re.I), "around"),
    (re.compile(r"\bon top(?: of)?\b", re.I), "over"),
    (re.compile(r"\bwine(?= (?:bar|tasting|list|cellar|glass|shop|country))\b", re.I), "nice"),
    (re.compile(r"\bgift[- ]?wrap(?:s|ping|ped)?\b", re.I), "gift packaging"),
    (
        re.compile(
            r"\b(?:black|white)[- ]tie(?= (?:gala|event|dinner|do|party|wedding|ball|affair|function|night|evening)\b)", re.I
        ),
        "formal",
    ),
    (re.compile(r"\bbridal party\b", re.I), "bridal group"),
    (re.compile(r"\bgood (?:evening|night)\b", re.I), "hello"),
    (
        re.compile(
            r"\b(?:isn'?t|wouldn'?t|aren'?t) ((?!there\b|it\b|that\b|this\b)[a-z][\w -]{1,30}?) (?=(?:be |look |go |suit )?(?:better|nicer|best|prettier|smarter|warmer)\b)",
            re.I,
        ),
        r"is \1 ",
    ),
    (re.compile(r"\boutdoor(?= (?:wedding|party|dinner|ceremony|reception|concert|restaurant|café|cafe)\b)", re.I), "garden"),
    (re.compile(r"\bhikers?(?! boots)\b(?=\W*(?:$|for\b|under\b|below\b))", re.I), "person"),
    (re.compile(r"\b(?:an? |the )?([a-z]+(?: [a-z]+)?)\? no way\b", re.I), r"no \1"),
    (
        re.compile(
            r"\b(?:he|she|they|i|we)(?:'s|'ve)? already (?:has|have|got|owns?) (?:more than )?(?:enough|plenty of|too many|lots of|loads of)\b",
            re.I,
        ),
        "no",
    ),
    (re.compile(r"\b(?:in the|on (?:cool|cold|chilly)(?:er)?|later in the|towards?) evenings?\b", re.I), "later"),
    (re.compile(r"\b(?:you|u|hi|hey|hello|thanks|ok|cheers) guys\b", re.I), "you"),
    (re.compile(r"(?<=\bmy )(?:shoe|dress|shirt|ring|collar|waist)(?= sizes?\b)", re.I), "own"),
    (
        re.compile(
            r"\b(?:range|stock|price|double|quick|sanity|reality|spell) check\b|\bcheck(?:ed|ing|s)?(?= (?:my|the|your|his|her|if|out|whether|with|please|in|it|that|this)\b)",
            re.I,
        ),
        "look",
    ),
    (re.compile(r"\b(?:up )?to date\b", re.I), "modern"),
    # How a thing shall be beside the one shown says nothing of what it is for.
    (
        re.compile(
            r"\b(less|more|too|not so|not too|so|very) (?:formal|casual|elegant|dressy|smart|sporty|relaxed|summery|wintry|festive|professional)\b",
            re.I,
        ),
        r"\1 so",
    ),
    (re.compile(r"\b(?:lower|upper|bottom|outer)(?= (?:price|prices|limit|end|budget|bound)\b)", re.I), "other"),
    (re.compile(r"\bties? (?:in|together|the look|it)\b", re.I), "go"),
    (re.compile(r"\bto top it off\b|\btops\b(?=\s*(?:[.,!?]|$))(?<=[\d€$£] tops)", re.I), "max"),
)


def tidied(message: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The message in plain spelling on one line, and which misspelt garments were taken for what."""
    message = normalize("NFKC", message)  # full-width letters and the like
    text = " ".join(message.replace("’", "'").replace("‘", "'").split())
    for written, meant in _SHORTHAND:
        text = written.sub(meant, text)
    return spelt(text)


def without_lookalikes(text: str) -> str:
    """The text, with what only looks like a garment put otherwise."""
    for written, meant in _LOOKALIKES:
        text = written.sub(meant, text)
    return text

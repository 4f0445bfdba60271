"""The turns of phrase by which a message shows what it is about. Data for understanding.py: no logic."""

import re

GREETING = re.compile(r"^\W*(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)|howdy|yo)\b[\s\w]{0,12}[!.\s]*$", re.I)
THANKS = re.compile(
    r"\b(?:thanks|thank you|thx|ty|cheers|much appreciated|bye|goodbye|that's all|brilliant|awesome|lovely, |perfect)\b", re.I
)
ABOUT_US = re.compile(
    r"\bare you (?:an? )?(?:real|human|person|robot|bot|ai|machine|program)\b|\bwho are you\b|\bwhat can you do\b", re.I
)
ORDERING = re.compile(
    r"\b(?:deliver(?:y|ies|ed)?|shipping|ship|postage|returns?|refund|exchange|discount|voucher|coupon|promo|gift cards?|checkout|"
    r"place an order|order (?:it|this|them|the)|buy (?:it|this|them|that|number|the (?:first|second|third|last))|i'll take|add (?:it|this|them) to|basket|cart)\b",
    re.I,
)
OTHER_LANGUAGE = re.compile(
    r"\b(?:ich|suche|eine[nrm]?|und|der|die|das|für|je|cherche|une|avec|pour|quiero|busco|para|una|unas|unos|zapatos|cerco|vorrei|ik|zoek|een|procuro)\b",
    re.I,
)
JUDGE = re.compile(
    r"\b(?:(?:do|does|would|will|can|could|should) (?!you\b)(?:i |we |it |this |that |these |those |they |the |my |an? |[\w-]+ ){1,8}?"
    r"(?:go|work|match|wear|fit|look|pair|combine|suit|clash)\b|go(?:es)? together|works? together|"
    r"look(?:s)? (?:ok|okay|good|right|fine) together|rate (?:this|my|the|these)|what do you think (?:of|about)|how does (?:this|it|that) look|"
    r"is (?:this|it|that) (?:an? )?(?:good|nice|ok|okay|fine)\b.*(?:outfit|look|combination|match)|clash\b|judge)",
    re.I,
)
ASKS_WHICH = re.compile(r"\b(?:what|which|where|show me|find|looking for)\b(?! do you think)", re.I)
COMPLETE = re.compile(
    r"\bwhat (?:else )?(?:can|could|should|would|do|shall)? ?(?:i|you|we)?\b.*\b(?:wear|go|goes|match|matches|suit|suits|pair)\b|\bcomplete\b|\bstyle\b",
    re.I,
)
BUILD = re.compile(
    r"\b(?:(?:an?|the|whole|full|complete|entire|some|three|two)\s+(?:\w+\s+)?(?:outfit|look|ensemble)s?\b|outfits? (?:for|idea)|dress me|"
    r"what (?:should|can|do|shall|could) i wear (?:to|for|on|at|in)\b|what to wear (?:to|for|on|at|in)\b)",
    re.I,
)
CHEAPER = re.compile(
    r"\b(?:cheaper|less expensive|lower price|more affordable|too (?:pricey|expensive|dear|much)|(?:i'm|im|i am) broke|can't afford)\b",
    re.I,
)
SWAP = re.compile(
    r"\b(?:other|others|another|different|something else|anything else|swap|replace|more options|more like|what else|else|"
    r"less formal|more formal|more casual|warmer|dressier|smarter)\b|" + CHEAPER.pattern,
    re.I,
)
SWAP_ONE = re.compile(r"\b(?:swap|replace|change|exchange)\b(.*?)(?:\b(?:for|with|by)\b(.*))?$", re.I)
LEANINGS = {
    "warmer": "warm winter", "less formal": "casual", "more casual": "casual", "more formal": "formal", "dressier": "elegant", "smarter": "smart",
}  # fmt: skip
SHOW = re.compile(
    r"\b(?:tell me (?:more )?about|more (?:about|on)|details?|show me (?:the|number|no)\b(?= ?(?:\d|first|second|third|fourth|fifth|last))|"
    r"compare|why (?:this|that|these|the|number|did you)|what sizes|in stock|describe|cheapest (?:one|of)|which (?:one )?is (?:the )?cheapest|"
    r"which (?:one|of (?:these|them|those))?\s*(?:would|do|should) (?:you|i) (?:\w+)|how much (?:is|are|does|do))\b",
    re.I,
)
CHEAPEST = re.compile(r"\bcheapest\b", re.I)
ADVISE = re.compile(r"\bwhich (?:one|of (?:these|them|those))?\s*(?:would|do|should) (?:you|i)\b", re.I)
ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5, "sixth": 6, "6th": 6,
}  # fmt: skip
PLACE = re.compile(
    rf"\b(?:(?P<word>{'|'.join(ORDINALS)}|last)(?: one| pair| item)?|(?:number|no\.?|#|item|option)\s*(?P<number>\d{{1,2}}))\b",
    re.I,
)
BARE_PLACES = re.compile(r"(?<![\d€$£])\b(\d{1,2})\b(?!\s*(?:€|eur|usd|gbp|pounds|dollars|%))", re.I)
CORRECTION = re.compile(
    r"^\W*(?:no\b|nope\b|nah\b|actually\b|wrong\b|sorry\b|hm+\b|well\b|not\b|it'?s\b|it is\b|that'?s\b|that is\b|this is\b|they'?re\b|they are\b|i(?:t)? meant\b|"
    r"the (?:[\w-]+ )?(?:coat|jacket|dress|shirt|top|bag|shoes?|skirt|parka|blazer|photo|colou?r)\b.*\b(?:is|are)\b)",
    re.I,
)
NOT_A_CORRECTION = re.compile(r"^\W*(?:no|not)\s+[\w-]+\s*$", re.I)
SIMILAR = re.compile(r"\b(?:like (?:this|that|it|these|those)|similar|same (?:as|style)|lookalike)\b", re.I)
FRESH = re.compile(
    r"\b(?:looking for|search(?:ing)? for|find me|show me|do you (?:have|sell|stock)|i (?:need|want)|i'd like|new search)\b",
    re.I,
)
NEXT = re.compile(
    r"^\W*(?:and|also|plus|what about|how about|only|just|maybe|or|rather|but|ok(?:ay)?|now|then|in that case|i(?:'d)? prefer|no|back to|i asked for)\b",
    re.I,
)
YES = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|sure|ok(?:ay)?|go (?:ahead|on)|please(?: do)?|do (?:it|that)|why not|fine|alright)\b[\w ,'!.]{0,20}$",
    re.I,
)
START_OVER = re.compile(
    r"\b(?:start (?:over|again|afresh)|reset|new search|forget (?:everything|all(?: of it)?|it all)|from scratch)\b", re.I
)
LIFT = re.compile(
    r"\b(?:any|drop|forget|remove|lift|ignore|never ?mind|don'?t care about|no (?:more )?(?=[\w ]{0,8}limit))\b|\b(?:doesn'?t|don'?t|does not) matter\b",
    re.I,
)
LIFTED: dict[str, tuple[str, ...]] = {
    "colou?rs?": ("colours", "exclude_colours"),
    "prices?|budget|limit|cost": ("max_price", "min_price", "total_max"),
    "brands?": ("brands", "exclude_brands"),
    "sizes?": ("sizes",),
    "types?|kinds?|styles?": ("kinds", "exclude_kinds"),
    "occasions?": ("occasions",),
    "seasons?": ("seasons",),
    "gender": ("gender",),
}
COLOUR_ADVICE = re.compile(r"\b(?:what|which) colou?rs?\b.*\b(?:go|goes|match|matches|suit|suits|work|wear)\b", re.I)
UNKNOWN_WANT = re.compile(
    r"\b(?:what|which)\s+(?:kind of |sort of |colou?r )?([a-z][\w-]+)\s+(?:go|goes|would|will|should|could|can|match|matches|suits?|do|does)\b",
    re.I,
)
NOT_THINGS = frozenset(
    "else would could should can do does will shall might else's about really other things thing items item pieces one ones".split()
)
UNKNOWN_SEARCH = re.compile(
    r"\b(?:show me|find me|looking for|do you (?:have|sell)|i (?:need|want)|i'd like)\s+(?:an?|some|any|the)?\s*([a-z][\w -]+?)\s*[?.!]*$",
    re.I,
)
SOMETHING = re.compile(r"\b(?:something|anything|stuff|things|clothes|what to wear|what do you have|ideas?)\b", re.I)

"""The turns of phrase by which a message shows what it is about. Data for the rules: no logic."""

import re

GREETING = re.compile(
    r"^\W*(?:(?:hi|hello|hey|hiya|good \w+)(?: there| you)?\W+)?how(?:'s| is| are) (?:you|it going|your day(?: going)?|things|life)\b[^a-z]*$|^\W*(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)|howdy|yo)\b[\s\w]{0,12}[!.\s]*$",
    re.I,
)
THANKS = re.compile(
    r"\b(?:thanks|thank you|thank u|thx|tks|tnx|ty|tysm|ta|cheers|appreciated|bye|goodbye|see you|see ya|laters|later(?=!)|ciao|good ?night|take care(?! of)|that's all|that is all|that's it|brilliant|awesome|amazing|wonderful|"
    r"lovely,|perfect|splendid|much obliged|obliged|you're a star|lifesaver|love it|love them|great help|well done|sold|no more questions|gracias|merci|danke)\b|^\W*(?:great|lovely|nice|cool|ok|okay|good|super|fab|ace|👍)\W*$",
    re.I,
)
ABOUT_US = re.compile(
    r"\bare you (?:an? )?(?:real|human|person|robot|bot|ai|machine|program)\b|\bwho are you\b|\bwhat (?:can|do|could) you (?:actually |really |even )?(?:do|help (?:me )?with)\b(?! (?:for|with|to|about) (?:my|this|these|a|the))|\bhow (?:can|do) you (?:help|work)\b",
    re.I,
)
ORDERING = re.compile(
    r"\b(?:deliver(?:y|ies|ed)?|my order|my parcel|gift[- ]wrap\w*|sales? on\b|on sale\b|reduced\b|special offers?|opening hours|are you open|park near|your (?:store|shop|branch|location)s?(?: in| near| at| open|\?)|where (?:is|are) (?:the|your) (?:store|shop)|shipping|ship|postage|returns?|refund|exchange|discount|voucher|coupon|promo|gift cards?|checkout|reserve|pay (?:by|with)|credit card|klarna|paypal|"
    r"place an order|book (?:me )?(?:an? )?(?:table|flight|hotel|room|taxi|appointment)|order (?:it|this|them|the)|buy (?:it|this|them|that|number|the (?:first|second|third|last))|i'll take|add (?:it|this|them) to|basket|cart)\b",
    re.I,
)
OTHER_LANGUAGE = re.compile(
    r"\b(?:ich|suche|eine[nrm]?|und|der|die|das|für|je|cherche|une|avec|pour|quiero|busco|para|una|unas|unos|zapatos|cerco|vorrei|ik|zoek|een|procuro)\b",
    re.I,
)
HOW_IT_LOOKS = re.compile(
    r"\bhow (?:would|will|do|does) (?:an? |the |my |this |those )?(?:[\w'-]+ ){1,4}look (?:with|over|under|next to)\b", re.I
)
JUDGE = re.compile(
    r"\bwhat if (?:i|we|he|she|they) (?:wear|wore|put|take|took|add|added|go with|went with) (?!less|more|\d)|(?:\b(?:whether|(?:wonder(?:ing)?|know|sure|tell me|say) if) (?:[\w'-]+ ){1,6}?(?:goes?|works?|match(?:es)?|suits?|fits?)\b|(?:^|[.!?,;:–-]\W*|\b(?:and|so|but|ok|okay|hmm|well|now|also|right|hi|hello|hey|please|wondering if|if|actually|then|or)\W+)(?:do|does|would|will|can|could|should) (?!you\b(?! wear)|like\b|love\b)(?:i |we |it |this |that |these |those |they |the |my |an? |[\w-]+,? ){1,14}?"
    r"(?:go|work|match|wear|fit|look|pair|combine|suit|clash)\b|(?:go(?:es)?|works?) (?:better |well |nicely )?together|"
    r"\b(?:ok|okay|good|right|fine|nice|great|better|weird|well|fits?|match) together\b|\b(?:get|gets) (?:along|on) with\b|\bagrees? with (?:each other|one another|the|my|it)\b|hang together|"
    r"\b(?:is|are|would|will) (?:[\w'-]+ ){1,8}?(?:any good|too much|strange|weird|odd|overkill|a clash|a mistake)\b|\b(?:would|will) (?:[\w'-]+ ){1,8}?be (?:good|ok|okay|fine|alright|nice|right) (?:with|for|to|on|over|under)\b|"
    r"\b(?:is|are) (?:[\w'-]+ ){1,8}?(?:good|ok|okay|fine|alright|nice|right) with\b|"
    r"(?:is|are|would|was|will) (?:[\w'-]+ ){2,9}?(?:be )?an? (?:good|bad|terrible|nice|sensible|safe|silly|weird|odd|daft) (?:idea|match|choice|combination|combo|pairing|mix)\b|^\W*(?:and |or |even )?with\b.*\b(?:ok|okay|fine|alright|good|strange|weird|odd|nice)\W*\?|yes or no\b|yay or nay|settle this|verdict|(?:would you|please|can you|you) rate\b|rate (?:this|my|the|these|it)\b|thoughts on\b|opinion (?:on|of)\b|what (?:do you think (?:of|about)|would you say (?:about|to))|how does (?:this|it|that) look|"
    r"do you think (?:an? |the |my |it |this |that |these |those |they )(?:[\w'-]+ ){0,6}?(?:go(?:es)?|works?|match(?:es)?|fits?|looks?|pairs?|suits?|clash(?:es)?)\b|is (?:this|it|that) (?:an? )?(?:good|nice|ok|okay|fine)\b.*(?:outfit|look|combination|match)|clash\b|judge)",
    re.I,
)
ASKS_WHICH = re.compile(r"\b(?:what(?! about| if)|(?<!, )which|where|show me|find|looking for)\b(?! do you think)", re.I)
COMPLETE = re.compile(
    r"\bwhat (?:else )?(?:can|could|should|would|do|shall)? ?(?:i|you|we)?\b.*\b(?:wear|go|goes|match|matches|suit|suits(?! (?:have|do|are|can|you))|pair)\b|\bcomplete\b|\bstyle\b",
    re.I,
)
BUILD = re.compile(
    r"\bkit (?:me|him|her|us) out\b|\b(?:put|throw|pull) something together\b|\bstyle (?:me|him|her)\b|"
    r"\b(?:do|make|build|create|put together) (?:me |us )?(?:one|another one|the same(?: thing)?|a matching one) for (?:my|him|her)\b|"
    r"\b(?:an?|the|one) (?:whole|full|entire|complete) (?:kit|set) of (?:clothes|clothing)\b|(?:(?:an?|the|my|one|single|whole|full|complete|entire|new|some|another|two|three|[23]|different|more|other)\s+(?:(?!(?:i|you|it|she|he|we|they|says?|that)\b)[\w'-]+\s+){0,3}?"
    r"(?:outfits?|look|ensembles?|get-?ups?)\b(?! (?:good|great|nice|ok|okay|fine|better|best|at|for me\b))|"
    r"\b(?:two|three|four|some|more|different|other|few|[2-4]|\w+ing) (?:\w+ )?looks\b|(?<!\bi )(?<!\bwe )(?<!\bto )(?:outfits?|looks?) (?:for|idea|around|with|to)\b|^\W*(?:outfits?|looks?)\b|dress me|(?:head|top) to toe|"
    r"\b(?:build|put together|create) (?:me |us )?(?:that|it|this)\b|"
    r"(?:build|put together|create|make|assemble|style) (?:me )?(?:an?|the|some|two|three|\d)?\s*(?:[\w-]+\s+){0,2}(?:outfit|look)s?\b|style me\b|"
    r"what (?:should|can|do|shall|could|would|to|ought) (?:i |we |he |she |they |my \w+ |you )?wear\s*(?:to|for|on|at|in|when|if|as)\b|what to wear\b(?! with)|"
    r"(?:something|anything) to wear (?:to|for|on|at)\b|what do (?:i|you) wear (?:to|for|at))",
    re.I,
)
LOOKS_WANTED = re.compile(r"\b(two|three|four|2|3|4|couple of|few|several|some)\s+(?:[\w-]+\s+){0,3}?(?:outfits|looks)\b", re.I)
CHEAPER = re.compile(
    r"\b(?:cheaper|not (?:so|as|that|quite so|too) (?:expensive|pricey|dear|costly)|less expensive|less pricey|lower price|more affordable|too (?:pricey|expensive|dear|much(?= (?:for me|money)|\W*$|\W*(?:max|under|below|\d)))|(?:i'm|im|i am) broke|can't afford|"
    r"(?:a )?(?:bit|little) steep|cost(?:s)? less|bring (?:the price|it) down|budget[- ]friendly|out of my (?:budget|price range)|over my budget)\b",
    re.I,
)
DEARER = re.compile(
    r"\b(?:more expensive|better quality|higher quality|fancier|pricier|more (?:premium|luxurious|upmarket)|more upscale)\b",
    re.I,
)
SWAP = re.compile(
    r"\b(?:(?<!each )other|others|another|different|differently|something else|(?<!than )anything else(?! (?:than\b|\w+ )?(?:is|are|looks?|shows?|makes?|would|gets?|feels?|goes|clash\w*))|someting else|swap(?:ped)?|replaced?|exchange|instead|"
    r"more (?:options|choices|ideas|suggestions|of (?:these|those|them))|show me more|see more|(?:^\W*|\b(?:have|got|there|see|show|me|you|find|with|or)\s+)any more(?! than)|some more|more like (?:this|that|these|those|them)|what else|(?<!everything )(?<!all )(?<!anything )(?<!nothing )else|"
    r"(?:less|more) (?:formal|casual|dressy|elegant|sporty|colourful|colorful|classic|modern|edgy|relaxed|fancy|smart|feminine|masculine|comfy|comfortable|warm|fun|boring|plain|bright|subtle|bold)|"
    r"(?:smaller|bigger|larger|longer|shorter|looser|wider|roomier)(?= (?:ones?|version|pair)\b|\W*$)|warmer|lighter|dressier|smarter|fancier|sportier|brighter|darker|simpler|plainer|comfier|edgier|bolder|"
    r"(?:not|don't like|dont like|hate|nah|none of) (?:these|those|that one|this one|them|any of them)|try again|new ones|(?:have|did)n'?t (?:been )?(?:seen|shown?)|not seen(?: yet)?)\b|^\W*(?:more|next|again)\W*(?:please)?\W*$|"
    + CHEAPER.pattern
    + "|"
    + DEARER.pattern,
    re.I,
)
REJECTED = re.compile(
    r"\b(?:(?:i )?(?:don'?t|do not|didn'?t|doesn'?t) (?:really |quite |much )?(?:like|love|fancy|want|care for|work for me)|not (?:really )?(?:a fan of|keen on|into|sure about|convinced by)|"
    r"hate|can'?t stand|ugly|hideous|not to my (?:liking|taste)|awful|boring|not my (?:style|thing|taste)|wouldn'?t wear|nothing for me|(?:is|are)n'?t (?:really |quite )?(?:me|for me|right|it)\b|not (?:really |quite )?me\b|except (?:for )?(?:the|that|those|it)|all but (?:the|that|those)|not (?:the|that|this|it|them|number|no\.?)|anything but|none of (?:these|those|them)|(?:is|are|looks?) (?:a bit |a little |way |far |much |just )?too (?:high|long|short|big|small|tight|wide|dark|bright|loud|flashy|plain|boring|young|old|formal|casual|heavy|thick|thin|fancy))\b",
    re.I,
)
ANOTHER = re.compile(r"\b(?:others?|another|different|else|new ones)\b", re.I)
SWAP_ONE = re.compile(
    r"\b(?:swap(?:ped)?|replaced?|changed?(?! (?:my|their|his|her|our|your) mind)|exchanged?|switch(?:ed)?)\b(.*?)(?:\b(?:for|with|by|to|into)\b([^.?!;]*).*)?$",
    re.I,
)
LEANINGS = {
    r"smaller": "small mini", r"bigger|larger|roomier": "large big", r"longer": "long maxi", r"shorter": "short mini", r"looser|wider": "loose wide",
    r"warmer|more warm": "warm winter", r"lighter": "light summer", r"less (?:formal|dressy|elegant|fancy|smart)|more (?:casual|relaxed)": "casual",
    r"more (?:formal|dressy|elegant|smart)|dressier|smarter|less casual|fancier|more fancy": "formal", r"sportier|more sporty": "sport",
    r"more (?:colou?rful|bright|fun|bold)|brighter|bolder|less (?:boring|plain)": "bright colourful", r"simpler|plainer|more (?:classic|subtle|plain)|less bold": "plain classic",
    r"darker": "dark", r"comfier|more comf\w+": "comfortable soft", r"edgier|more edgy": "leather black",
}  # fmt: skip
OCCASION_OF_LEANING = {"casual": "casual", "formal": "formal", "sport": "sport"}
SHOW = re.compile(
    r"\b(?:what(?:'s| is| does| do) (?:it|that|this|everything)(?: all)? cost|(?:talk|walk|run|take) me through|tell us (?:more |a (?:bit|little) )?(?:more )?about|side by side|remind me (?:what|how much|which|of the)|tell me a (?:bit|little) (?:more )?about|(?:what|how) (?:exactly |precisely )?(?:is|are|does|do) (?:it|they|(?:the|that|those|these) [\w ]{2,24}) (?:exactly )?(?:look )?like|what(?:'s| is| are) (?:the |that |those )[\w -]{2,24} made|is (?:that|it|this) (?:\w+ )?(?:cotton|wool|leather|silk|linen|polyester|suede|satin|denim)|(?:does|do|would) it all cost|adds? up to|which from these (?:is|are)|most cheap|what(?:'s| is| are) (?:the )?differen\w*|tell me (?:more )?about|(?:tell|say|know|hear) (?:me )?more|more (?:about|on|info|information|details?)|details?|info (?:on|about)|"
    r"show me (?:the|number|no)\b(?= ?(?:\d|first|second|third|fourth|fifth|last)\b)|"
    r"compare|comparison|difference between|how do (?:they|these|those|the \w+) (?:compare|differ)|differ\b|what sizes|which sizes|(?:what|which) material|made (?:of|from|out of)|"
    r"in stock|still available|available in|sold out|describe|comes? in (?:(?:an? )?(?:size|\d+|what|which|other|any|another)|(?:an? )?(?:x{0,3}[sl]|m|small|medium|large)\b)|cheapest (?:one|of)|which (?:one |item |piece |part |thing |pair )?(?:of (?:these|those|them|the) )?(?:\w+ )?(?:is|are|costs|has|comes|would be) (?:the |my )?(?:most|least|more|less|longest|highest|lowest|\w+est|\w{3,}er)\b|which(?: one)?(?: of (?:all )?(?:of )?(?:these|those|them|it))? (?:is|are) (?:the )?(?:least|lowest|cheapest|cheaper|most expensive|dearest|best|warmest)|"
    r"costs? (?:the )?(?:least|less|most|more)\b|(?:the|what) (?:colou?r|size|material|brand|make|fabric)s? (?:of|is|are|does|do)\b|more exactly|in detail|closer look|"
    r"show me (?:please )?(?:that|this)\b|(?:see|show) (?:me )?(?:it|that|them|this)(?: \w+){0,2} again|how much(?:\W*$| and (?:what|which|how)\b)|(?:tell me|what(?:'s| is)|know|give me) (?:its|their) (?:price|material|fabric|colou?r|size|brand)s?\b|"
    r"which (?:one|of (?:these|them|those))?\s*(?:would|do|should) (?:you|i) (?:\w+)|how much (?:is|are|does|do|would|cost)|(?:what(?:'s| is) |and )?the (?:price|cost) of|(?:is|are) (?:it|they|(?:the|these|those|this|that)(?: [\w-]+){0,4}?) (?:water-resistant|waterproof|lined|washable|real|genuine|warm enough|comfortable|comfy|comfier|softer|warmer|sturdier|stretchy|heavy|breathable|see[- ]through|itchy|scratchy|sturdy)\b|what(?:'s| is) the (?:price|total|sum)|what(?:'s| is) the (?:most expensive|cheapest|dearest|priciest|least expensive|warmest) (?:thing|piece|item|one|part|bit|of)\b|"
    r"what (?:do|does|did|would) (?:it|they|that one|this one|that|these|those|this|the [\w ]{2,30}) cost|come to\b|in total\?|altogether\?|"
    r"what (?:brand|make) (?:is|are)|who makes|is (?:it|that|this one|that one) (?:real|genuine|wool|leather|silk|cotton|warm|water-resistant|waterproof|lined|washable))\b",
    re.I,
)
WHY = re.compile(
    r"\bwhy\b(?! not\b)(?!.*\b(?:expensive|so dear)\b)|\bhow come\b|\bwhat ma(?:kes|de) (?:it|this|that|these|them|you)\b|\bexplain (?:this|that|the|your|why)\b|\breason (?:for|behind)\b",
    re.I,
)
# What a shopper may ask of a thing that no field of an item holds: only its caption may say it.
PROPERTY = re.compile(
    r"\b(?:water-resistant|waterproof|lined|washable|warm|comfortable|comfy|stretchy|heavy|breathable|see[- ]through|itchy|scratchy|sturdy|soft)\b",
    re.I,
)
OF_THESE = re.compile(r"\b(?:which|what|any|one|out) of (?:all )?(?:these|those|them)\b", re.I)
COMPARE = re.compile(r"\bsets? [\w ]{2,30} apart\b|\bside by side\b|\bcompar|\bdiffer|\bversus\b|\bvs\b|\bbetter\b", re.I)
CHEAPEST = re.compile(r"\bcheapest\b|\bmost cheap\b|\bleast expensive\b|\blowest[- ]priced\b", re.I)
ADVISE = re.compile(
    r"\b(?:which|what)(?: one| of (?:these|them|those)| pair| bag| colou?r| shade)?\s*(?:would|do|should) (?:you|i)\b(?! (?:wear|put|pair|carry|say|think|need|have|call|define|describe|expect))|\b(?:out )?of (?:these|those|them),? which\b|\bwhich (?:one |of (?:them|these|those) )?(?:(?:is|are) (?:the )?best\b|(?:goes?|works?|looks?|suits?|fits?|matches) (?:it |them )?(?:the )?best\b)|\byour (?:favou?rite|top pick|pick)\b",
    re.I,
)
CORRECTION = re.compile(
    r"^\W*(?:no\b|nope\b|nah\b|wait\b|oops\b|i mean\b|actually\b|wrong\b|sorry\b|hm+\b|well\b|not\b|it'?s\b|it is\b|that'?s\b|that is\b|this is\b|they'?re\b|they are\b|i(?:t)? meant\b|"
    r"the (?:[\w-]+ )?(?:coat|jacket|dress|shirt|top|bag|shoes?|boots|heels|sneakers|trainers|skirt|trousers|pants|jeans|shorts|suit|jumper|sweater|hat|cap|scarf|parka|blazer|photo|colou?r)\b.*\b(?:is|are)\b)",
    re.I,
)
NOT_A_CORRECTION = re.compile(r"^\W*(?:no|not)\s+[\w-]+\s*$", re.I)
# "what would be better than the red trousers?"
BETTER_THAN = re.compile(
    r"\b(?:what|anything|something|is there)\b[^.!?]*\b(?:(?:better|nicer|other|else) than|(?:wear|put|take|choose|suggest|recommend|use) instead of) (?:the |my |those |that )?([^.!?]+)",
    re.I,
)
SIMILAR = re.compile(r"\b(?:like (?:this|that|it|these|those)|similar|same (?:as|style)|lookalike)\b", re.I)
FRESH = re.compile(
    r"^\W*(?:\w+\s+)?(?:got |have you got )?any\b(?! (?:other|more|different|\w+ but))|\b(?:looking for|search(?:ing)? for|find me|show me|do you (?:have|sell|stock)|i (?:need|want)|i'd like|new search)\b",
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
    r"\b(?:(?:let's |let us )?(?:forget everything and |forget it all and )?(?:start|begin) (?:over|again|afresh|anew|from scratch|fresh)|reset|new (?:search|conversation|chat)|"
    r"forget (?:everything|all(?: of (?:it|that|this))?(?! the| my| (?:previous|prior|earlier|above|your|instructions?|rules))|it all)(?! and start)|from scratch|clear (?:everything|all|it)|wipe (?:everything|the slate))\b",
    re.I,
)
# What takes a filter back, before its name ("forget the budget") and after it ("the colour doesn't matter").
LIFTING = (
    r"(?:any|(?:whatever|whichever|every)(?= (?:the )?(?:colou?r|size|brand|make|material|fabric|price|style|type|kind))|leave(?= (?:aside |out )?(?:the |my |that |any )?(?:budget|price|limit)\b(?! (?:as|at|where)))|(?:don'?t|doesn'?t|do not) (?:really )?(?:care|mind) (?:what|how much)|other(?= (?:colou?rs|brands|sizes|materials|fabrics)\b)|take\b.*?\b(?:away|off|out)|get rid of|drop|forget|remove|lift|ignore|scratch|scrap|cancel|skip|never ?mind|don'?t (?:really )?(?:care about|mind)|no more|"
    r"no(?= (?:\w+ )?(?:limit|budget))|without(?= (?:a |the |any )?(?:limit|budget|price))|other(?= (?:brands?|colou?rs?|sizes?|types?|materials?) (?:is|are|would|will)))"
)
LIFTED_AFTERWARDS = (
    r"(?:doesn'?t|don'?t|does not|no longer|not)(?: really)? (?:matters?|important|an issue)|(?:(?:is|are|was|were) not|(?:is|are|was|were)n'?t) (?:that |so |really |too )?(?:important|an issue|relevant|a concern|a problem|fixed)|(?:is|was|were) no (?:object|issue|problem)|can be anything|could be anything|anything goes|(?:i|we) (?:don'?t|do not) (?:care|mind)|who cares|whatever|(?:range |limit )?(?:away|off)(?= |\W*$)|"
    r"(?:is|are) (?:fine|ok|okay)(?: too| as well)?"
)
# "yellow is fine after all", "it doesn't have to be brown": what follows or stands before is taken back.
FINE_AFTER_ALL = re.compile(
    r"\bcan (?:do|wear|have|take|stand)\s+([\w -]{3,30}?)\s+(?:after all|again)\b|([\w -]{3,40}?)\s+(?:is|are|would be|'s|'re)\s+(?:actually |also |totally |perfectly )?(?:fine|ok|okay|alright|all right|good|allowed|welcome|no problem)(?: too| as well| after all| again| now)?\b|"
    r"\b(?:don'?t|doesn'?t|do not|wouldn'?t) (?:actually |really )?mind\s+([\w -]{3,40})",
    re.I,
)
NEEDNT = re.compile(
    r"\b(?:doesn'?t|don'?t|does not|do not|needn'?t|need not)\s+(?:have|need)?\s*(?:to )?be\s+(?:in )?([\w -]{3,40})|\b(?:scratch|forget|drop|lose|never mind|skip) (?:the |about )?(?:the )?([\w -]{3,30})",
    re.I,
)
LIFTED: dict[str, tuple[str, ...]] = {
    "(?:lowest|lower|minimum|low) (?:price|end|limit|bound)(?: limit)?|minimum": ("min_price",),
    "(?:highest|upper|maximum) (?:price|end|limit|bound)(?: limit)?|maximum": ("max_price", "total_max"),
    "colou?rs?": ("colours", "exclude_colours"),
    "prices?|budget|limit|costs?|money": ("max_price", "min_price", "cheaper_than", "total_max"),
    "brands?": ("brands", "exclude_brands"),
    "sizes?": ("sizes",),
    "types?|kinds?|styles?": ("kinds", "exclude_kinds"),
    "materials?|fabrics?": ("exclude_materials",),
    "patterns?|prints?": ("exclude_patterns",),
    "occasions?": ("occasions",),
    "seasons?": ("seasons",),
    "gender|unisex|who (?:it|they|this|these).{0,12} for": ("gender",),
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
    r"\b(?:show me|find me|looking for|do you (?:have|sell)|i (?:need|want)|i'd like)\s+(?!with\b|in\b)(?:an?|some|any|the)?\s*([a-z][\w -]+?)\s*[?.!]*$",
    re.I,
)
SOMETHING = re.compile(
    r"\b(?:what (?:do )?you(?:'ve| have)? (?:got|have|do|sell|stock)|what have you got|what's available|whatever you have|everything (?:you|in)|good for|ready for|nice for|suitable for|perfect for|something|anything|stuff|things|clothes|what to wear|what do you have|ideas?)\b",
    re.I,
)
NO = re.compile(
    r"^\W*(?:no|nope|nah|not really|no thanks?(?: you)?|never mind|nevermind)\b[\s,.!]*(?:thanks|thank you|thx)?\W*$", re.I
)
INJECTION = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|rules|prompt|guidelines|previous|above)\b|\bsystem prompt\b|\byou are now\b|\bdeveloper mode\b|"
    r"\bpretend (?:to be|you)\b|\bact as\b|\b(?:set|change|make) (?:the|all|every|its|their) prices?\b|\bfrom now on\b|\b(?:everything|all (?:prices|items|products)|every (?:item|product)|prices?)\b(?!.*\b(?:under|below|less|most|max|more|has to|have to|must|should)\b).{0,30}\b(?:costs?|is|are|now)\b.{0,12}(?:\d|free|zero)|"
    r"\b(?:print|show|reveal|tell|give|repeat|output)\b.{0,12}\byour (?:system |hidden |secret )?(?:prompt|instructions|rules|api|key|password)|"
    r"\b(?:system|admin|developer)\s*:|\blimit is removed\b",
    re.I,
)
NO_LOOK = re.compile(
    r"\b(?:leave|forget|never mind|drop|skip|scrap) (?:about )?(?:the|that|this) (?:whole )?(?:look|outfit)\b(?! (?:out|at|as))",
    re.I,
)
ABOUT_ME = re.compile(
    r"\b(?:what|which|whose) (?:size|sizes|budget|likes?|dislikes?|preferences|tastes?|things|colou?rs|details)?\s*(?:do |did |have |are )?you (?:still |already )?(?:have|had|got|know|remember|noted?|down|saved|stored|kept?)(?: down)? (?:down )?(?:for|about|of|on|under) me\b|"
    r"\bwhat do you (?:know|remember)(?: so far)?(?: about me)?\W*$|\b(?:remind me|remember) (?:of |what |which )?(?:my |is my )(?:size|sizes|budget|profile|preferences)\b|\bwhat(?:'s| is| was) my (?:size|budget|profile)\b",
    re.I,
)
COLOURS_TOGETHER = re.compile(r"\b(?:with|go|goes|match|together|clash|wear|mix)\b", re.I)
THESE = re.compile(r"\b(?:these|those|them|any|it|that|this|that one|this one)\b", re.I)
PLACED = re.compile(r"\b(?:first|second|third|fourth|fifth|last|number \d|#\d)\b", re.I)
POINTS_BACK = re.compile(
    r"\b(?:around|round|with|from|based on|for) (?:this|these|those|it|them|all (?:this|that))\b(?! (?:wedding|party|occasion|event|trip|evening|day))",
    re.I,
)
QUESTION = re.compile(
    r"\b(?:what|which|show me|find|any|have you got|do you (?:have|sell|do)|and|add|also|plus|need|want)\b", re.I
)
ALSO = re.compile(
    r"^\W*(?:(?:oh|ok|okay|yes|great|cool|nice|perfect|good|lovely|and)\W+)?(?:and|also|plus|as well as)\b|\b(?:as well|too)\W*$",
    re.I,
)
PURSE = re.compile(
    r"\b(?:budget|spend|present|gift|birthday|anniversary|afford|(?:i|we|she|he)(?:'ve| have)? (?:only |just )?(?:got|have) [€$£]?\d)\b",
    re.I,
)
AS_WELL = re.compile(r"\b(?:as well|too|also|then|(?:for|with) (?:the|my|it|that))\b", re.I)
SAME = re.compile(
    r"\b(?:in|again in|with) (?:those|these|the same) (?:two |three )?(?:colou?rs|metals|shades|materials|brands)\b|\bsame (?:rules?|limits?|budget|money|price(?: range)?|sizes?|colou?rs?|wishes|for)\b|\b(?:for|at) that (?:money|price)\b",
    re.I,
)
WEAKEST = re.compile(
    r"\b(?:weakest|worst|drags?|contributes? (?:the )?least|lets? (?:it|the \w+) down|adds? (?:the )?least|change (?:one|first)|improve|which (?:one|piece) (?:would|should))\b",
    re.I,
)
# Another try of a verdict: "and with brown shoes?", "and if the beret were black?"
VERDICT_AGAIN = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|hm+|right|fine|so)\W+)?(?:and|or|but|what|how about)\W*(?:if|about|with|in)?\b(?!.*\b(?:which|show me|find|have you|do you|any)\b).*\?\W*$",
    re.I,
)
LEAVE_OUT = re.compile(
    r"\b(?:leave|take|keep|cut|cross) (?:the |that |those |any )?(?:\w+ )?(?:\w+|them|it) (?:out|off|away)\b|\b(?:leave|take|keep) (?:them|it) (?:out|off|away)\b|\b(?:leave|take|cut) (?:out|off|away)\b|\b(?:without|skip|drop|lose|minus|ditch|remove)\b|\b(?:don't|do not|won't|no) need\b|\bcan (?:the|that|those) \w+ go\b",
    re.I,
)
MAY_GO = re.compile(r"\bcan (?:the|that|those|it|they) (?:\w+ )?go\b(?! (?:with|to|together|well|over|under))", re.I)
# "throw in a cap", "can the look have a belt too": the look shall have it.
THROW_IN = re.compile(
    r"^\W*(?:(?:ok|and|now|please|then|also|could you|can you)\W+)*add\b|\b(?:throw|stick|pop|chuck|squeeze) in\b|\b(?:throw|stick|pop|chuck|put|add|work|squeeze)\b(?=.*\b(?:in|on|too|as well|to (?:it|the (?:look|outfit)))\b)|\b(?:include|complete (?:it|the look) with)\b",
    re.I,
)
FOR_ME = re.compile(
    r"\b(?:back to|now for|(?:and|now|one|something|anything) for|what about) me\b|\bfor me (?:this time|now|instead)\b|\bfor myself\b",
    re.I,
)
LOOKS_FOR = re.compile(r"\b(?:what|which|show me|find|any|have you got|do you (?:have|sell|do)|search|looking for)\b", re.I)
SHALL_BE = re.compile(r"\b(?:could|can|should|must|may|might) (?:the|my|that|those) (?:\w+ )?\w+ be\b", re.I)
ALL_BUT = re.compile(
    r"\b(?:everything|all|anything|the lot) (?:bar|but|except(?: for)?|apart from|besides|minus|other than)\b", re.I
)
ANOTHER_ONE = re.compile(r"\b(?:another|different|other|new) (?:pair|one|ones)\b", re.I)
GENERALLY = re.compile(r"\b(?:in general|generally(?: speaking)?|as a rule)\b.*\?", re.I)
NEW_TOPIC = re.compile(
    r"\b(?:different|another|new|other|separate) (?:thing|topic|question|subject|matter)\b|\bunrelated\b", re.I
)
PLAIN_BUILD = re.compile(r"\b(?:complete|whole|full|entire) (?:[\w-]+ )?(?:look|outfit)\b|\bhead to toe\b", re.I)
DROP_IT = re.compile(
    r"\b(?:remove|drop|lose|skip|ditch|without|leave out|take out) (?:it|that|that one|them)\b|\b(?:leave|take) (?:it|that|them) (?:out|off|away)\b",
    re.I,
)
ONE_FOR = re.compile(
    r"\b(?:do|make|build|create|put together|and|now|need|want|get) (?:me |us )?(?:one|another(?: one)?|the same(?: thing)?|something similar|a look|an outfit|a matching one) for (?:my|a|him|her|the)\b",
    re.I,
)
PEOPLE = re.compile(  # in general: nobody whom the talk is about
    r"\b(?:do|does|are|is|should|must|can|would) (?:most |all |real )?(?:men|women|ladies|gentlemen|guys|girls)\b",
    re.I,
)
ETIQUETTE = re.compile(
    r"\bdoes (?:it|that|this) (?:really |always )?have to be\b|\b(?:do|does|are|is|should|must|can|would|may|might) (?:most |all |real )?(?:men|women|ladies|gentlemen|guys|girls|people|guests|bridesmaids|brides|grooms|(?:an? )(?:man|woman|lady|gentleman|guy|guest|bride|groom))\b[^?]*|"
    r"\bhow (?:do|does|would|should|can|could) (?:i|you|he|she|one|we|they|people) (?:best |properly |really )?(?:keep|stop|clean|wash|care|look after|store|iron|prevent|avoid|tie|fold|break in|stretch|remove|protect|pack|get (?:\w+ )?(?:stains?|creases?|marks?))\b|"
    r"\bwhy (?:do|does|are|is) (?!(?:this|that|these|those|they|it|the|you|he|she|we|i)\b)[\w' -]{2,40}?(?:always|never|often|usually|only|all|dress|wear)\b|"
    r"\b(?:is|was) (?:it (?:really )?(?:better|best|worse|wrong|normal|usual|true|still|old[- ]fashioned)|wearing [\w' -]+?)\b[^.!]*\?|\bshould [\w' ]{2,40} (?:always|ever|never|be the same|have to match)\b[^.]*\?|\b(?:is|are) (?:an? )?[\w-]+ still (?:a thing|in\b|in fashion|worn|done)|\bwhat (?:face|body|figure|skin) (?:shape|type|tone)\b|"
    r"\b\b(?:are|is|am) (?:\w+ ){1,2}(?:supposed|meant|expected|allowed) to (?:wear|take|keep|have|dress|match)\b|\bhow \w+ is too \w+\b|\bwhat (?:do|would|should) (?:people|guests|others|men|women|everyone|everybody|most people) (?:\w+ )?wear\b|\bcan (?:you|one|i|we|people|men|women) (?:still |really |even )?wear [\w ]{2,30} (?:in (?:the )?(?:winter|summer|spring|autumn|fall)|after)\b|\b(?:do|does|must|should) (?:i|we|he|she|they|one|men|women|people|you) (?:really |always |actually )?(?:have|need) to wear\b|\bis (?:it|that|this) (?:really |actually )?(?:true|a myth)\b|\btrue or (?:a )?(?:myth|false)\b|\bdo(?:es)? (?:people|men|women|most people|guests|anyone|everybody|everyone|one|you) (?:usually|normally|generally|typically|often|still|ever|always)\b|\b(?:have|need|has) to match\b.*(?:\?|these days|nowadays)|\b(?:in general|generally(?: speaking)?|as a rule)\b.*\?|\b(?:is|are) (?:[\w'-]+ ){1,10}?(?:a no[- ]?no|a faux pas|bad form|tacky|unlucky|naff|a fashion crime)\b|\bshould (?:an? |one's )[\w' -]{2,30}? (?:always|ever|never)\b[^.]*\?|(?:^|[.!?]\s)\W*(?:ok|so|and|but)?\W*should (?:i|he|she|we|one|men|women) wear (?:an? |the )?[\w -]{3,30} (?:to|at|for) (?!it\b|that\b|them\b)[^?]*\?|(?:^|[.!?]\s)\W*(?:ok|so|and|but)?\W*(?:can|could|may) (?:i|he|she|we|one) wear (?:an? )?(?!.*\b(?:with|this|these|that|those|the|it|them)\b)[\w -]{3,30} (?:to|at|for) [^?]*\?|\bstill (?:avoid|ok to wear|wear)\b.*\?|\b(?:do|does) (?:i|he|she|we|one|you) (?:really |actually |even )?need (?:an? )[\w-]+ (?:for|at|to) (?:an?|the|my|this|that|such)\b|\b(?:is|are) (?:it|they|[\w-]+(?: [\w-]+){0,3}) (?:ever |still |really |too |considered )?"
    r"(?:(?:formal|smart|dressy|casual) enough|too (?:casual|formal|dressy)|over the top|ok at|okay at|fine at|ok when|okay when|fine when|good when|ok if it|fine if it|ok for|okay for|alright for|acceptable|necessary|required|needed|compulsory|mandatory|expected|a must|essential|obligatory|alright to wear|all right to wear|ok to wear|okay to wear|fine to wear|rude|inappropriate|appropriate|acceptable|allowed|bad luck|bad form|a faux pas|disrespectful|unlucky)\b",
    re.I,
)
WHICH_IS = re.compile(
    r"\bsets? [\w ]{2,30} apart\b|\b(?:which|is|are|what)\b[^.!?]*\b(?:cheaper|dearer|better|warmer|nicer|more \w+|or)\b", re.I
)
OFF_TOPIC = re.compile(
    r"\b(?:recipes?|cake|cook|cooking|restaurants?|football|footy|soccer|cricket|weather (?:like|in|forecast|tomorrow|today)|movies?|songs?|python|homework|president|capital of|bitcoin|poems?|jokes?|crossword|horoscope|politics|election)\b",
    re.I,
)
IN_GENERAL = re.compile(
    r"\bdifference between (?!(?:the|these|those|them|it|that|both|first|my|number|no|item|\w*\d)\b)[\w-]+(?: [\w-]+)? and (?!(?:the|these|those|my|it|that|number|no|item|\w*\d)\b)[\w-]+(?: [\w-]+)?(?:\W*$|[,?]| by the way)|\bwhat (?:do|does|did|would|is) (?:[\w']+ ){0,8}?(?:mean|meant) (?:by|when|with)\b|\bwhat does (?:[\w'\"“”-]+ ){1,4}mean\b|\bdifference between (?:an?|the words?) [\w -]+ and (?:an? )?[\w -]+",
    re.I,
)
TOTAL = re.compile(
    r"\b(?:adds? up to|what(?:'s| is| does| do) (?:it|that|this|everything)(?: all)? cost|(?:it|they|that|everything) (?:all )?costs? (?:all )?(?:together|in all|in total)?|it all cost|come to|in total|the total|the sum|altogether|all together|together,? how much|within (?:my|the) (?:budget|\d+)|how much (?:(?:is|are|would|do) )?(?:(?:that|they|those|these|both|it|the two)(?: be| cost)? )?together|how much (?:is|for|would) (?:it all|everything|all of|the (?:whole|look|outfit|lot)))\b",
    re.I,
)
GOOD_FOR = re.compile(
    r"\b(?:good|nice|ready|suitable|perfect|something|anything) for (?:the |an? |this |my )?(?:\w+ ){0,2}"
    r"(?:day|days|weather|rain|snow|wind|heat|cold|trip|dinner|evening|morning|walk|walks|flight|train|journey)\b",
    re.I,
)
IT_IS = re.compile(r"\bit(?:'s| is) (?:actually |really )?(?:an?|my|the)\b(?! (?:bit|little|lot))", re.I)
ONLY_REJECTS = re.compile(
    r"too much|(?:not|don'?t like|hate|nah|none of) (?:these|those|them|that one|this one|any of them)", re.I
)
INSTEAD = re.compile(r"\binstead\b(?! of)", re.I)
CHILD = re.compile(
    r"\b(?:kids?|child(?:ren)?(?:'s)?|toddlers?)\b|"
    r"\b(?:son|daughter|lad|girl|boy|niece|nephew|grandson|granddaughter)\b,? ?(?:who )?(?:is |'s )?(?:only |just )?(?:age |aged )?(?:[1-9]|1[0-2])\b(?! ?(?:pairs?|pieces?|looks?|things?|€|eur))|"
    r"\b(?:he|she)(?:'s| is) (?:(?:only|just) (?:[1-9]|1[0-2])|(?:[1-9]|1[0-2]) years? old)\b",
    re.I,
)
WHAT_ABOUT = re.compile(r"\b(?:what|how) about\b|\binstead\b", re.I)
COMES_IN = re.compile(r"\b(?:come|comes|have|has|got|get|available|are there|is there|do)\b.*\bin\b", re.I)
MORE_LOOKS = re.compile(
    r"\b(two|three|2|3|couple of|few)\s+(?:\w+\s+){0,2}?(?:ones|options|versions|alternatives|choices|ideas|different)\b", re.I
)
WANTS = re.compile(
    r"\b(?:something|anything|wear|dress|outfit|look|looks|need|want|clothes|ideas?|recommend|suggest|stuff|show|find|got|have|for|only|just|make|more|it's|its|under|in|style)\b|^\W*(?:[\w'-]+\W*){1,3}$",
    re.I,
)
ANY_KIND = re.compile(r"\b(?:any|all|all kinds of|not just|not only|every)\b", re.I)
DISTRESS = re.compile(
    r"\b(?:kill myself|killing myself|suicid\w*|want to die|end my life|end it all|hurt myself|harm myself|self[- ]harm|don'?t want to (?:live|be alive))\b",
    re.I,
)
SAID_OF_PRICES = re.compile(
    r"\b(?:you (?:said|told|promised|wrote)|assistant\s*:|i (?:read|heard|saw)|the (?:website|page|sign) (?:says|said))\b|\bset (?:every|all|the) prices?\b|\b(?:your )?new instructions\b",
    re.I,
)

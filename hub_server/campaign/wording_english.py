"""What creeps people out, as English says it: patterns by the name of their rule.

They aim at the phrase, not at the topic: "allergens are on the label" is a service, "your allergy"
is not. An apostrophe is straight here; the lint straightens those of the text.
"""

import re
from typing import Final


def any_of(*phrases: str) -> re.Pattern[str]:
    """One pattern of whole words for all phrases."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)


_WE_HAVE: Final = r"(?:we|I)(?:'ve| have)?(?: just| already| also)?"
_SEEN: Final = (
    r"(?:saw|seen|noticed?|observed?|spotted|detected|watched|tracked|followed|caught"
    r"|recogni[sz]ed)"
)
# "You have a question", "you have time": what somebody has is no doing of theirs.
_HAS: Final = (
    r"(?:an?|any|the|time|questions?|more|it|to|your|no|room|everything|something|nothing|all|one"
    r"|some|enough|said|asked|told|set|chosen|until|both|two|three|four|five|six|seven|eight|nine"
    r"|ten|twenty|thirty|\d+)"
)
_MOODS: Final = (
    r"(?:tired|hungry|thirsty|stressed|worried|bored|undecided|unsure|confused|lost|lonely|sad"
    r"|struggling|hesitating|searching|craving|freezing|broke)"
)
_MACHINE: Final = r"(?:AI|algorithm|computer|system|camera|sensor|data|records|technology)s?"
# What is said of a person; "you are short of change" and "pretty close" are not.
_TRAITS: Final = (
    r"(?:rich|wealthy|affluent|well[- ]off|poor|needy|unemployed|jobless|homeless|old|elderly|young"
    r"|aged|middle-aged|retired|fat|thin|skinny|slim|chubby|plump|ugly|beautiful|handsome"
    r"|attractive|pretty(?! \w)|tall|short(?! (?:of|on|by))|bald|pregnant|single|married|divorced"
    r"|widowed|childless|ill|sick|disabled|blind|deaf|drunk|addicted|gay|lesbian|bisexual|trans"
    r"|queer|black|white|foreign|male|female|religious|muslim|christian|jewish|catholic|lazy|stupid"
    r"|clumsy|from (?:abroad|another country))"
)
_PERSONS: Final = (
    r"(?:wom[ae]n|m[ae]n|lady|ladies|gentlem[ae]n|girls?|boys?|mothers?|fathers?|mums?|moms?|dads?"
    r"|parents?|grand(?:mother|father|ma|pa|parent)s?|housewi(?:fe|ves)|widow(?:er)?s?|bachelors?"
    r"|singles|single(?= ?(?:$|[.,;!?)]))|seniors?|pensioners?|retirees?|teen(?:ager)?s?"
    r"|foreigners?|immigrants?|muslims?|christians?|jews?|catholics?|alcoholics?|smokers?|millionaires?)"
)
# "Women's razors" and "for ladies' shoes" are kinds of things; "for ladies" is a kind of people.
_PERSONS_ALONE: Final = rf"{_PERSONS}(?!['-]\w|s'|')"
_YOU_ARE: Final = r"(?:you(?:'re| are)|are you|being|you as)"
_QUITE: Final = r"(?: not| no longer| still| so| very| too| quite| rather| a bit| getting| over)*"

ENGLISH: Final = {
    "watched": any_of(
        _WE_HAVE + rf" (?:see that|{_SEEN})",
        rf"{_SEEN} you",
        r"(?:we|I) (?:can )?(?:know|see|remember|sense|feel|guess|suspect|predict|think|believe)"
        r" (?:you|your|(?:that|what|where|who|which|how) you)",
        r"(?:we|I)(?:'re| are|'m| am) (?:watching|tracking|following|looking at)",
        r"(?:follow|track|locat|watch)(?:ing|ed)? you(?:r every (?:step|move))?",
        r"keep(?:ing)? (?:an eye on|track of)|(?:our|the|hidden) cameras?",
        r"(?:nice|good|great) to see you|\w+ (?:\w+ )?again\?",
        rf"(?:our {_MACHINE}|the (?:AI|algorithm)) (?:has |have )?(?:show|tell|told|say|said|saw"
        r"|know|knew|think|thought|predict|detect|notice|recogni[sz]e|suggest|believe)(?:s|d|ed)?",
        rf"according to (?:our|your) (?:\w+ )?{_MACHINE}",
        r"based on your(?! (?:list|answers?|question))",
        r"your (?:location|position|movements?|behaviou?r|profile|path|route through)",
        r"your (?:phone|cart|basket|trolley) (?:tells?|told|says?|shows?|gave|is still|has no)",
        r"your (?:cart|basket|trolley) (?:is|looks) (?:\w+ )?(?:empty|full)",
    ),
    "guessing": any_of(
        r"(?:it )?(?:looks|seems|appears) (?:like|as if|as though|that) you",
        r"you (?:seem|appear|look)(?: to be| like)?",
        r"as if (?:searching|looking|lost|unsure)",
        rf"(?<!if )(?<!when )you(?:'re| are) (?:\w+ )?(?:{_MOODS}|looking for)",
        r"(?:probably|surely|clearly|obviously) (?:you|want|need|looking)",
        r"you(?:'d| would) (?:surely|probably|definitely|love)",
        r"you (?:must|might|may|could) be (?:\w+ )?" + _MOODS,
        r"still (?:standing|undecided|unsure|looking|searching|hesitating|there|deciding|thinking"
        r"|wondering|waiting)",
        r"(?:can't|cannot) (?:decide|make up your mind|choose)",
        r"hesitat(?:ed|es|ing|ion)|you hesitate",
        r"why (?:aren't|don't|not|didn't) (?:you )?(?:buy|take|try)(?:ing)?",
        r"feeling (?:down|low|sad|blue|tired|stressed|lonely|guilty|hungry)|lonely",
        r"(?:you|your) (?:secretly|really|deep down)|indecisive",
        r"(?:since|because|as) you (?:like|love|want|need|prefer|enjoy)|you'd like this",
        r"we (?:thought|guessed|figured|bet) you",
        r"(?:someone|somebody) (?:looks|seems|is|cannot|can't)",
    ),
    "standing": any_of(
        r"you(?:'ve| have) (?:been|stood|spent|lingered|waited|walked past|passed by)"
        r"(?: (?:\w+ )?(?:standing|here|looking|browsing|waiting|at|in|near|there|around"
        r"|walking|lingering|for))?",
        r"you(?:'re| are|) (?:still )?(?:standing|lingering|hesitating|wandering|staring)"
        r"(?: (?:here|there|around|at))?",
        r"you (?:stood|spent)",
        r"how long you|this (?:shelf|place) (?:again|for the \w+ time)",
    ),
    "exact time": any_of(r"\d+ ?(?:s|secs?|seconds)", r"\w+ (?:seconds|minutes) ago"),
    "what somebody did": any_of(
        rf"you(?:'ve| have| had)(?: not| just| already| never| ever)? (?!{_HAS}\b)\w+",
        r"you (?:haven't|hadn't|didn't|weren't|were|did|walked|passed|left|looked|stopped|came"
        r"|went|picked|took|put|compared|skipped|ignored|visited|searched|opened|turned|stayed"
        r"|browsed|touched|lingered|waited|paused|clicked|scanned|wanted|liked|loved)",
        r"you just|did you (?:run|forget|miss|leave)",
        r"(?:second|third|fourth|fifth) time (?:here|today|at|in|this)",
    ),
    "health and body": any_of(
        r"your (?:health|body|skin|weight|illness|disease|condition|symptoms?|pain|allerg\w+|blood"
        r"|age|figure|mood|doctor|medication|medicine|diet|hair|teeth|breath)",
        r"(?:your )?(?:diabet|pregnan|obes|menopaus|incontinen|depress|erectil|constipat|bloat"
        r"|haemorrhoid|hemorrhoid|hangover)\w*",
        r"expecting (?:mothers?|mums?|moms?|a baby)|mothers?[- ]to[- ]be",
        r"(?:over|under)weight|weight[ -]loss|los(?:e|ing) weight|slimming|slim down",
        r"(?:struggl\w+|troubles?|problems?) with (?:the |your )?(?:weight|skin|hair|sleep)",
        r"bad breath|body odou?r|dandruff|snor(?:e|es|ing)|cellulite|wrinkles|hair loss|acne",
        r"got a (?:cold|cough|headache)|your cough|expecting\?",
        r"suffer(?:ing|s)? from|at your age|(?:skin|hair|bodies) like yours",
    ),
    "money": any_of(
        r"(?:can(?:not|'t)?|could) (?:not )?afford",
        r"your (?:budget|income|salary|money|wallet|spending|bank|means|payday)",
        r"big spender|in your price range|low[ -]income|cheap enough|tight budget",
        r"(?:money|cash) (?:is|gets|gets a bit|runs) (?:\w+ )?(?:tight|short|low|out)",
        r"payday|money (?:that )?you don't have|short of (?:money|cash)|end of the month",
    ),
    "family and person": any_of(
        r"your (?:wife|husband|girlfriend|boyfriend|partner|children|child|kids?|sons?|daughters?"
        r"|baby|mother|father|mum|mom|dad|grandm\w+|family|ex|friends?|boss)",
        r"your (?:birthday|anniversary|neighbou?rs?|religion|faith)",
        r"(?:people|women|men|customers|shoppers|others|someone|somebody) like you",
        r"(?:people|women|men|others|someone|somebody|anyone) (?:of )?your (?:age|size|kind)",
        r"as a (?:man|woman|mother|father|single|senior|foreigner)",
        r"(?:women|men|ladies|gentlemen|people|seniors) (?:over|under|above|aged|past) \w+",
        r"as a (?:loyal|regular|frequent|heavy|faithful) \w+",
    ),
    "the past": any_of(
        r"you (?:(?:have |had )?(?:once |already |last |recently )?(?:bought|purchased"
        r"|ordered|returned)|always|usually|often (?:buy|choose|take))",
        r"(?:like|as) (?:last time|always|usual)|last time you",
        r"your (?:usual|favou?rite|(?:last|previous) (?:visit|purchase|order|basket))",
        r"(?:shopping|purchase|buying|browsing) history|(?:past|previous|earlier) purchases",
        r"since your last|last (?:week|month|year) (?:it was|you|was)",
    ),
    "false urgency": any_of(
        r"last chance|act (?:now|fast)|now or never|(?:don't|do not) (?:miss|wait)",
        r"(?<!in a )(?<!no )hurry|before (?:it's|it is|they're) (?:too late|gone)",
        r"while (?:stocks?|supplies) lasts?|limited time|(?:today|now) only",
        r"only (?:today|now)|buy (?:it )?now|get (?:it|yours) (?:now|today)|grab (?:it|yours|one)",
        r"only \d+ left|(?:sell|go)(?:s|ing)? (?:out )?fast|ends (?:soon|in \d+)|almost gone",
        r"time is running out|expires? (?:in|soon|today|tonight)|final (?:hours?|days?|call)",
        r"last (?:one|ones|few)|quick(?:ly)?[!:]|be quick|running out fast|selling out",
    ),
    "guilt": any_of(
        r"you(?:'ve| have)? (?:forgot|forgotten|missed|failed|abandoned|left (?:\w+ )?behind)",
        r"(?:don't|do not) (?:forget|leave without|let)|never forget",
        r"you (?:really )?(?:should|must|ought|need to|have to|deserve)",
        r"are you sure you|disappoint\w*|we (?:miss|missed) you|treat yourself|shame|guilty",
        r"(?:everyone|everybody) (?:else|is \w+ing)|(?:pity|shame) to miss|sure you don't",
        r"can't (?:leave|go|live) without|all the others|what will .{1,20} think",
    ),
    "false intimacy": any_of(
        r"(?:just|only|special(?:ly)?|exclusive(?:ly)?|hand-?picked|selected|made|chosen) for you",
        r"only you|you alone|secret (?:deal|offer|price|discount)",
        r"(?:deal|offer|price|discount|treat) (?:just )?for you",
        r"my (?:friend|dear)|(?:price|deal|offer) (?:that )?we only",
        r"dear (?:customer|friend|shopper)|we love|your friends? (?:at|from)|VIP",
        r"your (?:personal|own|very own) (?:offer|deal|price|discount)",
    ),
    "who somebody is": any_of(
        rf"{_YOU_ARE}{_QUITE} {_TRAITS}",
        rf"{_YOU_ARE}{_QUITE} (?:an? |the )?(?:\w+ )?{_PERSONS_ALONE}",
        rf"(?<!if )(?<!whether )(?:you(?:'re| are)|are you){_QUITE} (?:over|under|above|past"
        r"|turning) \d\d",
        r"(?:because|since|as) you(?:'re| are) an? "
        r"(?!(?:few|bit|little|moment|minute|short|quick)\b)[\w-]+",
        rf"for (?:\w+ ){{0,2}}{_PERSONS_ALONE}(?! (?:at|behind|in|from) )",
        rf"as an? (?:\w+ )?{_PERSONS_ALONE}",
        r"(?:people|shoppers|customers) with (?:little|no|much|less|a lot of) (?:money"
        r"|means|income)",
        rf"(?:people|shoppers|customers) who are {_TRAITS}",
        r"for the (?:rich|poor|elderly|old|young)(?= ?(?:$|[.,;:!?)]))",
        r"(?:rich|poor|old|older|elderly|young|fat|single|pregnant|disabled) (?:people"
        r"|folks?|persons?|shoppers|customers|visitors)",
        rf"(?:every|each|any|real|modern|fellow|dear|hello|hey|hi),? {_PERSONS_ALONE}",
        r"(?:women|men|ladies|gentlemen|girls|boys|mums|moms|dads|seniors) (?:only|first|love|like"
        r"|prefer|want|need|know|choose|deserve|adore|enjoy|buy)",
        r"^(?:ladies|gentlemen|girls|boys|sir|madam|ma'am|seniors|mums|moms|dads)(?=[,!?])",
        r"(?:single|pregnant|retired|divorced|widowed|rich|poor|old|married|unemployed)"
        r"(?: again| tonight| and \w+)?\?",
        r"(?:feel(?:ing)?|get(?:ting)?|look(?:ing)?) (?:\w+ )?(?:old|fat|ugly|poor|rich)",
        r"you (?:(?:don't )?have|live with|must have|'ve got) (?:no |an? |small |little )*"
        r"(?:kids?|child(?:ren)?|baby(?! (?:food|seat))|babies|husband|wife|girlfriend|boyfriend"
        r"|family)",
        r"(?:older|younger|richer|poorer) than you|you cannot be (?:older|younger)"
        r"|(?:because|since|as) you (?:belong to|come from|have an? (?:dog|cat|pet|car|garden))",
        r"(?:because|since|as) you(?:'re| are) (?:from|on (?:benefits|welfare|a pension))",
        r"you (?:don't )?(?:live alone|earn|weigh|smoke)",
        r"(?:a|one) (?:wo)?man like you|lady like you",
        r"your (?:gender|sex|sexuality|wealth|poverty|race|nationality|origin|accent|ethnicity"
        r"|pregnancy|pension|marriage|wedding|retirement|looks)",
    ),
}

"""What creeps people out, phrase by phrase: the table that the wording lint walks.

Each rule says in which texts it holds, how the phrase reads in a language, why it hurts, and what
to write instead. Patterns aim at the phrase, not at the topic: "allergens are on the label" is a
service, "your allergy" is not.
"""

import re
from typing import Final

import msgspec

SPOKEN: Final = frozenset({"title", "text", "lock_title", "lock_text"})
EVERYWHERE: Final = SPOKEN | {"why"}


class Rule(msgspec.Struct, frozen=True):
    """One thing not to say."""

    name: str
    patterns: dict[str, re.Pattern[str]]
    """By language; "*" holds in every one."""
    why: str
    better: str
    parts: frozenset[str] = EVERYWHERE


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)


_WE_HAVE: Final = r"we(?:'ve| have)?(?: just| already| also)?"
_YOUR_FAMILY: Final = (
    r"your (?:wife|husband|girlfriend|boyfriend|partner|children|child|kids?|sons?|daughters?|baby"
    r"|mother|father|mum|mom|dad|grandm\w+|family|ex)"
)
_IHRE_FAMILIE: Final = (
    r"Ihr(?:e[mnrs]?)? (?:Frau|Mann|Kind(?:er|ern)?|Baby|Tochter|Sohn|Mutter|Vater|Eltern|Oma|Opa"
    r"|Familie|Partner(?:in)?|Freund(?:in)?)"
)

RULES: Final = (
    Rule(
        "watched",
        {
            "en": _any(
                _WE_HAVE + r" (?:saw|seen|see that|noticed?|observed?|spotted|detected|watched"
                r"|tracked|recogni[sz]ed)",
                r"we (?:know|can see|remember|see) (?:you|your|(?:that|what|where|who) you)",
                r"we(?:'re| are) (?:watching|tracking|following)",
                r"(?:follow|track|locat|watch)(?:ing|ed)? you(?:r every (?:step|move))?",
                r"(?:keep|keeping) an eye on",
                r"our (?:cameras?|sensors?|systems?|records|data) (?:show|tell|say|saw|know)s?",
                r"your (?:location|position|movements?|behaviou?r|profile|data)",
                r"caught you",
            ),
            "de": _any(
                r"wir haben (?:[\wäöüß]+ ){0,4}(?:gesehen|bemerkt|beobachtet|gemerkt|festgestellt"
                r"|erkannt|mitbekommen)",
                r"(?:uns|es) ist (?:uns )?aufgefallen",
                r"wir (?:sehen|merken|beobachten|bemerken|wissen|erkennen),? "
                r"(?:dass|wo|was|wie|wer|Sie)",
                r"wir kennen Sie(?! noch nicht)",
                r"wir erinnern uns an Sie",
                r"unsere?n? (?:Kameras?|Sensoren|Daten|Systeme?)",
                r"Ihr(?:e[mnrs]?)? (?:Standort|Bewegungen|Position|Verhalten|Profil|Daten)",
                r"(?:verfolgen|beobachten|orten) Sie",
            ),
        },
        "it tells people that they are watched",
        "say what is at hand: “The wine guide is at the end of this shelf.”",
    ),
    Rule(
        "guessing",
        {
            "en": _any(
                r"(?:it )?(?:looks|seems|appears) (?:like|as if|as though|that) you",
                r"you (?:seem|appear|look)(?: to be)?",
                r"as if (?:searching|looking|lost|unsure)",
                r"(?<!if )(?<!when )you(?:'re| are) (?:\w+ )?(?:tired|hungry|thirsty|stressed"
                r"|worried|bored|undecided|unsure|looking for|searching|hesitating|confused|lost"
                r"|lonely|struggling)",
                r"(?:probably|surely|clearly) (?:you|want|need|looking)",
                r"you(?:'d| would) (?:surely|probably|definitely)",
            ),
            "de": _any(
                r"(?:es )?sieht so aus,? als",
                r"Sie scheinen|Sie wirken",
                r"als (?:suchten|wüssten|zögerten) Sie",
                r"(?:offenbar|anscheinend|offensichtlich|bestimmt|sicherlich) [\wäöüß]+ Sie",
                r"Sie (?:[\wäöüß]+ )?(?:offenbar|anscheinend|offensichtlich|bestimmt)",
                r"(?<!wenn )(?<!falls )Sie sind (?:[\wäöüß]+ )?(?:müde|hungrig|durstig|gestresst"
                r"|besorgt|unsicher|unentschlossen|verwirrt|einsam)",
                r"(?<!was )(?<!wenn )(?<!falls )Sie (?:suchen|zögern|überlegen)",
            ),
        },
        "it guesses at what goes on in somebody's head",
        "ask, and let them pass: “Looking for something?”",
    ),
    Rule(
        "standing",
        {
            "en": _any(
                r"you(?:'ve| have) (?:been|stood|spent|lingered|waited|walked past|passed by)"
                r"(?: (?:\w+ )?(?:standing|here|looking|browsing|waiting|at|in|near|there|around"
                r"|walking|lingering|for))?",
                r"you(?:'re| are|) (?:still )?(?:standing|lingering|hesitating|wandering)"
                r"(?: (?:here|there|around))?",
                r"you stood",
                r"how long you",
            ),
            "de": _any(
                r"Sie (?:stehen|sind|warten|schauen|verweilen|laufen)(?: [\wäöüß]+)? "
                r"(?:seit|schon lange|immer noch|noch immer)",
                r"weil Sie seit",
                r"seit [\w{}]+ (?:Sekunden|Minuten|s|min)(?: [\wäöüß{}_-]+)* "
                r"(?:stehen|sind|warten|schauen|verweilen)",
                r"Sie (?:haben )?(?:lange|schon) (?:gestanden|gewartet|geschaut)",
                r"(?:herum|umher)(?:laufen|irren|stehen|gehen)",
            ),
        },
        "it tells people how long or how they stand",
        "name the place alone: “Because you are at {zone_name}.”",
    ),
    Rule(
        "exact time",
        {
            "*": _any(r"\{(?:dwell_s|waiting_s|visit_min)\}(?: ?[\wäöüß]+)?"),
            "en": _any(r"\d+ ?(?:s|secs?|seconds)"),
            "de": _any(r"\d+ ?(?:s|Sek\.?|Sekunden)"),
        },
        "an exact time shows a stopwatch running",
        "leave the time out, or say “a little while” / “eine Weile”",
    ),
    Rule(
        "health and body",
        {
            "en": _any(
                r"your (?:health|body|skin|weight|illness|disease|condition|symptoms?|pain"
                r"|allerg\w+|blood|age|figure|mood|doctor|medication|diet|hair|teeth)",
                r"(?:diabet|pregnan|obes|menopaus|incontinen|depress|erectil|hangover)\w*",
                r"(?:over|under)weight|weight[ -]loss|los(?:e|ing) weight|slim(?:ming|mer)?",
                r"suffer(?:ing|s)? from|acne|wrinkles|hair loss|at your age",
            ),
            "de": _any(
                r"Ihr(?:e[mnrs]?)? (?:Gesundheit|Körper|Haut|Gewicht|Krankheit|Leiden|Beschwerden"
                r"|Symptome|Schmerzen|Allergien?|Blut\w*|Alter|Figur|Arzt|Ärztin|Medikamente?|Diät"
                r"|Haare|Zähne)",
                r"(?:diabet|schwanger|inkontinen|depressi|wechseljahr|adipo)\w*",
                r"(?:Über|Unter)gewicht\w*|abnehmen|schlank\w*|leiden (?:Sie )?(?:an|unter)",
                r"Akne|Falten|Haarausfall|in Ihrem Alter",
            ),
        },
        "it names somebody's health or body",
        "offer a person: “Our pharmacist has time for a question.”",
    ),
    Rule(
        "money",
        {
            "en": _any(
                r"(?:can(?:not|'t)?|could) (?:not )?afford",
                r"your (?:budget|income|salary|money|wallet|spending|bank|means)",
                r"big spender|in your price range|low[ -]income|cheap enough",
            ),
            "de": _any(
                r"(?:nicht )?leisten können",
                r"Ihr(?:e[mnrs]?)? (?:Budget|Gehalt|Einkommen|Geld(?:beutel)?|Ausgaben|Konto"
                r"|Portemonnaie)",
                r"(?:kleine[nrs]?|schmale[nrs]?) Geldbeutel",
            ),
        },
        "it judges what somebody can pay",
        "name the product and its price: “Penne, 1.49, on the same shelf.”",
    ),
    Rule(
        "family and person",
        {
            "en": _any(
                _YOUR_FAMILY,
                r"your (?:birthday|anniversary|home|house|neighbou?rs?|religion|faith)",
                r"(?:people|women|men|customers|shoppers|someone|somebody) like you",
                r"(?:as|for) a (?:man|woman|mother|father|single|senior|foreigner)",
            ),
            "de": _any(
                _IHRE_FAMILIE,
                r"Ihr(?:e[mnrs]?)? (?:Geburtstag|Jahrestag|Zuhause|Nachbarn?|Religion|Glaube)",
                r"(?:Leute|Menschen|Frauen|Männer|Kund(?:en|innen)|jemand) wie Sie",
                r"als (?:Mann|Frau|Mutter|Vater|Single|Senior(?:in)?)",
            ),
        },
        "it names somebody's family or who they are",
        "speak of the thing: “For a present: we wrap it at the counter.”",
    ),
    Rule(
        "the past",
        {
            "en": _any(
                r"you (?:(?:have |had )?(?:once |already |last |recently )?(?:bought|purchased"
                r"|ordered|returned)|always|usually|often (?:buy|choose|take))",
                r"(?:like|as) (?:last time|always|usual)|last time you|your (?:usual|last|previous"
                r"|favou?rite)",
                r"since your last",
            ),
            "de": _any(
                r"Sie (?:haben|hatten) (?:[\wäöüß]+ ){0,4}(?:gekauft|bestellt|zurückgegeben)",
                r"Sie (?:kaufen|nehmen|wählen) (?:sonst|immer|oft|meistens|gewöhnlich)",
                r"wie (?:immer|letztes Mal|beim letzten Mal|gewohnt)|(?:beim )?letzte[ns] Mal",
                r"Ihr(?:e[mnrs]?)? (?:letzte[nrs]?|übliche[nrs]?|frühere[nrs]?|Lieblings\w+)",
            ),
        },
        "it recites somebody's past purchases where others may read along",
        "say it of the thing (“Toothpaste may be running low”); the reason belongs into `why`",
        SPOKEN,
    ),
    Rule(
        "false urgency",
        {
            "en": _any(
                r"last chance|act (?:now|fast)|now or never|(?:don't|do not) (?:miss|wait)",
                r"(?<!in a )(?<!no )hurry|before (?:it's|it is|they're) (?:too late|gone)",
                r"while (?:stocks?|supplies) lasts?|limited time|(?:today|now) only",
                r"only (?:today|now)",
                r"only \d+ left|(?:selling|going) (?:out )?fast|ends (?:soon|in \d+)|almost gone",
                r"last (?:one|ones|few)|quick(?:ly)?[!:]|be quick",
            ),
            "de": _any(
                r"letzte Chance|jetzt oder nie|nur (?:noch )?heute|nur noch (?:\d+|wenige|kurz\w*)",
                r"(?:jetzt |schnell )?(?:zugreifen|zuschlagen)|beeilen Sie sich|schnell sein",
                r"solange (?:der )?Vorrat reicht|(?:nicht |Sie )?verpassen(?: Sie)?",
                r"(?:gleich|bald|fast) (?:weg|vorbei|ausverkauft)|(?:die )?letzten? Stücke?",
            ),
        },
        "it presses people who are in no hurry",
        "say until when it holds: “until Saturday” / “bis Samstag”",
    ),
    Rule(
        "guilt",
        {
            "en": _any(
                r"you(?:'ve| have)? (?:forgot|forgotten|missed|failed|abandoned|left behind)",
                r"(?:don't|do not) (?:forget|leave without|let)|never forget",
                r"you (?:really )?(?:should|must|ought|need to|have to|deserve)",
                r"are you sure you|disappoint\w*|we (?:miss|missed) you|treat yourself|shame",
            ),
            "de": _any(
                r"Sie haben (?:[\wäöüß]+ ){0,4}(?:vergessen|verpasst|versäumt|verdient"
                r"|liegen lassen)",
                r"(?:nicht vergessen|vergessen Sie nicht|vergessen\?)",
                r"Sie (?:sollten|müssen|dürfen nicht)|(?:gehen|verlassen) Sie (?:uns )?nicht ohne",
                r"sind Sie sicher, dass|enttäusch\w*|wir (?:haben Sie )?vermiss\w+|gönnen Sie sich"
                r"|schade",
            ),
        },
        "it scolds or pushes",
        "state it and leave the choice: “Still on your list: …” / “Noch auf Ihrer Liste: …”",
    ),
    Rule(
        "false intimacy",
        {
            "en": _any(
                r"(?:just|only|special(?:ly)?|exclusive(?:ly)?|hand-?picked|selected|made|chosen) "
                r"for you",
                r"dear (?:customer|friend|shopper)|we love|your friends? (?:at|from)|VIP",
                r"your personal (?:offer|deal|price|discount)",
            ),
            "de": _any(
                r"(?:nur|extra|speziell|exklusiv|eigens|persönlich) für Sie",
                r"liebe[r]? (?:Kunde|Kundin|Freund(?:in)?)|VIP",
                r"Ihr(?:e[mnrs]?)? (?:persönliche[nrs]?|ganz eigene[nrs]?) "
                r"(?:Angebot|Preis|Rabatt|Vorteil)\w*",
            ),
        },
        "it pretends a closeness, or a price, that nobody has: all get the same",
        "“for everyone this week” / “diese Woche für alle”",
    ),
    Rule(
        "shouting",
        {
            # Four capitals in a row shout; these are names.
            "*": re.compile(
                r"(?<![\w{])(?!(?:WLAN|IBAN|HTTP|HTTPS)(?!\w))[A-ZÄÖÜ]{4,}(?!\w)|!\s*!|[?]!|!.*!"
            )
        },
        "capitals and rows of exclamation marks shout",
        "sentence case, one full stop",
    ),
)

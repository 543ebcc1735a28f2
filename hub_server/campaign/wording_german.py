"""What creeps people out, as German says it: patterns by the name of their rule."""

from typing import Final

from hub_server.campaign.wording_english import any_of

_YOUR: Final = r"Ihr(?:e[mnrs]?)?"
# Up to six words between a verb and its participle.
_GAP: Final = r"(?:[\wäöüßÄÖÜ-]+ ){0,6}"
# What somebody declared may be said back to them.
_SAID: Final = r"(?!gesagt|gebeten|genannt|gewünscht|gefragt|gewählt|angegeben)"
_PARTICIPLE: Final = (
    rf"{_SAID}(?:(?:an|auf|aus|ein|ab|um|vorbei|zurück|herum|hin|mit|weg)?ge[a-zäöüß]{{3,}}(?:t|en)"
    r"|(?:ver|be|ent|er|zer)[a-zäöüß]{3,}(?:t|en))"
)
_MOODS: Final = (
    r"(?:müde|hungrig|durstig|gestresst|besorgt|unsicher|unentschlossen|verwirrt|einsam|traurig"
    r"|gelangweilt|ratlos|gelaunt)"
)
_MACHINE: Final = r"(?:KI|Algorithm\w+|Computer|System\w*|Kameras?|Sensoren|Daten|Technik)"
# What is said of a person; "Sie sind klein und süß" may be said of tomatoes, "rich in" of bread.
_TRAITS: Final = (
    r"(?:reich(?! an)|arm(?! an)|wohlhabend|vermögend|bedürftig|arbeitslos|obdachlos|alt|älter"
    r"|betagt|jung|dick|fett|mollig|hässlich|attraktiv|schwanger|single|ledig|verheiratet"
    r"|geschieden|verwitwet|kinderlos|alleinstehend|alleinerziehend|krank|behindert|blind|taub"
    r"|betrunken|süchtig|schwul|lesbisch|männlich|weiblich|religiös|muslimisch|katholisch"
    r"|evangelisch|jüdisch|pensioniert|berentet|faul|dumm)"
)
_TRAITS_OF_THINGS_TOO: Final = r"(?:klein|groß|dünn|schlank|schön|hübsch|schwarz|weiß|schwach)"
_PERSONS: Final = (
    r"(?:Frau(?:en)?|Mann|Männer|Damen?|Herr(?:e?n)?|Mädchen|Mädels?|Jungs|Jungen|Mütter|Mutter|Väter|Vater"
    r"|Mamas?|Papas?|Omas?|Opas?|Eltern|Hausfrau(?:en)?|Witwer?n?|Singles?|Senior(?:en|in|innen)?"
    r"|Rentner(?:in|innen)?|Pensionäre?|Ausländer(?:in|innen)?|Alleinstehende[rn]?"
    r"|Alleinerziehende[rn]?|Muslime?|Christ(?:en|in)?|Juden?|Raucher(?:in)?|Teenager"
    r"|Millionär(?:e|in)?|Arbeitslose[rn]?)"
)
# "Herrenrasierer" and "für Damen-Schuhe" are kinds of things; "für Damen" is a kind of people.
_PERSONS_ALONE: Final = rf"{_PERSONS}(?!-)"
_QUITE: Final = (
    r"(?:(?:nicht|kein|keine|noch|schon|sehr|so|zu|ganz|etwas|ja|wohl|eine?|eher|bereits|über|mehr)"
    r" )*"
)
# Capital: lower case is "they", said of goods.
_YOU: Final = r"(?:(?-i:Sie)|du)"
_WHEN: Final = r"(?:weil|da|wenn|falls|ob|obwohl|dass)"
_ARE: Final = rf"(?:{_YOU} (?:sind|bist)|(?:sind|bist) {_YOU})"

GERMAN: Final = {
    "watched": any_of(
        rf"wir haben {_GAP}(?:gesehen|bemerkt|beobachtet|gemerkt|festgestellt|erkannt|mitbekommen"
        r"|verfolgt|entdeckt)",
        r"(?:uns|es|mir) ist (?:uns )?aufgefallen",
        r"(?:wir|ich) (?:sehen?|merken?|beobachten?|bemerken?|wissen|weiß|erkennen?|ahnen?"
        r"|vermuten?|glauben?|denken?),? (?:dass|wo|was|wie|wer|welche\w*|Sie)",
        r"wir kennen Sie(?! noch nicht)",
        r"wir erinnern uns an (?:Sie|Ihr\w*)",
        rf"(?:unsere?[nrs]? {_MACHINE}|die KI|der Algorithmus) (?:\w+ )?(?:zeig|sag|weiß|wiss"
        r"|mein|erkenn|verr[aä]t|glaub|seh)\w*|unser System",
        rf"(?:laut|nach) (?:unseren?|Ihren?) {_MACHINE}|unsere?n? (?:Kameras?|Sensoren|Daten)",
        rf"aufgrund {_YOUR}(?! (?:Liste|Frage|Antwort))",
        rf"{_YOUR} (?:Standort|Bewegungen|Position|Verhalten|Profil|Laufweg)",
        rf"{_YOUR} (?:Handy|Telefon|Wagen|Korb) (?:verrät|zeigt|sagt|meldet|ist (?:noch|leer))",
        r"(?:verfolgen|beobachten|orten|überwachen) (?:wir )?(?:Sie|Ihr\w*)",
        r"(?:behalten|haben) (?:wir )?(?:Sie|Ihr\w*)(?: \w+){0,2} im (?:Auge|Blick)",
        rf"wir haben {_YOUR} (?:Schritte|Weg|Blicke?|Wagen|Korb|Besuch)",
        r"Sie wieder (?:am|im|beim|bei|da|hier|zu)",
    ),
    "guessing": any_of(
        r"(?:es )?sieht so aus,? als|Sie sehen (?:[\wäöüß]+ )?aus",
        r"Sie scheinen|Sie wirken|als (?:suchten|wüssten|zögerten|bräuchten) Sie",
        r"(?:offenbar|anscheinend|offensichtlich|bestimmt|sicherlich) [\wäöüß]+ Sie",
        r"Sie (?:[\wäöüß]+ )?(?:offenbar|anscheinend|offensichtlich|bestimmt|sicher|wohl)",
        rf"(?<!wenn )(?<!falls )Sie sind (?:[\wäöüß]+ )?{_MOODS}",
        r"(?<!was )(?<!wenn )(?<!falls )Sie (?:suchen|zögern|überlegen|grübeln)",
        r"(?:immer noch|noch immer) (?:da|hier|unentschlossen|unsicher|ratlos|auf der Suche)",
        r"gezögert|Sie zögern|zögern Sie(?! nicht)|zögernd\w*|nicht entscheiden",
        r"(?:schlecht|mies) gelaunt|einsam|traurig|gestresst\?|allein heute",
        r"jemand (?:\w+ )?(?:unentschlossen|unsicher|ratlos)",
        r"(?:da|weil) Sie [\wäöüß]+ (?:mögen|lieben)",
        r"warum (?:kaufen|nehmen|greifen|probieren) Sie|insgeheim",
    ),
    "standing": any_of(
        r"Sie (?:stehen|sind|warten|schauen|verweilen|laufen|starren)(?: [\wäöüß]+){0,3} "
        r"(?:seit|schon lange|so lange|immer noch|noch immer)",
        r"(?:stehen|warten|schauen|suchen) Sie (?:immer |schon )?noch",
        r"Sie starren|weil Sie seit",
        r"seit [\w{}]+ (?:Sekunden|Minuten|s|min)(?: [\wäöüß{}_-]+)* "
        r"(?:stehen|sind|warten|schauen|verweilen)",
        r"Sie (?:haben )?(?:lange|schon) (?:gestanden|gewartet|geschaut)",
        r"(?:herum|umher)(?:laufen|irren|stehen|gehen)",
        r"(?:schon )?(?:wieder|zum \w+ Mal) (?:an|bei|vor) (?:diesem|dem) Regal",
    ),
    "exact time": any_of(r"\d+ ?(?:s|Sek\.?|Sekunden)", r"vor \d+ (?:Sekunden|Minuten)"),
    "what somebody did": any_of(
        rf"{_YOU} (?:haben|hatten|sind) {_GAP}{_PARTICIPLE}",
        r"(?<!wie )Sie waren|zum (?:zweiten|dritten|vierten|fünften|wiederholten) Mal",
        rf"weil Sie {_GAP}{_PARTICIPLE} (?:haben|sind)|weil Sie {_GAP}waren",
    ),
    "health and body": any_of(
        rf"{_YOUR} (?:Gesundheit|Körper|Haut|Gewicht|Krankheit|Leiden|Beschwerden|Symptome"
        r"|Schmerzen|Allergien?|Blut\w*|Alter|Figur|Arzt|Ärztin|Medikamente?|Diät|Haare"
        r"|Zähne|Atem)",
        r"(?:diabet|schwanger|inkontinen|depressi|wechseljahr|adipo|hämorrhoid|verstopfung|blähung"
        r"|schnarch)\w*",
        r"werdende[nr]? (?:Mutter|Mütter|Eltern)",
        r"(?:Über|Unter)gewicht\w*|(?:zum|beim|leichter|endlich) abnehmen|schlank\w*",
        r"leiden (?:Sie )?(?:an|unter)",
        r"(?:Probleme|Sorgen|Kummer|Ärger) mit (?:dem|der|Ihr\w*) (?:Gewicht|Haut|Haar\w*|Schlaf)",
        r"Akne|(?:gegen|Ihre) Falten|Haarausfall|Mundgeruch|Körpergeruch|Cellulite|in Ihrem Alter",
        r"(?:Haut|Haare?) wie Ihre?s?|erkältet\?|Husten klingt|Nachwuchs",
    ),
    "money": any_of(
        r"(?:nicht )?leisten können|knapp bei Kasse|Monatsende",
        rf"{_YOUR} (?:Budget|Gehalt|Einkommen|Geld(?:beutel)?|Ausgaben|Konto|Portemonnaie)",
        r"(?:kleine[nrs]?|schmale[nrs]?) Geldbeutel|Geld (?:\w+ )?(?:knapp|fehlt|reicht)|Zahltag",
    ),
    "family and person": any_of(
        rf"{_YOUR} (?:Frau|Mann|Kind(?:er|ern)?|Baby|Tochter|Sohn|Mutter|Vater|Eltern|Oma|Opa"
        r"|Familie|Partner(?:in)?|Freund(?:e|in|en|innen)?|Chef(?:in)?)",
        rf"{_YOUR} (?:Geburtstag|Jahrestag|Nachbarn?|Religion|Glaube)",
        r"(?:Leute|Menschen|Frauen|Männer|Kund(?:en|innen)|andere|jemand) wie Sie",
        r"als (?:Mann|Frau|Mutter|Vater|Single|Senior(?:in)?)",
        r"(?:für )?(?:Frauen|Männer|Damen|Herren|Senioren) (?:ab|über|unter|um|mit)",
        r"als (?:treue|regelmäßige|häufige|begeisterte)[rn]? \w+",
    ),
    "the past": any_of(
        rf"Sie (?:haben|hatten) {_GAP}(?:gekauft|bestellt|zurückgegeben)",
        r"Sie (?:kaufen|nehmen|wählen)(?: [\wäöüß]+)? (?:sonst|immer|oft|meist|meistens)",
        r"letzte (?:Woche|Monat) [\wäöüßÄÖÜ]+, heute",
        r"schon (?:wieder )?(?:alle|leer|aufgebraucht)\?",
        r"wie (?:immer|letztes Mal|beim letzten Mal|gewohnt)|(?:beim )?letzte[ns] Mal",
        rf"{_YOUR} (?:letzte|frühere|bisherige)[nrs]? (?:Besuch|Einkauf|Einkäufe|Kauf|Bestellung)",
        rf"{_YOUR} (?:übliche[nrs]?|Lieblings\w+)",
        r"(?:früheren?|bisherigen?|letzten?) Einkäufe?n?|Einkaufsverlauf",
    ),
    "false urgency": any_of(
        r"letzte Chance|jetzt oder nie|nur (?:noch )?heute|nur noch (?:\d+|wenige|kurz\w*)",
        r"(?:jetzt |schnell )?(?:zugreifen|zuschlagen)|beeilen Sie sich|schnell sein",
        r"jetzt (?:kaufen|sichern|bestellen|mitnehmen)|sichern Sie sich",
        r"solange (?:der )?Vorrat reicht|(?:nicht |Sie )?verpassen(?: Sie)?",
        r"(?:gleich|bald|fast) (?:weg|vorbei|ausverkauft)|(?:die )?letzten? Stücke?",
        r"(?:schnell |bald )vergriffen|endet (?:in|bald|gleich)|läuft (?:bald |gleich )?ab",
        r"letzte (?:Stunden?|Tage|Minuten)|die Zeit läuft",
    ),
    "guilt": any_of(
        rf"Sie haben {_GAP}(?:vergessen|verpasst|versäumt|verdient|liegen lassen)",
        r"(?:nicht vergessen|vergessen Sie nicht|vergessen\?)",
        r"Sie (?:sollten|müssen|dürfen nicht)|das müssen Sie",
        r"(?:gehen|verlassen) Sie (?:uns )?nicht ohne",
        r"sind Sie sicher, dass|enttäusch\w*|wir (?:haben Sie )?vermiss\w+|gönnen Sie sich"
        r"|schade|schuldig",
        r"ohne das (?:können|dürfen|wollen) Sie|wollen Sie (?:\w+ )?wirklich",
        r"fehlt (?:doch )?noch etwas|alle (?:kaufen|nehmen|haben|wollen) (?:es|das)",
        r"alle anderen|jeder (?:andere )?hat (?:es|das)",
    ),
    "false intimacy": any_of(
        r"(?:nur|extra|speziell|exklusiv|eigens|persönlich) für Sie|nur Sie(?! selbst)",
        r"geheime[nrs]? (?:Angebot|Preis|Rabatt|Tipp)\w*|(?:Angebot|Preis|Rabatt) für Sie",
        r"meine? (?:lieber? )?Freund(?:in)?",
        r"liebe[r]? (?:Kunde|Kundin|Freund(?:in)?)|VIP",
        rf"{_YOUR} (?:persönliche[nrs]?|ganz eigene[nrs]?) (?:Angebot|Preis|Rabatt|Vorteil)\w*",
    ),
    "who somebody is": any_of(
        rf"{_ARE} {_QUITE}{_TRAITS}",
        rf"{_ARE} {_QUITE}(?:[\wäöüß]+ )?{_PERSONS_ALONE}",
        rf"{_WHEN} {_YOU} {_QUITE}(?:{_TRAITS}|{_TRAITS_OF_THINGS_TOO}) (?:sind|bist)",
        rf"{_WHEN} {_YOU} {_QUITE}(?:[\wäöüß]+ )?{_PERSONS_ALONE} (?:sind|bist)",
        rf"(?:weil|da) {_YOU} (?:ja )?eine? [\wäöüß-]+ (?:sind|bist)",
        rf"(?:weil|da) {_YOU} (?:schon |bereits )?über \d\d (?:sind|bist)",
        rf"für (?:[\wäöüß]+ ){{0,2}}{_PERSONS_ALONE}(?! (?:an|hinter|in|aus|am|im) )",
        rf"als (?:[\wäöüß]+ )?{_PERSONS_ALONE}",
        r"(?:Menschen|Leute|Kunden) (?:mit (?:wenig|viel|kleinem) (?:Geld|Einkommen)|ohne Geld)",
        r"(?:für )?(?:alte|ältere|junge|arme|reiche|dicke|kranke|alleinstehende|behinderte) "
        r"(?:Menschen|Leute|Personen|Kunden|Kundinnen|Kundschaft)",
        r"für (?:Arme|Reiche|Alte|Ältere|Dicke|Kranke|Schwangere|Übergewichtige)"
        r"(?= ?(?:$|[.,;:!?)]))",
        rf"(?:jede[rn]?|echte|liebe|hallo|hey|gnädige|sehr geehrte[rn]?|meine?),? {_PERSONS_ALONE}",
        r"(?:Frauen|Männer|Damen|Senioren|Singles|Mütter|Väter) (?:lieben|mögen|wollen|brauchen"
        r"|bevorzugen|wissen|wählen|kaufen|zuerst)",
        r"^(?:Damen|Herren|Mädels|Jungs|Senioren|Mamas|Papas|junge Frau|junger Mann)(?=[,!?])",
        r"(?:Single|schwanger|geschieden|verwitwet|reich|arm|alt|ledig|verheiratet|arbeitslos)\?",
        rf"(?:{_YOU} (?:haben|hast)|(?:weil|da|wenn) {_YOU}) (?:keine?|eine?n?|kleine)"
        r"(?: kleine[ns]?)? (?:Kind(?:er)?|Baby|Mann|Frau|Familie|Partner(?:in)?)",
        rf"(?:weil|da) {_YOU} (?:aus \w+ (?:\w+ )?(?:kommen|sind|stammen)"
        r"|(?:wenig|viel|gut) verdienen"
        r"|allein (?:leben|wohnen)|eine?n? (?:Hund|Katze|Haustier|Auto|Garten) (?:haben|besitzen))",
        rf"{_YOU} (?:leben allein|lebst allein|verdienen (?:wenig|viel|gut)|rauchen|wiegen)",
        rf"{_YOUR} (?:Geschlecht|Herkunft|Hautfarbe|Nationalität|Akzent|Vermögen|Armut|Ehe|Hochzeit"
        r"|Rente|Schwangerschaft|Aussehen)",
    ),
}

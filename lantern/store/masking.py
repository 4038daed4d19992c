"""Takes out of members' words what could identify them or others.

Only the result of :func:`masked` may be stored, which the type :data:`Masked` ensures. Rules find what they know the
look of, in six languages, and not all there is: tests/store/test_masking.py counts what of sixty phrases is found.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final, NewType

Masked = NewType("Masked", str)
"""Words that may be stored. Empty where there is nothing to store."""

READ_MAX: Final = 1_000
"""Characters that are read."""
KEPT_MAX: Final = 500
"""Characters that are stored; an editor needs only the question."""
CUT_OFF: Final = 100
"""Characters left out at the end of what was read of a longer text, in which half a telephone number may be."""
LONG_DIGITS: Final = 5
"""A number with this many digits may be an account or an id; years and angel numbers such as 1111 are shorter."""
LONG_SPELLED: Final = 6
"""The same for numbers in words: people count to three or four, and speak of nine nine nine."""


def _words(text: str) -> list[str]:
    return text.split()


def _any(words: str) -> str:
    return "(?:" + "|".join(map(re.escape, words.split())) + ")"


_BOUND: Final = r"(?<![^\W_])"
_END: Final = r"(?![^\W_])"

# Accounts named without a sign before them: after a platform, what looks like no word; after ":" or "username is" any.
_PLATFORM: Final = (
    r"(?:\b(?:insta(?:gram)?|ig|snap(?:chat)?|tik ?tok|telegram|discord|twitter|kik|facebook|fb|whatsapp|reddit|youtube"
    r"|twitch|skype)\b|इंस्टा(?:ग्राम)?|स्नैपचैट|टेलीग्राम|फेसबुक)"
)
_IS: Final = r"(?:is|es|é|ist|est|c['’]est|cest|hai|lautet|heißt|है)"
_LEADING_TO: Final = (
    rf"(?:{_IS}|names?|handle|id|user|username|account|page|as|at|i|am|i['’]m|im|ich|bin|soy|sou|je|suis|my|me|add|here"
    r"|called|under|it['’]s|its|the|and|also|mi|meu|mon|mein|mera)"
)
_ANY_NAME: Final = r"@?[\w.\-]{3,40}"
_NO_WORD: Final = (  # a dot inside, or three letters and two digits
    r"@?(?=\w{1,40}\.\w|(?:[\d.\-]{0,9}[^\W\d_]){3}[\w.\-]{0,40}\d\d|\d\d[\w.\-]{0,40}[^\W\d_]{3})"
    r"(?=[\d.]{0,40}[^\W\d.])[\w.\-]{3,40}"
)
_GOES_ON: Final = (
    r"(?:and|but|or|if|so|to|too|for|from|because|please|pls|when|while|after|before|since|again|now|today|then|once"
    r"|every|all|with|without|about|at|in|on|the|this|that|they|he|she|who|why|how|what|not|never|only)\b"
)

# Streets. A type that is an everyday word ("place", "way") needs more around it, and no name holds "years" or "to".
_STREET: Final = _any(
    "street st road rd avenue ave lane ln dr boulevard blvd crescent terrace highway hwy parkway pkwy mews"
)
_PLACE: Final = _any("drive court ct close place pl way square sq row walk gardens grove alley circle loop hill")
_NO_NAME: Final = _any(
    """
    year years month months week weeks day days hour hours minute minutes min mins second seconds time times mile miles
    km step steps kid kids child children people person percent the a an on in at of to my his her our and or is was are
    were i he she we they it down up along long more other different for from with this that into not lonely single am
    pm
    """
)
_NAME: Final = rf"(?!{_NO_NAME}\b)(?:[^\W\d_]|\d{{1,3}}(?:st|nd|rd|th)\b)[\w'’.\-]{{0,24}}"
_HOUSE: Final = rf"{_BOUND}\d{{1,5}}[a-z]?{_END}"
_LIVES: Final = _any(
    "live lives living lived stay stays staying moved at address house home place flat unit is by near"
)
_CALLE: Final = _any("calle avenida avda av paseo plaza carrera rua travessa alameda praça rue")
_CALLE_NAME: Final = (
    r"(?!(?:a|e|y|que|o|por|con|com|hace|há|ha|desde|todos|en|em|vi|veo|vejo|cada|casi|quase|às|las|hay)\b)"
    r"[^\W\d_][\w'’.\-]{0,24}"
)
_NO_UNIT: Final = (
    r"(?!\s?(?:años?|anos?|ans?|jahren?|mal|veces|vezes|fois|horas?|heures?|stunden?|uhr|d[ií]as?|jours?|tagen?|meses"
    r"|m[eê]s|mois|monaten?|wochen?|semanas?|semaines?|km|h)\b|:\d)"
)
_STRASSE: Final = r"(?:straße|strasse|str\.?|allee|platz|gasse|damm|ufer)"

# None takes longer than in proportion to the text: it begins where a word does, and what it repeats has an end.
_REPLACEMENTS: Final = (
    # As Discord writes them: members, roles, channels; custom emoji and times carry long digits and no words.
    (r"<(?:@[!&]?|#)\d{1,20}>", " [mention] "),
    (r"<(?:a?:\w{1,40}:\d{1,20}|t:-?\d{1,20}(?::\w)?|/[^<>\n]{1,100}:\d{1,20}|id:\w{1,20})>", " "),
    # E-mail before links and handles, because it holds both. "at" and "dot" written out count too.
    (r"(?<![^\s@<>()])[^\s@<>()]++@[^\s@<>()]{1,255}\.[^\W\d_]{2,63}", "[e-mail]"),
    (
        r"(?<![^\s@])[^\s@]{1,256}?\s?(?:[\[({]\s?at\s?[\])}]|\sat\s)\s?[\w-]{1,63}"
        r"(?:\s?(?:[\[({]\s?dot\s?[\])}]|\sdot\s)\s?[\w-]{2,63}|\.(?:com|net|org|co\.\w\w))",
        "[e-mail]",
    ),
    (r"\b[a-z][a-z0-9+.-]{1,20}://\S+", "[link]"),
    (r"\b(?:www|m)\.\S+", "[link]"),
    # A bare address: a name, a dot and an ending; one that is also a word ("love.me") only with a path behind it.
    (
        r"(?<![\w-])[\w-]++(?:\.[\w-]++){0,5}?\.(?:(?:com|net|org|gg|io|app|info|link|ly|tv|xyz|co|uk|de|fr|eu|au|ca|nz"
        r"|za|ng|ie)\b(?:/\S*)?|[a-z]{2,12}/\S+)",
        "[link]",
    ),
    (rf"{_BOUND}@[^\s@]{{1,64}}", "[mention]"),
    (r"(?<![^\s#])[^\s#]{2,}+#\d{4}\b", "[mention]"),
    # No word is written with "_" inside.
    (rf"{_BOUND}(?=[^\W_][\w.]{{0,40}}_[\w.]{{0,40}}[^\W_])[\w.\-]{{3,100}}", "[mention]"),
    (rf"({_PLATFORM}[\s:=,@\-–]{{0,4}}(?:{_LEADING_TO}\b[\s:=,@\-–]{{1,4}}){{0,4}}){_NO_WORD}", r"\1[mention]"),
    (rf"({_PLATFORM} ?[:=] ?){_ANY_NAME}", r"\1[mention]"),
    (
        rf"(\b(?:user ?name|handle|usuario|usuário|benutzername|pseudo)(?: {_IS}:? | ?[:=] ?)){_ANY_NAME}",
        r"\1[mention]",
    ),
    (
        rf"(\b(?:add|find|follow|dm|message|msg|hit|reach|write) me (?:up )?(?:on|at|in|via) {_PLATFORM},? ?"
        rf"(?:{_LEADING_TO}\b,? ){{0,3}})(?!{_GOES_ON}){_ANY_NAME}",
        r"\1[mention]",
    ),
    # English: number, name, type.
    (rf"{_HOUSE},?(?:\s{_NAME}){{1,4}}\s{_STREET}\b\.?", "[address]"),
    (rf"(^|[,;.!?] |\b{_LIVES} ){_HOUSE},?(?:\s{_NAME}){{1,3}}\s{_PLACE}\b", r"\1[address]"),
    (rf"{_HOUSE} the (?:{_STREET}|{_PLACE})\b", "[address]"),
    (rf"\b(?:apt|apartment|flat|suite)\.? ?(?:no\.? ?|#)?\d{{1,4}}[a-z]?{_END}", "[address]"),
    (r"\bp\.? ?o\.? box \d{1,6}", "[address]"),
    (rf"{_BOUND}[a-z]{{1,2}}\d[a-z\d]? ?\d(?!st|nd|rd|th)[a-z]{{2}}{_END}", "[address]"),  # a British postcode
    # Spanish and Portuguese: type, name, number.
    (rf"\b{_CALLE}\.?(?: {_CALLE_NAME}){{1,5}},? {_HOUSE}{_NO_UNIT}", "[address]"),
    # French: number, type, name.
    (
        rf"{_HOUSE}(?: bis| ter)?,? (?:(?:rue|avenue|boulevard|bd|allée|impasse|quai)\b|(?:place|chemin|route|cours)"
        r" (?=de|du))(?: ?(?:de|du|des|la|le|les)\b){0,3} ?(?:[dl]['’])?\S{1,30}(?: [^\W\d_]\S{0,30})?",
        "[address]",
    ),
    # German: name and type, number.
    (
        rf"\b[^\W\d_]{{2,20}} ?(?:{_STRASSE}|(?<! )(?:weg|ring)) {_HOUSE}{_NO_UNIT}",
        "[address]",
    ),
    # "House number 7", in Hindi and others.
    (
        r"(?:\b(?:house|door|plot|makaan|makan|ghar|gali|haus|casa)|मकान|घर|गली|फ्लैट|प्लॉट) ?"
        rf"(?:\b(?:no|nr|number|nummer|nambar|número|numero)|नंबर|नं|संख्या)\.? ?\d{{1,5}}[a-z]?{_END}",
        "[address]",
    ),
    # Seven digits or more with the signs people put between them: telephone numbers, dates of birth.
    (r"\+?\(?\d(?:[\s().\-/–]{0,3}\d){6,}", "[number]"),
    (rf"\d{{{LONG_DIGITS},}}", "[number]"),
)
_MASK: Final = re.compile(r"\[(?:mention|link|e-mail|number|address)\]")
_INVISIBLE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})


class _Visible(dict[int, int | None]):
    """Each character as itself, and None for one that nobody sees: one look-up a character."""

    def __missing__(self, code: int) -> int | None:
        char = chr(code)
        visible = code if char.isspace() or unicodedata.category(char) not in _INVISIBLE_CATEGORIES else None
        # There are a million characters, and somebody could send them all.
        if len(self) < 2_000:
            self[code] = visible
        return visible


_VISIBLE: Final = _Visible()

_NUMBER_WORDS: Final[dict[str, int]] = {
    **dict.fromkeys(
        _words("""
        zero oh o nought one two three four five six seven eight nine
        cero uno dos tres cuatro cinco seis siete ocho nueve
        um uma dois duas três quatro sete oito nove meia
        zéro un deux trois quatre cinq sept huit neuf
        null eins zwei zwo drei vier fünf sechs sieben acht neun
        shunya ek do teen char chaar paanch panch chhe che chhah saat sat aath nau
        शून्य एक दो तीन चार पाँच पांच छह छः छे सात आठ नौ
        """),
        1,
    ),
    **dict.fromkeys(
        _words("""
        ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
        twenty thirty forty fifty sixty seventy eighty ninety hundred thousand
        diez once doce trece catorce quince veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa
        dez onze doze treze quatorze quinze vinte trinta quarenta cinquenta sessenta oitenta noventa
        dix douze treize seize vingt trente quarante cinquante soixante
        zehn elf zwölf zwanzig dreißig dreissig vierzig fünfzig sechzig siebzig achtzig neunzig
        """),
        2,
    ),
    **dict.fromkeys(_words("double triple doble triplo doppel"), 1),
}
"""How many digits each stands for, roughly. What is also an everyday word counts only among others."""
_JOINING: Final = frozenset(_words("y e et und"))
_GERMAN_TENS: Final = re.compile(r"(?:ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun)und\w+zig|\w+unddreißig")
_TOKEN: Final = re.compile(r"\d+|[^\s\d\-–—,.;:/_()+!?¿¡\"|…]+")


@cache
def _rules() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The rules, read when they are first needed: that takes 25 ms, which a start does once it is connected."""
    return tuple((re.compile(pattern), mask) for pattern, mask in _REPLACEMENTS)


def one_line(text: str) -> str:
    """``text`` on one line, without control, formatting and unassigned characters, with single spaces.

    Invisible characters could reverse a line, hide an address from the rules below, or be impossible in UTF-8.
    """
    return " ".join(text.translate(_VISIBLE).split())


def _digits(token: str) -> int:
    """How many digits of a telephone number a token may stand for; 0 where it stands for none."""
    if token.isdecimal():
        return len(token) if len(token) < LONG_DIGITS else 0
    return _NUMBER_WORDS.get(token, 0) or 2 * bool(_GERMAN_TENS.fullmatch(token))


def _without_spelled_numbers(text: str) -> str:
    """``text`` with runs of numbers in words, digits among them, as masks, where they are as long as a telephone's."""
    out: list[str] = []
    done = start = end = digits = words = 0

    def run_ends() -> None:
        nonlocal done, digits, words
        if digits >= LONG_SPELLED and words >= 3:
            out.extend((text[done:start], "[number]"))
            done = end
        digits = words = 0

    for found in _TOKEN.finditer(text):
        token = found.group()
        if count := _digits(token):
            start = start if digits else found.start()
            end = found.end()
            digits += count
            words += not token.isdecimal()
        elif not (digits and token in _JOINING):
            run_ends()
    run_ends()
    return "".join((*out, text[done:]))


def masked(text: str) -> Masked:
    """``text`` as it may be stored: lower case, on one line, with what could identify someone replaced.

    Mentions, handles and names of accounts, links, e-mail addresses, street addresses, and telephone numbers and long
    digits, spelled out too, become ``[mention]``, ``[link]``, ``[e-mail]``, ``[address]`` and ``[number]``. Any string
    is safe. Empty where no letter or digit is left.
    """
    read = unicodedata.normalize("NFKC", text[:READ_MAX])
    plain = one_line(read[:READ_MAX]).lower()
    for rule, mask in _rules():
        plain = rule.sub(mask, plain)
    plain = " ".join(_without_spelled_numbers(plain).split())
    # Cut after masking: half a telephone number would not be found.
    if len(text) > READ_MAX or len(read) > READ_MAX:
        plain = plain[:-CUT_OFF].rstrip()
    if len(plain) > KEPT_MAX:
        plain = plain[: KEPT_MAX - 1].rsplit(" ", 1)[0] + "…"
    return Masked(plain if any(char.isalnum() for char in _MASK.sub("", plain)) else "")

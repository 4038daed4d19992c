"""Does a text show that somebody is in danger? Phrases written by editors, looked for in what members typed.

The phrases (`signs` and `not_signs` of ``content/care.yml``) use the small notation explained at the top of that
file. What is looked at is tolerant: case, apostrophes, shorthand, stretched, spaced and starred letters, digits in
the place of letters, words run together and one slip in a longer word. What counts is strict: the words of a phrase
in their order. A missed danger is worse than a false alarm; where a reading is doubtful, the sign counts.

Deterministic, and safe to read from several threads.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from lantern.content.models import Care, Checked
from lantern.content.problems import Place
from lantern.matching.words import Spelling, expand, fold, listed, shorthand_table, split_words, stem

GAP_WORDS = 3
"""Words that a ``*`` may stand for, at most."""

# Contractions, apostrophe already dropped. Written out, "can't", "cannot" and "can not" are one phrase to an editor.
_NOT = listed("do does did is are was were has have had could would should must need might")
CONTRACTIONS: Mapping[str, tuple[str, ...]] = {
    **{f"{verb}nt": (verb, "not") for verb in _NOT},
    "cant": ("can", "not"),
    "cannot": ("can", "not"),
    "wont": ("will", "not"),
    "shant": ("will", "not"),
    "aint": ("is", "not"),
    "im": ("i", "am"),
    "ive": ("i", "have"),
    "id": ("i", "would"),
    "ill": ("i", "will"),
    "hes": ("he", "is"),
    "shes": ("she", "is"),
    "its": ("it", "is"),
    "thats": ("that", "is"),
    "whats": ("what", "is"),
    "theres": ("there", "is"),
    "theyre": ("they", "are"),
    "youre": ("you", "are"),
    "hed": ("he", "would"),
    "shed": ("she", "would"),
    "theyd": ("they", "would"),
    "itd": ("it", "would"),
    "hell": ("he", "will"),
    "shell": ("she", "will"),
    "theyll": ("they", "will"),
    "itll": ("it", "will"),
    "youll": ("you", "will"),
    "theyve": ("they", "have"),
    "youve": ("you", "have"),
    "someones": ("someone", "is"),
    "somebodys": ("somebody", "is"),
    "wouldve": ("would", "have"),
    "shouldve": ("should", "have"),
    "couldve": ("could", "have"),
}

# Words that only add weight: they may stand between the words of any phrase, and an editor need not think of them.
FILLERS = frozenset(
    listed(
        """
        just really actually so fucking fuckin fkn freaking literally honestly badly kinda kind sorta only even
        still always ever seriously basically totally also maybe probably simply truly almost nearly like lowkey
        lol please constantly keep keeps kept keeping again all already completely quietly finally both either o
        oh well very too much
        """
    )
)
FILLERS_SKIPPED = 2
"""Filler words in a row that are passed over, at most."""

# Word families: "@name" in a phrase stands for any of these. "_" joins what is several words, "~" marks all forms.
_PARTNERS = listed(
    """
    ex husband wife boyfriend girlfriend partner fiance fiancee spouse stepfather stepmother father mother
    brother uncle in_laws father_in_law mother_in_law son
    """
)
_PERSONS = _PARTNERS + listed(
    """
    twin twin_flame soul_mate man bloke guy woman lady girl kid kids child children daughter baby family parent
    parents sister friend aunt cousin boss mate neighbour neighbor runner chaser lover roommate flatmate
    divine_masculine divine_feminine person wifey karmic mistress bitch bastard
    """
)
_OWNERS = listed("my his her their the this that a another")
_MARKED = [f"{owner}_{mark}" for owner in listed("his her my their the") for mark in ("new", "other", "own")]
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "them": (
        *listed("him her them he she they someone somebody anyone everyone people others"),
        *(f"{owner}_{person}" for owner in (*_OWNERS, *_MARKED) for person in _PERSONS),
    ),
    "partner": tuple(f"{owner}_{person}" for owner in ("my", "his", "her", "the") for person in _PARTNERS),
    "me": listed(
        """
        me us my_kid my_kids my_child my_children my_family my_son my_daughter my_baby my_mother my_sister
        """
    ),
    "self": listed("myself my_self meself mysef"),
    "all": listed("everyone everybody world people family kids they children parents friends planet"),
    # A wish for oneself …
    "wish": listed(
        """
        want_to want wants_to wanted_to wanting_to wish_to wish_i_could wish_i_would wish_i wish ready_to
        prefer_to planning_to plan_to planned_to hoping_to hope_to hope_i need_to deserve_to thinking_of
        thinking_about think_about think_of thinks_about thoughts_of thoughts_about thought_of thought_about
        feel_like felt_like feels_like feeling_like fantasise_about fantasize_about dream_of dreaming_of
        tempted_to rather decided_to trying_to tried_to try_to close_to considering let_me make_i i_should
        urge_to urges_to prepared_to better_to pray_to pray_i praying_to
        """
    ),
    # … and a plan against somebody.
    "want": listed(
        """
        want_to wants_to wanted_to wanting_to going_to about_to ready_to plan_to planned_to planning_to
        planning_on plan_on thinking_of thinking_about think_about think_of thoughts_of thoughts_about
        thought_of thought_about tried_to trying_to tempted_to need_to decided_to dream_of dreaming_of
        fantasise_about fantasize_about fantasising_about fantasizing_about fantasies_about fantasies_of urge_to
        urges_to feel_like feeling_like considering ways_to way_to how_to how_do_i how_can_i should_i i_should
        imagine imagining picture picturing visualise visualize desire_to
        """
    ),
    "will": listed(
        """
        will would is_going_to are_going_to going_to about_to is_about_to might could wants_to want_to trying_to
        tried_to tries_to threatens_to threatened_to
        """
    ),
    "say": listed("say says said saying swears swore texted told_me tells_me telling_me promised vowed"),
    "hit": listed(
        """
        hit hits hitting beat beats beating beaten bite bites bit biting slap~ punch~ kick~ choke~ strangle~
        assault~ attack~ smack~ stab~ rape~ molest~ torture~ batter~ shove~ headbutt~ grope~ thrash~ throttle~
        grab~
        """
    ),
    "harm": listed(
        """
        hit hitting beat beats beating hurt hurting harm harming slap~ punch~ kick~ choke~ strangle~ assault~
        attack~ smack~ stab~ rape~ molest~ torture~ batter~ injure~
        """
    ),
    "kill": listed("kill~ murder~ unalive~ shoot~ shot stab~ poison~ strangle~ behead~ slaughter~"),
    "afraid": listed("scared afraid terrified frightened petrified scard"),
    "pills": listed("pills tablets painkillers paracetamol tylenol meds sleeping_pills xanax pill_bottle"),
    "body": listed("wrist wrists arm arms leg legs thigh thighs skin vein veins throat"),
    "home": listed(
        """
        house home flat apartment work workplace job office school college door building gym driveway doorstep
        front_door place street gate class hostel shop
        """
    ),
    "weapon": listed("gun knife weapon machete axe hammer bat blade pistol rifle shotgun cutlass"),
}

# Real words that stand one slip from a word of a sign; without this list they would be read as that word.
_OWN_WORDS = frozenset(
    listed(
        """
        alike aline along amuse arrange attach attached awaiting awaken awaking aware backstab backstabbed
        backstabbing backstabs bagged batch bather battle beach beads beans bearing bears beast become bells
        bench betting bitter blame blank bleak bloom boats bonds bonus boring bother bowling boxes brain brave
        bread breed bride brides brings broker brothers bugged bully butter buttered calming careers carriers
        cells charter cheat cheeks chill chooses chore chose claps clash classy climber closed closer closet
        clouds clove coding colds comet content counted county cousins crush curry curve dancer dangers dated
        dearth deaths decide depths diner divines diving doing drawing drawn dread dreads dreamer driven driver
        drying dugged exists export failing farther feather feeding fellow fiend finale flames flight flower
        flying forge forged frame fried fright gates gives gloss grace grade grape graves groups grove guide
        guided guilty hanger harden haven heard hears hearts heave hiking hiving hunting husbands killer known
        lacked learns lease lever licking liked likes listed liver loner loved loves lower mating mourning
        number packed paint parting pasted peace persons pinch placed places plains plane plant plate pleased
        pleases poked polls price prison prize rated rating raven reasons refuse roped ropes sacred sanely saves
        scarred scored scoring seating seers senses serves shape sharp shave shell shore slaying slipped slopped
        smell snake sound spared spells spending spite stack stake staked stale stalled stalling stare stared
        staring stark stars stating steak sting stone stops store stove strand strange strangers stream swaying
        sword tearing tests theirs therapist those thread threads tiles times topic tough trace trail trait
        treat treats trick tricks trips truce trucks tuned tying violet washed washing white wills witch works
        worlds wound
        """
    )
)


class SignSource(Protocol):
    """What is needed of one kind of ``care.yml`` (`lantern.content.models.CareKind` is one)."""

    @property
    def kind(self) -> str: ...
    @property
    def signs(self) -> Sequence[str]: ...
    @property
    def not_signs(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class _Slot:
    """One place of a phrase. A gap has neither words, stems nor phrases."""

    words: frozenset[str]
    stems: frozenset[str]
    phrases: frozenset[tuple[str, ...]]  # alternatives of several words …
    sizes: tuple[int, ...]  # … and how many words they have, longest first
    optional: bool = False

    @property
    def gap(self) -> bool:
        return not (self.words or self.stems or self.phrases)


_GAP = _Slot(frozenset(), frozenset(), frozenset(), ())
_ALTERNATIVE = re.compile(r"@?[^\W_]+(?:_[^\W_]+)*~?")

Pattern = tuple[_Slot, ...]


class SignError(ValueError):
    """A phrase of ``care.yml`` that cannot be read; the text says why, in one sentence for its editor."""


def care_pattern_problem(sign: str) -> str | None:
    """What is wrong with a phrase of ``care.yml`` and what would be right, as a sentence; None if it can be used."""
    try:
        _pieces(sign)
    except SignError as error:
        return str(error)
    return None


def misfits(checked: Checked) -> Iterator[tuple[Place, str]]:
    """The phrases of ``care.yml`` that cannot be read: where each stands in the file, and what is wrong with it."""
    for number, kind in enumerate(checked.kinds if isinstance(checked, Care) else ()):
        for name in ("signs", "not_signs"):
            for position, sign in enumerate(getattr(kind, name)):
                if problem := care_pattern_problem(sign):
                    yield ("kinds", number, name, position), problem


_Piece = tuple[tuple[str, ...], bool]
"""Alternatives, and whether the piece may be absent; a gap has no alternatives."""


def _pieces(sign: str) -> list[_Piece]:
    """The pieces of a phrase, not yet spelled out. Raises `SignError`."""
    pieces = [_piece(text) for text in fold(sign).split()]
    if not any(alternatives and not optional for alternatives, optional in pieces):
        raise SignError("The phrase holds no word that must be there: add one that is not “*” and not in brackets.")
    if not (pieces[0][0] and pieces[-1][0]):
        raise SignError("“*” stands between words: remove it from the beginning and the end of the phrase.")
    return pieces


def _piece(text: str) -> _Piece:
    if text == "*":
        return (), False
    optional = text.startswith("(") and text.endswith(")")
    alternatives = tuple((text[1:-1] if optional else text).split("/"))
    if not all(map(_ALTERNATIVE.fullmatch, alternatives)):
        raise SignError(
            f"“{text}” is not a word: use words without commas or full stops, “a/b” for alternatives, "
            "“word~” for all forms of a word, “(word)” for one that may be absent, and “*” alone for up to "
            "three words."
        )
    for alternative in alternatives:
        if alternative.startswith("@"):
            if alternative[1:] not in FAMILIES:
                raise SignError(
                    f"There is no word family “{alternative}”; there are {', '.join('@' + f for f in FAMILIES)}."
                )
        elif alternative.endswith("~") and "_" in alternative:
            raise SignError(f"“{alternative}”: “~” belongs to a single word.")
    return alternatives, optional


_Alternatives = tuple[frozenset[str], frozenset[str], frozenset[tuple[str, ...]]]
_T = TypeVar("_T")


def _union(sets: Sequence[frozenset[_T]]) -> frozenset[_T]:
    """All members of some sets: the largest itself where it holds the others, since families are long."""
    largest = max(sets, key=len)
    return largest if all(one <= largest for one in sets) else largest.union(*sets)


class _Reader:
    """Spells alternatives out as members' words are spelled; families and places only once, for they are long."""

    def __init__(self, shorthand: Mapping[str, tuple[str, ...]]) -> None:
        self._shorthand = shorthand
        self._families: dict[str, _Alternatives] = {}
        self._places: dict[tuple[frozenset[str], bool], Pattern] = {}

    def pattern(self, sign: str) -> Pattern:
        """A phrase, place by place. Raises `SignError`."""
        pieces = _pieces(sign)
        return tuple(slot for piece in pieces for slot in (self._place(*piece) if piece[0] else (_GAP,)))

    def _place(self, alternatives: Sequence[str], optional: bool) -> Pattern:
        """The place that `alternatives` fill; several if the only one is of several words ("don't" is two)."""
        key = frozenset(alternatives), optional
        if key not in self._places:
            self._places[key] = tuple(self._slots(alternatives, optional))
        return self._places[key]

    def _slots(self, alternatives: Sequence[str], optional: bool) -> Iterator[_Slot]:
        parts = [
            self._family(alternative[1:]) if alternative.startswith("@") else self._spelled((alternative,))
            for alternative in alternatives
        ]
        singles = _union([part[0] for part in parts])
        stems = _union([part[1] for part in parts])
        phrases = _union([part[2] for part in parts])
        if not singles and not stems and len(phrases) == 1 and not optional:
            yield from (_Slot(frozenset((word,)), frozenset(), frozenset(), ()) for word in next(iter(phrases)))
        else:
            yield _Slot(singles, stems, phrases, tuple(sorted({len(p) for p in phrases}, reverse=True)), optional)

    def _family(self, name: str) -> _Alternatives:
        if name not in self._families:
            self._families[name] = self._spelled(FAMILIES[name])
        return self._families[name]

    def _spelled(self, members: Iterable[str]) -> _Alternatives:
        singles: set[str] = set()
        stems: set[str] = set()
        phrases: set[tuple[str, ...]] = set()
        for member in members:
            if member.endswith("~"):
                stems.add(stem(member[:-1]))
                continue
            spelled = expand(expand(member.split("_"), self._shorthand), CONTRACTIONS)
            if len(spelled) == 1:
                singles.add(spelled[0])
            else:
                phrases.add(tuple(spelled))
        return frozenset(singles), frozenset(stems), frozenset(phrases)


@dataclass(frozen=True, slots=True)
class _Text:
    words: tuple[str, ...]
    stems: tuple[str, ...]
    breaks: frozenset[int]  # a sentence ends before these words; a gap does not reach over one


class _Phrases:
    """Phrases indexed by the place that is rarest among them, so that a harmless text costs a few lookups."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        use: Counter[str] = Counter()
        for pattern in patterns:
            for slot in pattern:
                use.update(slot.words)
                use.update(f"~{form}" for form in slot.stems)
        self._by_word: dict[str, list[Pattern]] = {}
        self._by_stem: dict[str, list[Pattern]] = {}
        for pattern in patterns:
            key = min(
                (slot for slot in pattern if not slot.gap and not slot.optional),
                key=lambda slot: (
                    sum(use[word] for word in slot.words)
                    + sum(use[f"~{form}"] for form in slot.stems)
                    + len(slot.phrases)
                ),
            )
            for word in key.words | {phrase[-1] for phrase in key.phrases}:
                self._by_word.setdefault(word, []).append(pattern)
            for form in key.stems:
                self._by_stem.setdefault(form, []).append(pattern)

    def spans(self, text: _Text, hidden: frozenset[int] = frozenset()) -> Iterator[tuple[int, int]]:
        """First and past-the-last word of each phrase found; words in `hidden` do not count."""
        seen: set[int] = set()
        for word, form in zip(text.words, text.stems, strict=True):
            for pattern in (*self._by_word.get(word, ()), *self._by_stem.get(form, ())):
                if id(pattern) in seen:
                    continue
                seen.add(id(pattern))
                for start in range(len(text.words)):
                    end = _match(pattern, 0, text, start, hidden)
                    if end > start:
                        yield start, end


def _match(pattern: Pattern, place: int, text: _Text, at: int, hidden: frozenset[int], fillers: int = 0) -> int:
    """Past-the-last word if `pattern` from `place` on matches the words from `at` on, else -1."""
    if place == len(pattern):
        return at
    slot = pattern[place]
    if slot.gap:
        for skipped in range(GAP_WORDS + 1):
            if skipped and not text.breaks.isdisjoint((at + skipped - 1, at + skipped)):
                return -1
            end = _match(pattern, place + 1, text, at + skipped, hidden)
            if end >= 0:
                return end
        return -1
    if at < len(text.words):
        for size in slot.sizes:
            past = at + size
            if text.words[at:past] in slot.phrases and hidden.isdisjoint(range(at, past)):
                end = _match(pattern, place + 1, text, past, hidden)
                if end >= 0:
                    return end
        if at not in hidden and (text.words[at] in slot.words or text.stems[at] in slot.stems):
            end = _match(pattern, place + 1, text, at + 1, hidden)
            if end >= 0:
                return end
        if fillers < FILLERS_SKIPPED and place and text.words[at] in FILLERS:
            end = _match(pattern, place, text, at + 1, hidden, fillers + 1)
            if end >= 0:
                return end
    return _match(pattern, place + 1, text, at, hidden) if slot.optional else -1


_RAW = re.compile(r"[^\W_]+(?:[*@!$|#+]+[^\W_]+)*|[@$][^\W_]+(?:[*@!$|#+]+[^\W_]+)*|[.!?;\n]+(?=\s|$)")
_LEET = str.maketrans("01345789@$!|+", "oieastbgasilt")
_SPACED = re.compile(r"(?<![^\W_])[^\W_](?:[ .,\-_*+~|/]{1,3}[^\W_](?![^\W_])){2,}")
_RUNS = re.compile(r"(.)\1{2,}")
_DOUBLES = re.compile(r"(.)\1+")


class CareSigns:
    """All phrases of ``care.yml``, ready to be looked for."""

    def __init__(self, kinds: Iterable[SignSource], shorthand: Mapping[str, str] | None = None) -> None:
        """Read every phrase. Raises `SignError` for one that `care_pattern_problem` would have refused."""
        self._shorthand = shorthand_table(shorthand or {})
        reader = _Reader(self._shorthand)
        kinds = tuple(kinds)
        parsed = [
            (
                kind.kind,
                [reader.pattern(sign) for sign in kind.signs],
                [reader.pattern(sign) for sign in kind.not_signs],
            )
            for kind in kinds
        ]
        self._kinds = [(name, _Phrases(signs), _Phrases(not_signs)) for name, signs, not_signs in parsed]
        slots = [slot for _, signs, not_signs in parsed for pattern in (*signs, *not_signs) for slot in pattern]
        phrases = {slot.phrases for slot in slots}  # many places share those of a family
        self._words = frozenset(
            {w for slot in slots for w in slot.words} | {w for some in phrases for phrase in some for w in phrase}
        )
        self._stems = frozenset(s for slot in slots for s in slot.stems)
        # A stem is not always a word ("suicid"); its guessable spellings are the words editors wrote before the "~".
        written = {
            split_words(alternative)[0]
            for kind in kinds
            for sign in (*kind.signs, *kind.not_signs)
            for alternative in re.split(r"[\s/()]+", fold(sign))
            if alternative.endswith("~")
        }
        self._guessable = self._words | written
        self._spelling = Spelling(self._guessable | {f"{w}ing" for w in written}, shortest=5)
        self._by_length: dict[int, list[str]] = {}
        for word in sorted(self._guessable):
            self._by_length.setdefault(len(word), []).append(word)

    def kind(self, text: str) -> str | None:
        """The kind whose signs cover most words of `text` (of two alike, the earlier in ``care.yml``), or None.

        Any string is safe; its first `lantern.matching.words.MAX_CHARACTERS` characters are read.
        """
        folded = fold(text)
        kind = self._kind(self._read(folded))
        if kind is None and _SPACED.search(folded):
            joined = _SPACED.sub(lambda run: "".join(split_words(run.group())), folded)
            kind = self._kind(self._read(joined))
        return kind

    def _kind(self, text: _Text) -> str | None:
        most, found = 0, None
        for name, signs, not_signs in self._kinds:
            covered = {i for start, end in signs.spans(text) for i in range(start, end)}
            if covered and (hidden := frozenset(i for start, end in not_signs.spans(text) for i in range(start, end))):
                covered = {i for start, end in signs.spans(text, hidden) for i in range(start, end)}
            if len(covered) > most:
                most, found = len(covered), name
        return found

    def _read(self, folded: str) -> _Text:
        """Words as a phrase would spell them, their stems, and where sentences end."""
        out: list[str] = []
        breaks: set[int] = set()
        for raw in _RAW.findall(folded):
            if not raw[-1].isalnum():
                if len(raw) == 1 or not set(raw) <= {"."}:  # "i want to... die" goes on
                    breaks.add(len(out))
                continue
            for word in self._spelled(raw):
                out.extend(expand(expand((word,), self._shorthand), CONTRACTIONS))
        return _Text(tuple(out), tuple(map(stem, out)), frozenset(breaks))

    def _known(self, word: str) -> bool:
        return word in self._words or stem(word) in self._stems

    def _spelled(self, raw: str) -> Sequence[str]:
        """One typed word as the words it was meant to be; itself where there is nothing to guess."""
        if raw in self._shorthand or raw in CONTRACTIONS or self._known(raw):
            return (raw,)
        if not raw.isalpha():
            return self._disguised(raw)
        if raw in _OWN_WORDS:
            return (raw,)
        # "dieee", "killlll": first the stretched letters as two, then as one.
        for word in (_RUNS.sub(r"\1\1", raw), _DOUBLES.sub(r"\1", raw)):
            if word != raw and (self._known(word) or word in self._shorthand or word in CONTRACTIONS):
                return (word,)
        if guesses := self._spelling.guesses(raw):
            return (guesses[0],)
        if 7 <= len(raw) <= 60 and (parts := self._parts(raw)):
            return parts
        return (raw,)

    def _disguised(self, raw: str) -> Sequence[str]:
        """A word with digits or signs among its letters: "su1cide", "k*ll"; split at the signs if it is none."""
        if any(char.isalpha() for char in raw):
            plain = raw.translate(_LEET)
            if plain.isalpha() and self._known(plain):
                return (plain,)
            if "*" in raw or "#" in raw:
                shape = re.compile("".join("." if char in "*#" else re.escape(char) for char in plain))
                for word in self._by_length.get(len(plain), ()):
                    if shape.fullmatch(word):
                        return (word,)
            if plain.isalpha() and len(plain) > 4 and (guesses := self._spelling.guesses(plain)):
                return (guesses[0],)
        return split_words(raw)

    def _parts(self, raw: str) -> Sequence[str]:
        """Words of phrases run together ("killmyself"), or nothing if that leaves a rest."""
        short = ("i", "to", "my", "me", "he", "it", "be", "am", "do", "no", "of")
        best: list[tuple[str, ...] | None] = [()] + [None] * len(raw)
        for end in range(1, len(raw) + 1):
            for size in range(min(end, 12), 0, -1):
                word, before = raw[end - size : end], best[end - size]
                if before is not None and (word in short if size < 3 else self._known(word) or word in CONTRACTIONS):
                    best[end] = (*before, word)
                    break
        return best[-1] or ()

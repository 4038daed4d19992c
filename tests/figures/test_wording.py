"""The words that the cards and the terminal share, and what is in a picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, get_args

import pytest

from lantern.content.models import Content
from lantern.figures import wording
from lantern.figures.gaps import Correction, Gap, Gaps, Miss
from lantern.figures.insights import (
    By,
    Digest,
    Flow,
    Helped,
    Members,
    Period,
    Riser,
    Row,
    Top,
    ToReview,
    Trend,
)
from lantern.figures.wording import Name, Wording, change_in_words
from lantern.languages.formats import listed
from lantern.store.times import as_number
from tests.support.asks import LAST, TODAY

MONTH = Period.until(LAST, 4)
EVERYTHING = Period(date(2025, 11, 3), LAST, everything=True)


def topics(*keys: str, now: int = 5, before: int | None = 3) -> tuple[Row, ...]:
    """A row for each topic."""
    return tuple(Row(("twinflame", key), now, before, 0, 0) for key in keys)


def top_of(rows: tuple[Row, ...], period: Period = MONTH, members: int | None = 30, by: Any = "topic") -> Top:
    before = None if period.everything else sum(row.before or 0 for row in rows)
    return Top(by, period, rows, Members(members), before)


def numbered(count: int) -> list[tuple[Row, Name]]:
    """So many rows with names: 100 asks, 99, 98 …"""
    return [(Row(("twinflame", f"t{at}"), 100 - at, 100), Name(f"T{at}", f"t{at}", at)) for at in range(count)]


def with_second_article(content: Content, **changes: Any) -> Content:
    """The content and its article once more, as another."""
    other = replace(content.articles[0], **{"command": "second", "title": "A second", **changes})
    return replace(content, articles=(*content.articles, other))


# ---------------------------------------------------------------------- counts


@pytest.mark.parametrize(("count", "says"), [(1, "asked once"), (2, "asked 2 times"), (1_200, "asked 1,200 times")])
def test_how_often_a_topic_was_asked_is_said_in_words(count: int, says: str) -> None:
    assert wording.asked(count) == says


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [(5, 3, "2 more"), (3, 5, "2 fewer"), (4, 4, "no change"), (4, None, ""), (2_000, 0, "2,000 more")],
)
def test_the_change_is_said_in_words(now: int, before: int | None, words: str) -> None:
    assert change_in_words(now, before) == words


@pytest.mark.parametrize(
    ("total", "before", "weeks", "members", "says"),
    [
        (358, 352, 4, 65, "Members asked 358 times. In the 4 weeks before: 352. At least 65 different members asked."),
        (1, 0, 1, 0, "Members asked once. In the week before: 0. Fewer than five members asked."),
        (5, None, 9, None, "Members asked 5 times."),
        (0, 3, 4, 0, "Nobody asked in this time. In the 4 weeks before: 3."),
        (0, 0, 4, 0, "Nobody asked in this time."),
    ],
)
def test_a_period_as_a_whole_is_told_in_sentences_and_nothing_twice(
    total: int, before: int | None, weeks: int, members: int | None, says: str
) -> None:
    assert wording.in_all(total, before, weeks, Members(members)) == says


def test_lines_that_fit_are_whole_and_the_others_are_counted() -> None:
    lines = ["a" * 9] * 10

    assert wording.fitting(lines, 105) == "\n".join(lines)
    assert wording.fitting(lines, 104) == "\n".join([*lines[:8], "… and 2 more."])
    assert wording.fitting(lines, 24) == "… and 10 more."
    assert wording.fitting(lines, 25) == "\n".join([lines[0], "… and 9 more."])
    assert wording.fitting(lines[:1], 10) == lines[0]
    assert wording.fitting(lines[:1], 9) == "… and 1 more."
    assert wording.fitting([], 0) == ""


# ---------------------------------------------------------------------- the ranking


def test_rows_that_may_not_be_told_apart_are_one_where_their_sum_belongs() -> None:
    rows = [
        Row((1,), 6, 1, 1, 2),
        Row((2,), 5, 2, 2, 1),
        Row((3,), 4, 7, 4, 5),
        Row((4,), 3, 0, 0, 0),
        Row((5,), 3, 2, 0, 0),
    ]

    def name(row: Row) -> Name:
        return Name("hidden" if row.key[0] in (2, 3) else f"{row.key[0]}", "", 0, "h" if row.key[0] in (2, 3) else None)

    put = wording.put_together(rows, name)

    assert [(called.label, row) for row, called in put] == [
        ("hidden", Row((2,), 9, 9, 6, 6)),
        ("1", Row((1,), 6, 1, 1, 2)),
        ("5", Row((5,), 3, 2, 0, 0)),
        ("4", Row((4,), 3, 0, 0, 0)),
    ]


def test_where_there_is_nothing_to_compare_rows_put_together_have_nothing_either() -> None:
    rows = [Row((1,), 3), Row((2,), 2), Row((3,), 5)]

    put = wording.put_together(rows, lambda row: Name("x", "", 0, "one" if row.key[0] < 3 else None))

    # Of equals, the one that is several comes last.
    assert [row for row, _ in put] == [Row((3,), 5, None, 0, None), Row((1,), 5, None, 0, None)]


def test_each_ranking_has_a_title_of_its_own() -> None:
    titles = [wording.top_title(by) for by in get_args(By)]
    assert titles[0] == "What members ask about"
    assert len(set(titles)) == 4


def test_the_ranking_as_a_whole_says_how_much_by_whom_and_how_that_changed() -> None:
    rows = topics("runner", "hope")

    assert wording.top_heading(top_of(rows)) == (
        "4 weeks, 1–28 Dec 2025\nMembers asked 10 times. In the 4 weeks before: 6. At least 30 different members asked."
    )
    assert wording.top_heading(top_of(topics("runner", now=1, before=None), EVERYTHING, None)) == (
        "All so far: 8 weeks, 3 Nov\u2009–\u200928 Dec 2025\nMembers asked once."
    )
    assert wording.top_heading(top_of(())).endswith("\nNobody asked in this time.")


def test_the_ranking_in_words_says_of_each_row_what_there_is_to_say() -> None:
    named = [
        (Row(("twinflame", "runner"), 1_200, 1_000, 7, 3), Name("The runner", "plain", 0)),
        (Row(("twinflame", "hope"), 1), Name("Hope", "hope", 0)),
        (Row(("twinflame", "chaser"), 1, 1, 0, 0), Name("C", "c", 0)),
    ]

    assert wording.top_lines(named) == [
        "1. **plain** 1,200 · 200 more",
        "2. **hope** 1",
        "3. **c** 1 · no change",
    ]
    assert wording.top_lines(named, labels=True)[0].startswith("1. **The runner** 1,200 ")
    assert wording.beside_picture(named) == [
        "Most posted by moderators: plain (3).",
        "Most shared by members: plain (7).",
    ]
    assert wording.beside_picture(named[1:]) == []


def test_beside_a_picture_stand_the_five_topics_that_others_saw_most() -> None:
    named = [(Row((at,), 9, links=at), Name(f"T{at}", f"t{at}", 0)) for at in range(8)]

    assert wording.beside_picture(named) == ["Most posted by moderators: t7 (7), t6 (6), t5 (5), t4 (4) and t3 (3)."]


def test_rows_beyond_twenty_five_are_told_together_in_words_and_in_the_picture(content: Content) -> None:
    named = numbered(27)
    others = "And 2 others together: 149."

    lines = wording.top_lines(named)
    picture = wording.top_picture(content, top_of(tuple(row for row, _ in named)), named, "A title")

    assert len(lines) == 26
    assert lines[-1] == others
    assert len(picture.bars) == 25
    assert picture.footer == f"{others} {wording.COUNTED}"
    assert len(wording.top_lines(named[:25])) == 25
    assert wording.top_picture(content, top_of(()), named[:25], "A title").footer == wording.COUNTED


def test_a_picture_of_the_ranking_has_a_bar_a_row(content: Content) -> None:
    rows = topics("runner", "hope")
    named = wording.put_together(rows, Wording(content).names("topic"))

    picture = wording.top_picture(content, top_of(rows), named, "A title")

    assert (picture.title, picture.subtitle) == ("A title", "4 weeks, 1–28 Dec 2025")
    colour = content.articles[0].colour
    assert [tuple(bar) for bar in picture.bars] == [
        ("The runner", 5, 3, colour, "2 more"),
        ("Hope", 5, 3, colour, "2 more"),
    ]
    assert (picture.now_label, picture.before_label) == ("these 4 weeks", "the 4 weeks before")
    assert picture.legend == (), "one article needs no legend"
    whole = wording.top_picture(content, top_of(rows, EVERYTHING), named, "A title")
    assert (whole.now_label, whole.before_label) == ("all so far", None)


def test_colours_have_a_legend_where_topics_of_two_articles_are_shown(content: Content) -> None:
    two = with_second_article(content)
    rows = (*topics("runner"), Row(("second", "hope"), 4, 0))
    named = wording.put_together(rows, Wording(two).names("topic"))

    legend = wording.top_picture(two, top_of(rows), named, "A title").legend

    assert legend == tuple((article.title, article.colour) for article in two.articles)
    assert wording.top_picture(two, top_of(rows[:1]), named[:1], "A title").legend == ()
    assert wording.top_picture(two, top_of(rows, by="article"), named, "A title").legend == ()


# ---------------------------------------------------------------------- a trend


def trend_of(columns: int = 13, **changes: Any) -> Trend:
    """One topic by week, asked as often as a column's number; or by day with ``by="day"``, where zeros are not told."""
    step = 1 if changes.get("by") == "day" else 7
    first = LAST - timedelta(days=columns * step - 1)
    asked = changes.pop("asks", tuple(range(columns)))
    values: dict[str, Any] = {
        "article": "twinflame",
        "topic": "runner",
        "by": "week",
        "period": Period(first, LAST),
        "columns": tuple(first + timedelta(days=step * at) for at in range(columns)),
        "asks": tuple(each or None for each in asked) if step == 1 else asked,
        "average": (None, *[0.5 * at for at in range(1, columns)]),
        "total": sum(asked),
        "before": 1,
        "members": Members(30),
    }
    return Trend(**values | changes)


def reviewed(content: Content, day: date) -> Content:
    """The content whose topics were reviewed on a day."""
    article = content.articles[0]
    return replace(
        content, articles=(replace(article, topics=tuple(replace(each, reviewed=day) for each in article.topics)),)
    )


def test_a_trend_says_how_much_and_when_most(content: Content) -> None:
    trend = trend_of()

    assert wording.trend_heading(trend) == (
        "13 weeks, 29 Sept\u2009–\u200928 Dec 2025\n"
        "Members asked 78 times. In the 13 weeks before: 1. At least 30 different members asked."
    )
    assert wording.trend_facts(trend) == [
        "Busiest week: 22–28 Dec 2025 (12)",
        "Average of four weeks: 6.0 a week now, 0.5 at the beginning",
    ]
    of_equals = trend_of(4, asks=(1, 9, 9, 2))
    assert wording.trend_facts(of_equals)[0] == "Busiest week: 8–14 Dec 2025 (9)"
    by_day = trend_of(28, by="day", asks=(*[0] * 26, 7, 6))
    assert wording.trend_facts(by_day) == ["Busiest day: 27 Dec 2025 (7)"]


def test_of_a_trend_that_nobody_asked_about_only_that_is_said(content: Content) -> None:
    for trend in (trend_of(3, asks=(0, 0, 0), average=(0.5, 0.2, 0.0)), trend_of(7, by="day", asks=(0,) * 7)):
        assert (wording.trend_facts(trend), wording.trend_lines(trend)) == ([], [])
        assert "Nobody asked in this time." in wording.trend_heading(trend)


@pytest.mark.parametrize(("columns", "lines"), [(2, 2), (13, 13), (14, 7), (26, 13), (27, 9), (90, 13)])
def test_a_trends_weeks_are_at_most_thirteen_lines_that_hold_every_ask(
    content: Content, columns: int, lines: int
) -> None:
    said = wording.trend_lines(trend_of(columns))

    assert len(said) == lines
    assert sum(int(line.rpartition(" ")[2]) for line in said) == sum(range(columns))


def test_a_line_of_a_trend_names_its_first_and_its_last_day(content: Content) -> None:
    assert wording.trend_lines(trend_of(2)) == ["- 15–21 Dec 2025: 0", "- 22–28 Dec 2025: 1"]
    lines = wording.trend_lines(trend_of(14, asks=(1_000,) * 14))
    assert (lines[0], lines[-1]) == ("- 22 Sept\u2009–\u20095 Oct 2025: 2,000", "- 15–28 Dec 2025: 2,000")


def test_by_day_only_the_days_that_are_told_have_a_line() -> None:
    assert wording.trend_lines(trend_of(7, by="day", asks=(0, 5, 0, 0, 0, 1_000, 0))) == [
        "- 23 Dec 2025: 5",
        "- 27 Dec 2025: 1,000",
    ]
    many = wording.trend_lines(trend_of(28, by="day", asks=(9,) * 28))
    assert (len(many), many[-1]) == (14, "… and 15 earlier days.")


def test_a_picture_of_a_trend_has_a_column_a_week_and_the_mean(content: Content) -> None:
    trend = trend_of()

    picture = wording.trend_picture(content, trend)

    assert (picture.title, picture.subtitle) == ("The runner", str(trend.period))
    assert picture.days == tuple(map(as_number, trend.columns))
    assert (picture.values, picture.line) == (trend.asks, trend.average)
    assert picture.colour == content.articles[0].colour
    assert (picture.column_label, picture.line_label) == ("questions a week", "average of four weeks")
    assert picture.footer == wording.COUNTED


def test_a_picture_by_day_says_which_days_are_told(content: Content) -> None:
    picture = wording.trend_picture(content, trend_of(7, by="day", asks=(0, 5, 0, 0, 0, 9, 0)))

    assert picture.values == (0, 5, 0, 0, 0, 9, 0)
    assert (picture.column_label, picture.line_label) == ("questions a day", "average of the week")
    assert picture.footer == f"{wording.COUNTED} {wording.FIVE_A_DAY}"


@pytest.mark.parametrize(("ago", "marked"), [(0, True), (90, True), (91, False), (-1, False)])
def test_the_day_of_the_review_is_marked_when_the_picture_has_it(content: Content, ago: int, marked: bool) -> None:
    day = LAST - timedelta(days=ago)

    picture = wording.trend_picture(reviewed(content, day), trend_of())

    assert [at for at, _ in picture.marks] == ([as_number(day)] if marked else [])
    assert all(says.startswith("reviewed ") for _, says in picture.marks)


def test_a_trend_of_a_topic_that_is_gone_has_the_usual_colour_and_no_mark(content: Content) -> None:
    picture = wording.trend_picture(content, trend_of(topic="gone"))

    assert (picture.title, picture.colour, picture.marks) == (
        "twinflame gone (no longer there)",
        wording.BLURPLE,
        (),
    )


# ---------------------------------------------------------------------- names


def test_a_topic_is_called_by_its_title_with_its_articles_where_two_share_one(content: Content) -> None:
    assert wording.title_of(content, "twinflame", "runner") == "The runner"
    assert wording.title_of(with_second_article(content), "second", "runner") == "The runner (A second)"
    assert wording.title_of(content, "twinflame", "gone") == "twinflame gone (no longer there)"


def test_rows_have_a_label_a_text_that_is_plain_and_their_articles_colour(content: Content) -> None:
    two = with_second_article(content, colour=0x123456)
    words = Wording(two, str.upper)

    def names(by: Any, *keys: tuple[str, ...]) -> list[tuple[object, ...]]:
        name = words.names(by)
        return [tuple(name(Row(key, 1)))[:3] for key in keys]

    blue = wording.BLURPLE
    assert names("source", ("slash",), ("new",), ("",)) == [
        (wording.SOURCES["slash"], wording.SOURCES["slash"].upper(), blue),
        ("new", "NEW", blue),
        (wording.OTHER_SOURCES, wording.OTHER_SOURCES.upper(), blue),
    ]
    assert names("article", ("second",), ("gone",)) == [
        ("A second", "A SECOND", 0x123456),
        ("gone (no longer there)", "GONE (NO LONGER THERE)", blue),
    ]
    assert names("topic", ("second", "hope"), ("gone", "x")) == [
        ("Hope (A second)", "HOPE (A SECOND)", 0x123456),
        ("gone x (no longer there)", "GONE X (NO LONGER THERE)", blue),
    ]


# ---------------------------------------------------------------------- gaps


def gap_of(times: int, nearest: tuple[str, str] | None = None) -> Gap:
    return Gap(tuple(Miss(at, date(2025, 12, 22), "words", ()) for at in range(times)), nearest)


@pytest.mark.parametrize(
    ("sizes", "total", "says"),
    [
        ([], 0, "Every question found an answer."),
        ([1], 1, "One question found no answer."),
        ([2], 2, "2 questions found no answer. Similar ones are together in 1 group."),
        ([2, 1], 3, "3 questions found no answer. Similar ones are together in 2 groups."),
        (
            [2, 1],
            4_000,
            "4,000 questions found no answer. The newest 3 are grouped here. Similar ones are together in 2 groups.",
        ),
    ],
)
def test_gaps_say_how_many_and_in_how_many_groups(sizes: list[int], total: int, says: str) -> None:
    found = Gaps(MONTH, tuple(map(gap_of, sizes)), (), total)

    assert wording.gaps_heading(found) == f"4 weeks, 1–28 Dec 2025\n{says}"


def test_a_group_says_how_often_when_and_what_is_near(content: Content) -> None:
    words = Wording(content, str.upper)

    assert (
        words.gap(gap_of(3, ("twinflame", "hope"))) == "asked 3 times · last in the week of 22 Dec 2025 · closest: HOPE"
    )
    assert words.gap(gap_of(1)) == "asked once · last in the week of 22 Dec 2025 · no topic is close"


def test_a_correction_says_what_was_shown_and_what_was_wanted(content: Content) -> None:
    words = Wording(content, str.upper)
    runner, hope = ("twinflame", "runner"), ("twinflame", "hope")

    assert words.correction(Correction(runner, hope, 2)) == (
        "- 2 times, members got **THE RUNNER** but wanted **HOPE**."
    )
    assert words.correction(Correction(runner, None, 1)) == (
        "- Once, members got **THE RUNNER** and found nothing better."
    )


# ---------------------------------------------------------------------- what helped


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ({"links": 4}, []),
        ({"helpful": 7}, ["- **The runner** · helpful: 7"]),
        ({"not_asked": 1_000, "again": 3}, ["- **The runner** · not what they asked: 1,000 · asked again: 3"]),
    ],
)
def test_what_helped_names_only_topics_of_which_members_said_something(
    content: Content, counts: dict[str, int], says: list[str]
) -> None:
    row = Helped("twinflame", "runner", 5, **{"helpful": 0, "not_asked": 0, "links": 0, "again": 0} | counts)

    assert Wording(content).helped([row]) == says
    if says:
        assert Wording(content).helped([row] * 10) == [*says * 8, "… and 2 more topics."]


@pytest.mark.parametrize(
    ("days", "says"), [(-1, "today"), (0, "today"), (1, "yesterday"), (2, "2 days ago"), (1_200, "1,200 days ago")]
)
def test_a_topic_to_review_says_when_it_was_reviewed_last(days: int, says: str, content: Content) -> None:
    helped = Helped("twinflame", "runner", 5, helpful=1, not_asked=2, links=0, again=0)

    line = Wording(content).review(ToReview(helped, TODAY, days, 1.0))

    assert line == f"- **The runner** · asked 5 times · reviewed {says} · helpful: 1 · not what they asked: 2"
    line = Wording(content).review(ToReview(helped._replace(helpful=0, not_asked=0), TODAY, days, 1.0))
    assert line == f"- **The runner** · asked 5 times · reviewed {says}"


def test_a_topic_to_review_says_no_nought_for_a_number_that_is_not_told(content: Content) -> None:
    helped = Helped("twinflame", "runner", 5, helpful=5, not_asked=0, links=0, again=0)

    line = Wording(content).review(ToReview(helped, TODAY, 0, 1.0))
    assert line == "- **The runner** · asked 5 times · reviewed today · helpful: 5"
    line = Wording(content).review(ToReview(helped._replace(helpful=0, not_asked=6), TODAY, 0, 1.0))
    assert line == "- **The runner** · asked 5 times · reviewed today · not what they asked: 6"


def test_where_members_went_on_to_names_both_topics(content: Content) -> None:
    line = Wording(content, str.upper).flow(Flow("twinflame", "runner", "hope", 1_000))

    assert line == "- THE RUNNER → HOPE: 1,000"


# ---------------------------------------------------------------------- the week


def week(content: Content, **changes: Any) -> Digest:
    """A week in which one topic was asked, and nothing else is to be told."""
    return Digest(top_of(topics("runner")), (), 0, (), ())._replace(**changes)


def test_a_week_says_nothing_where_there_is_nothing(content: Content) -> None:
    assert Wording(content).digest(week(content)) == []


def test_a_week_tells_topics_that_were_asked_far_more_than_usual(content: Content) -> None:
    risers = (Riser("twinflame", "runner", 1_009, 4.5), Riser("twinflame", "hope", 5, 0.0))

    (said,) = Wording(content).digest(week(content, risers=risers))

    assert said.splitlines()[1:] == ["- **The runner** 1,009, usually 4.5 a week", "- **Hope** 5, usually 0 a week"]
    (said,) = Wording(content).digest(week(content, risers=risers[:1] * 40))
    assert said.endswith(" more.")


def test_a_week_tells_at_most_five_topics_near_what_found_no_answer(content: Content) -> None:
    nearest = tuple((topic.article.command, topic.key, 2_000) for topic in content.topics())
    titles = [topic.title for topic in content.topics()]

    (said,) = Wording(content).digest(week(content, unanswered=3, nearest=nearest))

    near = listed(f"{title} (2,000)" for title in titles[:5])
    assert said.endswith(f"\n3 questions found no answer. Closest topics: {near}.")
    (said,) = Wording(content).digest(week(content, unanswered=1))
    assert said.endswith("\nOne question found no answer.")


def test_a_week_names_ten_topics_that_nobody_asked_for(content: Content) -> None:
    unasked = tuple(content.topics())

    (said,) = Wording(content).digest(week(content, unasked=unasked))

    assert said.endswith("\n" + ", ".join(topic.title for topic in unasked[:10]) + " and 4 more topics.")
    (said,) = Wording(content).digest(week(content, unasked=unasked[:11]))
    assert said.endswith(" and 1 more topic.")
    (said,) = Wording(content).digest(week(content, unasked=unasked[:10]))
    assert said.endswith(f" and {unasked[9].title}.")
    assert Wording(content).digest(week(content, unasked=unasked, top=top_of(()))) == [], "nobody asked for any"

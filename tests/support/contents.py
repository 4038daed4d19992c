"""The shipped content, with changes and with articles beside it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lantern import PROJECT
from lantern.answers import edition as lantern_content
from lantern.content import models as articles
from lantern.languages.translation import LANGUAGES

SECOND = """
command: {command}
title: {title}
view: The view of one teacher
source: A talk in spring
colour: "#2E8B57"
topics:
  - key: breathing
    title: Breathing
    question: How do I begin to breathe calmly?
    summary: One teacher says to begin by breathing out.
    answer: In this view one begins by breathing out, slowly, and waits for the next breath to come by itself.
    keywords: [breath {command}]
    sample_questions: [how to breathe {command}]
    reviewed: 2026-11-22
"""


def content_with(folder: Path, *commands: str) -> articles.Content:
    """The shipped content and an article for each command."""
    shutil.copytree(PROJECT / "content", folder, dirs_exist_ok=True)
    for command in commands:
        text = SECOND.format(command=command, title=f"On {command}")
        (folder / f"{command}.yml").write_text(text, encoding="utf-8")
    return lantern_content.load(folder)


def changed(folder: Path, change: Callable[[str], str]) -> articles.Content:
    """The shipped content with a change in the article's file; without translations, which may not fit it any more."""
    shutil.copytree(PROJECT / "content", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*LANGUAGES))
    article = folder / "twinflame.yml"
    article.write_text(change(article.read_text(encoding="utf-8")), encoding="utf-8")
    return lantern_content.load(folder)


def without(content: articles.Content, key: str) -> articles.Content:
    """The content after an editor took a topic out."""
    article = content.articles[0]
    left = [
        replace(topic, related=tuple(other for other in topic.related if other != key))
        for topic in article.topics
        if topic.key != key
    ]
    return replace(content, articles=(replace(article, topics=tuple(left)),))


def retitled(text: str) -> str:
    """The topic `runner` under another title."""
    assert "title: The runner\n" in text
    return text.replace("title: The runner\n", "title: Running away\n")

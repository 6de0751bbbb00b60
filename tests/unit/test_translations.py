"""The Spanish pages say what the English ones say."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.translations import PROJECT, TRANSLATIONS, blocks

PAIRS = pytest.mark.parametrize(("page", "translation"), TRANSLATIONS.items())


def prose(page: str) -> str:
    return re.sub(r"^```.*?^```$", "", (PROJECT / page).read_text(), flags=re.MULTILINE | re.DOTALL)


@PAIRS
def test_both_have_the_same_commands_and_answers(page: str, translation: str) -> None:
    assert blocks(translation) == blocks(page), "python -m tests.translations copies them"


@PAIRS
def test_both_have_the_same_sections_rows_and_pictures(page: str, translation: str) -> None:
    def outline(page: str) -> list[str]:
        return re.findall(r"^(#+ |\||- |!\[|\*\*)", prose(page), re.MULTILINE)

    assert outline(translation) == outline(page)


@PAIRS
def test_both_name_the_same_parameters_commands_and_files(page: str, translation: str) -> None:
    def code(page: str) -> Counter[str]:
        return Counter(re.sub(r"\s+", " ", each) for each in re.findall(r"`([^`]+)`", prose(page)))

    assert code(translation) == code(page)


@PAIRS
def test_every_link_of_the_translation_leads_somewhere(page: str, translation: str) -> None:
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", prose(translation)):
        assert link.startswith("https://") or (PROJECT / translation).parent.joinpath(link).exists()

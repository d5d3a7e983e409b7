"""Every fact of an interval and of its cash has words, and no words ask for what there is not."""

from string import Formatter

import pytest

from cvd_desktop.services.word_table_interval import (
    CASH_REASON_WORDS,
    CASH_TERM_WORDS,
    EVIDENCE_WORDS,
    FACTS,
    KINDS,
)
from cvd_shared.cash_facts import REASONS, TERMS
from cvd_shared.dex.interval_facts import EVIDENCE
from cvd_shared.dex.meters import DeltaKind


def test_every_code_has_words_and_no_words_are_left_over() -> None:
    assert set(EVIDENCE_WORDS) == set(EVIDENCE)
    assert set(CASH_TERM_WORDS) == set(TERMS)
    assert set(CASH_REASON_WORDS) == set(REASONS)
    assert set(KINDS) == set(DeltaKind)


@pytest.mark.parametrize(
    ("code", "sentence", "values"),
    [
        *((code, text, EVIDENCE[code]) for code, text in EVIDENCE_WORDS.items()),
        *((code, text, REASONS[code]) for code, text in CASH_REASON_WORDS.items()),
        *((code, text, ()) for code, text in CASH_TERM_WORDS.items()),
    ],
)
def test_words_use_only_values_that_are_there(
    code: str, sentence: str, values: tuple[str, ...]
) -> None:
    asked = {name for _, name, _, _ in Formatter().parse(sentence) if name}
    assert asked <= set(values), code
    filled = sentence.format_map(dict.fromkeys(values, "7"))
    assert "{" not in filled
    assert filled[0].isupper() or filled[0] == "7"


def test_sentences_end_as_sentences_do() -> None:
    sentences = [*EVIDENCE_WORDS.values(), *CASH_REASON_WORDS.values()]
    sentences += [words.sentence for words in KINDS.values()]
    assert [text for text in sentences if text[-1] not in ".?"] == []
    assert [text for text in CASH_TERM_WORDS.values() if text.endswith(".")] == []


def test_the_tables_by_area() -> None:
    assert set(FACTS) == {"evidence", "cash_term", "cash_reason"}

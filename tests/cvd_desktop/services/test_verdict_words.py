"""Whatever a read ends with, its five answers are sentences that a driver understands."""

import re

import pytest

from cvd_desktop.link.outputs import FailureCode
from cvd_desktop.services.word_table_verdict import ANSWERS
from cvd_desktop.services.words import answer_words
from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.reading_maker import make_reading
from cvd_shared.read_questions import CODES, judge, link_answer, transfer_answer
from cvd_shared.read_verdict import MOST_OF_A_REPORT, Answer, ReadVerdict, State, Values
from tests.support.dex_reports import example

LONGEST = 80  # characters of a sentence with its usual values: one line of the screen
CODE = re.compile(r"[a-z]+_[a-z]+|\{|(?<!\w)\?")  # a code, a value not filled in, a value not known


def judged(data: bytes, *, complete: bool = True, failure: str | None = None) -> ReadVerdict:
    report = next(iter(read_dex(data).reports), None)
    reading = make_reading(report) if report else None
    blocks = -(-len(data) // 243)
    return judge(
        link=link_answer("dexucs", answered=blocks > 0, failure_code=failure),
        transfer=transfer_answer(
            complete, blocks, len(data), 0, 1.0, failure, ended=report is None or report.complete
        ),
        size=len(data),
        report=report,
        reading=reading,
        slots=[],
        previous=reading,
    )


def sentences(verdict: ReadVerdict) -> list[str]:
    return [answer_words(question, getattr(verdict, question)) for question in CODES]


@pytest.mark.parametrize("failure", [*FailureCode, "unknown", "interrupted"])
@pytest.mark.parametrize("blocks", [0, 3])
def test_every_failure_of_the_link_is_a_sentence(failure: str, blocks: int) -> None:
    for said in sentences(judged(example()[: blocks * 90], complete=False, failure=failure)):
        assert not CODE.search(said), said
        assert len(said) <= LONGEST


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff\x10" * 99,
        "DXS*A*VA*V0/6*1\r\n".encode("utf-16"),
        b"A" * 100_000,
        b"Good morning",
        b"DXS*",
        b"ID1*\r\nPA1*\r\nPA2*" + b"9" * 40,
        example() + b"\0" * MOST_OF_A_REPORT,
        *(example()[:cut] for cut in range(0, len(example()), 13)),
    ],
)
def test_every_bad_input_is_told_in_sentences(data: bytes) -> None:
    verdict = judged(data)
    for said in sentences(verdict):
        assert not CODE.search(said), said
    bad = [
        answer for answer in map(verdict.__getattribute__, CODES) if answer.state is not State.OK
    ]
    assert bad


def test_every_sentence_fits_its_line() -> None:
    usual: Values = {
        "size": 6204,
        "blocks": 26,
        "g85": "3A7F",
        "computed": "9C01",
        "segments": 211,
        "declared": 106,
        "seconds": 11.2,
        "retries": 12,
        "first": "10, 12, 14",
        "was": "10427",
        "is": "10428",
        "other": "10429",
        "failure": "strange",
        "link": "dexucs",
        **dict.fromkeys(("meters", "units", "matched", "selections", "restarted"), 148),
        **dict.fromkeys(("missing", "new", "prices", "reads", "resets", "rolled_over"), 48),
        **dict.fromkeys(("lower", "count", "jumped"), 18),
    }
    for key in ANSWERS:
        question, _, code = key.rpartition(".") if key.count(".") == 1 else ("", "", key)
        if question in CODES and "+" not in code:
            said = answer_words(question, Answer(State.OK, code, values=dict(usual)))
            assert not CODE.search(said), key
            assert len(said) <= LONGEST, (len(said), said)


def test_the_words_of_a_wrong_machine_name_the_right_one() -> None:
    wrong = Answer(State.FAILED, "other_machine", values={"was": "10427", "is": "10428"})
    assert "10428" in answer_words("plausibility", wrong)
    wrong.values["other"] = "10429"
    assert "10429" in answer_words("plausibility", wrong)

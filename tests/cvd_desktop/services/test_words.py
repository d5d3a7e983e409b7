"""Every code that a person can meet has words, and the words need nothing that is not given."""

import ast
import string
from pathlib import Path

import pytest

import cvd_desktop
from cvd_desktop.link.outputs import FailureCode
from cvd_desktop.services.word_table import PROBLEMS
from cvd_desktop.services.word_table_sync import SYNC
from cvd_desktop.services.word_table_verdict import ANSWERS
from cvd_desktop.services.words import answer_words, has_words, words
from cvd_desktop.sync.server_api import TroubleCode
from cvd_shared import read_questions
from cvd_shared.read_verdict import Answer, State

ROOT = Path(cvd_desktop.__file__).parent


def _codes_in_the_program() -> set[str]:
    """The first argument of every `Problem("...")`."""
    found = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "Problem"
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(node.args[0].value)
    return found


def test_every_code_has_words() -> None:
    codes = _codes_in_the_program() | set(FailureCode) | set(TroubleCode)
    assert "wrong_key" in codes
    assert [code for code in sorted(codes) if not has_words(code)] == []


@pytest.mark.parametrize("code", [f"0{number}" for number in range(1, 6)])
def test_every_refusal_says_who_acts(code: str) -> None:
    said = words("refused", {"response": code, "blocks": 0})
    assert f"code {code}" in said.what
    assert said.who in ("you", "a technician")
    assert said.do
    assert said.safe == "Nothing was read. The machine has changed nothing."


def test_what_arrived_is_said_to_be_kept() -> None:
    said = words("broken_off", {"why": "silence", "blocks": 17})
    assert "17 blocks" in said.safe
    assert "silent" in said.what


def test_every_answer_to_the_five_questions_has_words() -> None:
    """The table in the docstring of read_questions.py is what there is; a test there holds it."""
    question, missing, count = "", [], 0
    for line in (read_questions.__doc__ or "").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or len(cells) < 4 or cells[2] not in set(State):
            continue
        question = cells[0] or question
        count += 1
        if f"{question}.{cells[1]}" not in ANSWERS:
            missing.append(f"{question}.{cells[1]}")
    assert missing == []
    assert count > 30


def test_answers_choose_their_variant() -> None:
    lost = Answer(State.FAILED, "broken_off", values={"blocks": 2, "size": 9, "failure": "bad_crc"})
    assert answer_words("transfer", lost) == "2 blocks, 9 bytes, then a block stayed damaged"
    odd = Answer(State.OK, "matches", values={"g85": "3A7F", "segments": 9, "declared": 8})
    assert "SE says 8 of 9" in answer_words("integrity", odd)
    link = Answer(State.OK, "answered", values={"link": "dexucs"})
    assert answer_words("link", link) == "The machine answered by DEX/UCS"


def test_no_sentence_fails_without_its_values() -> None:
    for code, entry in {**PROBLEMS, **SYNC}.items():
        said = words(code, {})
        assert said.what, code
        assert said.who, code
        for text in entry:
            assert all(name is None or name.isidentifier() for _, name, _, _ in
                       string.Formatter().parse(text))  # fmt: skip


def test_code_of_a_newer_server_is_named_as_it_is() -> None:
    assert "brand_new" in words("brand_new", {}).what
    assert "brand_new" in answer_words("link", Answer(State.WARNING, "brand_new"))

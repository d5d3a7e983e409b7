"""A text told by its difference: whole or not at all, and never more than there is room for."""

import base64
import zlib

import pytest

from cvd_shared.alike import known_text, told, understood
from tests.support.field_events import raw_report

EARLIER, NOW = raw_report(sold=7), raw_report(sold=9)


def test_what_is_told_is_understood_by_whoever_has_the_earlier_text() -> None:
    said = told(NOW, EARLIER)
    assert understood(said, EARLIER, len(NOW)) == NOW
    assert len(said) < len(base64.b64encode(zlib.compress(NOW, 9)))


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(told(NOW, raw_report(sold=8)), id="of another text"),
        pytest.param(told(NOW, EARLIER)[:-8], id="cut"),
        pytest.param(base64.b64encode(b"no zlib").decode(), id="no zlib"),
        pytest.param("no base64!", id="no base64"),
        pytest.param(told(NOW + b" ", EARLIER), id="too long"),
        pytest.param(told(bytes(10_000_000), EARLIER), id="a bomb"),
        pytest.param(
            base64.b64encode(base64.b64decode(told(NOW, EARLIER)) + b"more").decode(), id="more"
        ),
    ],
)
def test_what_is_not_whole_is_not_understood(said: str) -> None:
    with pytest.raises(ValueError, match=r"not what was packed|too much, or cut"):
        understood(said, EARLIER, len(NOW))


def test_both_sides_spell_the_earlier_payload_alike() -> None:
    one = known_text({"b": 1.5, "a": "é"}, "2026", "id", ["x"])
    assert one == known_text({"a": "é", "b": 1.5}, "2026", "id", ["x"])
    assert one == '{"a":"é","b":1.5}2026idx'.encode()

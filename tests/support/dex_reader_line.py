"""The DEX/UCS reader on a line played by hand, fresh or past both handshakes."""

from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_station import DexSettings
from tests.support.dex_lines import HANDSHAKE_1, HANDSHAKE_2
from tests.support.line_script import LineScript

ENQ, EOT = b"\x05", b"\x04"
ACK0, ACK1 = b"\x100", b"\x101"


def reader(**settings: object) -> LineScript:
    return LineScript(DexReader(DexSettings(**settings)))  # type: ignore[arg-type]


def before_data(**settings: object) -> LineScript:
    """Past both handshakes and the ENQ of session 3."""
    line = reader(**settings)
    assert line.said() == ENQ
    assert line.answer_to(ACK0) == HANDSHAKE_1
    assert line.answer_to(ACK1) == EOT
    assert line.answer_to(ENQ) == ACK0
    assert line.answer_to(HANDSHAKE_2) == ACK1
    assert line.answer_to(EOT) == b""
    assert line.answer_to(ENQ) == ACK0
    return line

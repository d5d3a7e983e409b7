"""A reader that talks with nonsense, and one that is killed: no hang, no reset without a read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_machine import DexMachine
from cvd_desktop.link.outputs import Finished
from tests.support.dex_lines import LONG_REPORT, SMALL_REPORT
from tests.support.fifo_wire import FifoWire, Pieces
from tests.support.link_doubles import KilledAndReplaced


@settings(max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=60)), max_size=30))
def test_a_peer_that_talks_nonsense_does_not_keep_the_reader_for_ever(
    nonsense: list[tuple[bool, bytes]],
) -> None:
    """Whatever a machine says is replaced by anything, control characters among it."""
    left = iter(nonsense)

    def meddle(sender: str, data: bytes) -> Pieces:
        replace, instead = next(left, (False, b""))
        return [(0.0, instead if replace and sender == "M" else data)]

    run = FifoWire(DexReader(), DexMachine(lambda: LONG_REPORT), meddle).play()
    assert run.end is not None


@pytest.mark.parametrize("faults", [[], ["machine_master"], ["lost_ack:4"], ["wrong_crc:4"]])
@pytest.mark.parametrize("report", [SMALL_REPORT, LONG_REPORT])
def test_a_killed_reader_leaves_a_machine_that_has_not_reset_or_a_whole_report(
    report: bytes, faults: list[str]
) -> None:
    """Killed after each single output, the stores and the sendings among them."""
    complete = incomplete = 0
    for outputs in range(200):
        machine = DexMachine(lambda: report, faults=faults)
        wire = FifoWire(DexReader(), machine, dies_after=outputs)
        run = wire.play()
        if machine.completed:
            complete += 1
            assert run.document == report
            assert run.has_last
        else:
            incomplete += 1
        if isinstance(run.end, Finished):
            break
    assert complete >= 2
    assert incomplete > 10
    assert isinstance(run.end, Finished)


@pytest.mark.parametrize("faults", [[], ["no_enq"], ["machine_master"], ["lost_ack:2"]])
@pytest.mark.parametrize("pause", [0.005, 0.4, 1.1, 2.0, 2.6, 5.0])
def test_a_reader_that_comes_after_a_killed_one_never_completes_what_that_had_begun(
    faults: list[str], pause: float
) -> None:
    """Two blocks: a new reader says ACK0 to ENQ, which is also the number of the second block."""
    report = SMALL_REPORT + SMALL_REPORT
    for outputs in range(24):
        readers = KilledAndReplaced(DexReader, outputs, pause)
        machine = DexMachine(lambda: report, faults=[*faults, "block_size:150"])
        run = FifoWire(readers, machine).play()
        for document, whole in zip(readers.documents, readers.whole, strict=True):
            assert report.startswith(document)
            assert not whole or document == report
        assert all(run.whole_when_completed), "acknowledged before it was stored"
        if isinstance(run.end, Finished):
            assert any(readers.whole)

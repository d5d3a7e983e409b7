"""What a person answers about slots and selections, machine by machine, as long as the window is
open. Nothing of it is recorded: the list of slots goes to the office."""

from cvd_desktop.domain.records import ReadDetail
from cvd_shared.selection_mapping import Mapping, answer, moved

Answer = tuple[str, str | None]
"""Slot, and the selection whose counter moved when it was vended; None for none of them."""


class MappingTalk:
    """Keeps the answers, and tells which counter moved between two reads of the same machine."""

    def __init__(self) -> None:
        self._answers: dict[str, list[Answer]] = {}
        self._last: ReadDetail | None = None
        self._moved: str | None = None

    def note(self, detail: ReadDetail) -> None:
        """Another read is shown: what moved since the one shown before it, if it is the same
        machine's."""
        before, self._last = self._last, detail
        if before is not None and before.summary.id == detail.summary.id:
            return
        self._moved = None
        if before is None or before.reading is None or detail.reading is None:
            return
        if _key(before) == _key(detail) and before.summary.at < detail.summary.at:
            self._moved = moved(before.reading, detail.reading)

    @property
    def moved(self) -> str | None:
        """The one selection that moved since the read shown before; None when it is not clear."""
        return self._moved

    def mapping(self, detail: ReadDetail) -> Mapping | None:
        """The proposals of a read with the answers given so far."""
        found = detail.mapping
        for slot, selection in self._answers.get(_key(detail), ()):
            found = _told(found, slot, selection)
        return found

    def answers(self, detail: ReadDetail) -> tuple[Answer, ...]:
        return tuple(self._answers.get(_key(detail), ()))

    def tell(self, detail: ReadDetail, slot: str, selection: str | None) -> None:
        """A person vended `slot`, and the counter of `selection` moved."""
        given = self._answers.setdefault(_key(detail), [])
        given[:] = [each for each in given if each[0] != slot]
        given.append((slot, selection))
        self._moved = None

    def undo(self, detail: ReadDetail) -> None:
        """Take the last answer back."""
        given = self._answers.get(_key(detail))
        if given:
            given.pop()


def _told(mapping: Mapping | None, slot: str, selection: str | None) -> Mapping | None:
    if mapping is None:
        return None
    try:
        return answer(mapping, slot, selection)
    except ValueError:  # the planogram or the machine has changed since it was answered
        return mapping


def _key(detail: ReadDetail) -> str:
    summary = detail.summary
    return summary.machine_id or summary.machine_asset or summary.id

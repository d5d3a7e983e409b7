"""The bar at the top: where am I, find, sync, machine, person, lock."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout

from cvd_desktop.ui.theme import Look, Tone
from cvd_desktop.ui.widgets.chip import (
    Chip,
    ChipFace,
    MachineChip,
    MachineChipState,
    SyncChip,
)
from cvd_desktop.ui.widgets.painting import key_words
from cvd_desktop.ui.widgets.text_label import NameLabel

LARGE_TEXT = 1.5
"""From this text scale on the bar keeps place and sync chip; the rest is under keys and `More`."""

_LEAST_DETAIL = 160  # px at text scale 1: less of it says nothing


def initials(name: str) -> str:
    """ "Driver 07" becomes "D7": the first letter and the number, or two first letters."""
    words = name.split()
    if not words:
        return ""
    number = words[-1].lstrip("0") if words[-1].isdigit() else ""
    if number and len(words) > 1:
        return words[0][0].upper() + number
    return "".join(word[0].upper() for word in words[:2])


class TopBar(QFrame):
    """Shows as much as has room; what is dropped stays reachable by its key."""

    def __init__(self, look: Look, find: QAction, person: QAction, lock: QAction) -> None:
        super().__init__()
        self._look = look
        self._compact = False
        self._name = ""
        self.setProperty("role", "topbar")
        self.place = NameLabel(look, "", "head")
        self.detail = NameLabel(look, "", "dense", Tone.MUTED)
        self.find_chip = Chip(
            look,
            ChipFace("search", find.text(), tone=Tone.MUTED, key=key_words(find.shortcut())),
        )
        self.sync_chip = SyncChip(look)
        self.machine_chip = MachineChip(look)
        self.person_chip = Chip(look, ChipFace("person", person.text()))
        self.lock_chip = Chip(
            look,
            ChipFace("lock", lock.text(), description=key_words(lock.shortcut())),
        )
        self.lock_chip.set_level(2)
        self.lock_chip.setVisible(lock.isVisible())
        self._can_lock = lock.isVisible()
        self.find_chip.clicked.connect(find.trigger)
        self.person_chip.clicked.connect(person.trigger)
        self.lock_chip.clicked.connect(lock.trigger)
        row = QHBoxLayout(self)
        row.setSpacing(look.theme.space.s)
        row.addWidget(self.place, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.detail, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(0)
        for chip in self._chips().values():
            row.addWidget(chip)
        self._row = row
        look.follow(self._restyle)

    def _chips(self) -> dict[str, Chip]:
        """The chips from left to right, under the names of the plans."""
        return {
            "find": self.find_chip,
            "sync": self.sync_chip,
            "machine": self.machine_chip,
            "person": self.person_chip,
            "lock": self.lock_chip,
        }

    def show_place(self, place: str, detail: str) -> None:
        """Where the person is."""
        self.place.set_text(place)
        self.detail.set_text(detail)
        self.arrange()

    def show_person(self, name: str, detail: str, invite: str) -> None:
        """Who is signed in, with server and role in `detail`; nobody: `invite` says what to do."""
        self._name = name
        self.person_chip.show_face(
            ChipFace("", name, initials(name), flat=True, description=detail)
            if name
            else ChipFace("person", invite, description=detail)
        )
        self.arrange()

    def set_compact(self, compact: bool) -> None:
        """Find as its icon, the person as initials."""
        if compact != self._compact:
            self._compact = compact
            self.arrange()

    def _restyle(self) -> None:
        theme = self._look.theme
        self.setFixedHeight(theme.chrome_px(theme.frame.top_bar))
        self._row.setContentsMargins(theme.pad_px(theme.space.l), 0, theme.space.s, 0)
        lower = self.place.baseline() - self.detail.baseline()  # both on one base line
        self.detail.setContentsMargins(0, 2 * lower, 0, 0)
        self.arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self.arrange()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(0, self.height())

    def arrange(self) -> None:
        """Drop or shorten from the least needed on, until the rest fits."""
        margins = self._row.contentsMargins()
        room = self.width() - margins.left() - margins.right()
        plans: tuple[dict[str, int], ...] = _PLANS
        if self._look.theme.text_scale >= LARGE_TEXT:
            busy = self.machine_chip.state in (
                MachineChipState.READING,
                MachineChipState.PULL_THE_PLUG,
            )
            plans = _LARGE_BUSY if busy else _LARGE
        elif self._compact:
            plans = _PLANS[2:]
        for plan in plans:
            if self._needed(plan) <= room:
                break
        self._apply(plan)
        left = room - self._needed(plan)
        enough = min(self.detail.full_width(), self._look.theme.text_px(_LEAST_DETAIL))
        self.detail.setVisible(bool(plan["detail"]) or left >= enough + self._row.spacing())

    def _needed(self, plan: dict[str, int]) -> int:
        gap = self._row.spacing()
        wide = self.place.full_width() + gap
        if plan["detail"]:
            wide += self.detail.full_width() + gap
        for name, chip in self._chips().items():
            if self._shown(plan, name):
                wide += gap + chip.width_at(plan[name])
        return wide

    def _shown(self, plan: dict[str, int], name: str) -> bool:
        return plan[name] >= 0 and (name != "lock" or self._can_lock)

    def _apply(self, plan: dict[str, int]) -> None:
        for name, chip in self._chips().items():
            chip.setVisible(self._shown(plan, name))
            if plan[name] >= 0:
                chip.set_level(plan[name])
        self.place.setMaximumWidth(self.place.full_width())


def _plan(
    *, detail: int, find: int, sync: int, machine: int, person: int, lock: int = 2
) -> dict[str, int]:
    """Levels of the chips (0 whole, 1 short, 2 shape, -1 gone); `detail` 1 when it must fit."""
    return {
        "detail": detail,
        "find": find,
        "sync": sync,
        "machine": machine,
        "person": person,
        "lock": lock,
    }


_PLANS = (
    _plan(detail=1, find=0, sync=0, machine=0, person=0),
    _plan(detail=1, find=2, sync=0, machine=0, person=0),
    _plan(detail=1, find=2, sync=0, machine=0, person=1),
    _plan(detail=0, find=2, sync=0, machine=0, person=1),
    _plan(detail=0, find=2, sync=1, machine=0, person=1),
    _plan(detail=0, find=2, sync=1, machine=0, person=-1, lock=-1),
    _plan(detail=0, find=-1, sync=1, machine=0, person=-1, lock=-1),
    _plan(detail=0, find=-1, sync=1, machine=2, person=-1, lock=-1),
    _plan(detail=0, find=-1, sync=1, machine=-1, person=-1, lock=-1),
)
_LARGE = (
    _plan(detail=0, find=-1, sync=0, machine=-1, person=-1, lock=-1),
    _plan(detail=0, find=-1, sync=1, machine=-1, person=-1, lock=-1),
)
_LARGE_BUSY = (
    _plan(detail=0, find=-1, sync=0, machine=0, person=-1, lock=-1),
    _plan(detail=0, find=-1, sync=1, machine=0, person=-1, lock=-1),
    *_LARGE,
)

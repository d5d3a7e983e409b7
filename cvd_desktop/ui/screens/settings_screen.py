"""Settings: how it looks, which adapter, what this program is. Every choice acts at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from cvd_desktop.domain.records import PortFact
from cvd_desktop.ui import formats
from cvd_desktop.ui.background import Background, Lane
from cvd_desktop.ui.dialogs.text_dialog import TextDialog
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.read_view import port_name, port_place
from cvd_desktop.ui.resource_files import resource
from cvd_desktop.ui.screen import Screen
from cvd_desktop.ui.screens.settings_lock_card import LockCard, LockServices
from cvd_desktop.ui.theme import TEXT_SCALES, THEME_KEYS, Look, Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.choice import Choice
from cvd_desktop.ui.widgets.fact_list import FactList
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.told_card import ToldCard
from cvd_desktop.ui.widgets.two_columns import TwoColumns

if TYPE_CHECKING:
    from cvd_desktop.devices.adapter_profiles import AdapterProfile
    from cvd_desktop.ui.dialogs.adapter_dialog import AdapterDialog


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person chooses here. `port` is a device, or "" when it is chosen by itself."""

    theme: str = "light"
    text_scale: float = 1.0
    port: str = ""
    lock_minutes: int = 15


@dataclass(frozen=True, slots=True)
class SettingsFacts:
    """What the screen shows and does not change."""

    data_dir: str
    versions: tuple[tuple[str, str], ...]  # (what, version), this program first


@dataclass(frozen=True, slots=True)
class AdapterProfiles:
    """The profile that counts for an adapter, and those that one can begin with."""

    now: AdapterProfile
    known: tuple[AdapterProfile, ...]


@dataclass(frozen=True, slots=True)
class SettingsServices:
    """`save` keeps the preferences. All run in a lane, none of them on the GUI thread."""

    list_ports: Callable[[], list[PortFact]]
    save: Callable[[Preferences], None]
    adapter_profiles: Callable[[str], AdapterProfiles] | None = None  # of what is at a port
    keep_adapter: Callable[[str, str, Mapping[str, object]], object] | None = None
    """Port, name of the profile to begin with, fields that differ. Raises Problem."""
    lock: LockServices | None = None


class SettingsScreen(Screen):
    """Look at the left; adapter and program at the right."""

    name = "settings"
    icon = "settings"
    topics = frozenset({"settings"})

    def __init__(
        self,
        look: Look,
        background: Background,
        messages: Messages,
        services: SettingsServices,
        facts: SettingsFacts,
        preferences: Preferences,
    ) -> None:
        super().__init__()
        self._look = look
        self._background = background
        self._messages = messages
        self._services = services
        self._facts = facts
        self.preferences = preferences
        self._back = self.make_action(
            self._look, "arrow-right", "", self.left.emit, self.tr("Back to work")
        )
        self._next_theme = self.make_action(
            self._look, "contrast", "F7", self._take_next_theme, self.tr("Next theme")
        )
        self._larger = self.make_action(
            self._look, "text-size", "F8", self._take_next_scale, self.tr("Text size")
        )
        self._licences = self.make_action(
            self._look, "file", "F12", self._show_licences, self.tr("Licences")
        )
        self._folder = self.make_action(
            self._look, "folder", "Ctrl+D", self._open_folder, self.tr("Open the data folder")
        )
        self.adapter_action = self.make_action(
            self._look, "plug", "F9", self._ask_adapter, self.tr("Adapter profile")
        )
        self._seen: tuple[PortFact, ...] = ()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._page = TwoColumns(look, 440, 348)
        outer.addWidget(self._page)
        self.trouble = ToldCard(look)
        self.trouble.hide()
        self._page.main.addWidget(self.trouble)
        self.themes: dict[str, Choice] = {}
        self.scales: dict[float, Choice] = {}
        self.ports: dict[str, Choice] = {}
        self._build_look()
        self._build_adapter()
        self._build_lock()
        self._build_program()
        look.follow(self._show_look)

    def _build_look(self) -> None:
        look = self._look
        words = {
            "light": (self.tr("Light"), self.tr("Paper, for indoors and most days.")),
            "dark": (self.tr("Dark"), self.tr("Graphite, for early mornings and dark rooms.")),
            "sunlight": (
                self.tr("Sunlight"),
                self.tr("Black on white with heavy lines, for a screen in the sun."),
            ),
        }
        card = Card(look, self.tr("Theme"))
        group, column = _column(look)
        for key in THEME_KEYS:
            choice = Choice(look, *words[key])
            choice.clicked.connect(self._theme_taker(key))
            self.themes[key] = choice
            column.addWidget(choice)
        card.body.addWidget(group)
        self._page.main.addWidget(card)
        text = Card(look, self.tr("Text size"))
        row = QWidget()
        sizes = QGridLayout(row)
        sizes.setContentsMargins(0, 0, 0, 0)
        sizes.setSpacing(look.theme.control.touch_gap)
        for number, scale in enumerate(TEXT_SCALES):
            choice = Choice(look, f"{formats.number(round(scale * 100))} %")
            choice.clicked.connect(self._scale_taker(scale))
            self.scales[scale] = choice
            sizes.addWidget(choice, number // 2, number % 2)
        text.body.addWidget(row)
        text.body.addWidget(
            TextLabel(
                look,
                self.tr("Every screen works up to 200 %. Bars and buttons grow less than text."),
                "dense",
                Tone.MUTED,
                wrap=True,
            )
        )
        self._page.main.addWidget(text)
        self._page.main.addStretch(1)

    def _build_adapter(self) -> None:
        look = self._look
        card = Card(look, self.tr("Adapter"))
        self._ports_group, self._ports_column = _column(look)
        self.no_ports = TextLabel(
            look, self.tr("Looking for adapters."), "dense", Tone.MUTED, wrap=True
        )
        card.body.addWidget(self._ports_group)
        card.body.addWidget(self.no_ports)
        self._page.side.addWidget(card)
        self._show_ports([])
        self.no_ports.setText(self.tr("Looking for adapters."))

    def _build_lock(self) -> None:
        self.lock: LockCard | None = None
        if self._services.lock is not None:
            self.lock = LockCard(
                self._look,
                self._background,
                self._messages,
                self._services.lock,
                self.preferences.lock_minutes,
            )
            self.lock.minutes_chosen.connect(
                lambda minutes: self._take(replace(self.preferences, lock_minutes=minutes))
            )
            self._page.side.addWidget(self.lock)

    def _build_program(self) -> None:
        card = Card(self._look, self.tr("This program"))
        self.program = FactList(self._look)
        self.program.show_lines(
            [*self._facts.versions, (self.tr("Data folder"), self._facts.data_dir)]
        )
        card.body.addWidget(self.program)
        self._page.side.addWidget(card)
        self._page.side.addStretch(1)

    # What the frame asks

    def word(self) -> str:
        return self.tr("Settings")

    def place(self) -> tuple[str, str]:
        return self.tr("Settings"), self.tr("for this laptop")

    def primary(self) -> QAction:
        return self._back

    def secondary(self) -> Sequence[QAction]:
        adapter = (self.adapter_action,) if self._services.keep_adapter is not None else ()
        return (self._next_theme, self._larger, *adapter, self._licences, self._folder)

    def reload(self) -> None:
        self._background.run(
            Lane.DATABASE, self._services.list_ports, done=self._show_ports, failed=self._failed
        )
        if self.lock is not None:
            self.lock.reload()

    # What happens

    def _theme_taker(self, key: str) -> Callable[[], None]:
        return lambda: self._take(replace(self.preferences, theme=key))

    def _scale_taker(self, scale: float) -> Callable[[], None]:
        return lambda: self._take(replace(self.preferences, text_scale=scale))

    def _port_taker(self, device: str) -> Callable[[], None]:
        return lambda: self._take(replace(self.preferences, port=device))

    def _take_next_theme(self) -> None:
        here = THEME_KEYS.index(self._look.theme.key)
        self._theme_taker(THEME_KEYS[(here + 1) % len(THEME_KEYS)])()

    def _take_next_scale(self) -> None:
        larger = [scale for scale in TEXT_SCALES if scale > self._look.theme.text_scale]
        self._scale_taker(larger[0] if larger else TEXT_SCALES[0])()

    def _take(self, preferences: Preferences) -> None:
        """Act at once and keep it; what cannot be kept is said."""
        if preferences == self.preferences:
            return
        self.preferences = preferences
        self._look.show(preferences.theme, preferences.text_scale)
        self._background.run(
            Lane.DATABASE,
            lambda: self._services.save(preferences),
            done=self._saved,
            failed=self._failed,
            topics={"settings"},
        )

    def _saved(self, nothing: object) -> None:
        del nothing
        self.trouble.hide()

    def _failed(self, error: BaseException) -> None:
        told = self._messages.error(error)
        self.trouble.show_told(
            self.tr("This choice is not kept"), "", told, "warning", Tone.CRITICAL
        )
        self.trouble.show()

    def _show_look(self) -> None:
        """The theme may be changed elsewhere too: show what is."""
        theme = self._look.theme
        self.themes[theme.key].setChecked(True)
        nearest = min(self.scales, key=lambda scale: abs(scale - theme.text_scale))
        self.scales[nearest].setChecked(True)

    def _port(self) -> PortFact | None:
        """The port of the adapter that a profile is for: the chosen one, else the likely one."""
        chosen = [port for port in self._seen if port.device == self.preferences.port]
        likely = [port for port in self._seen if port.likely]
        return next(iter((*chosen, *likely, *self._seen)), None)

    def _ask_adapter(self) -> None:
        port, profiles = self._port(), self._services.adapter_profiles
        if port is not None and profiles is not None:
            self._background.run(
                Lane.DATABASE,
                partial(profiles, port.device),
                partial(self._show_adapter, port),
                self._failed,
            )

    def _show_adapter(self, port: PortFact, profiles: AdapterProfiles) -> None:
        from cvd_desktop.ui.dialogs.adapter_dialog import AdapterDialog

        name = " ".join(part for part in (port_name(port), port_place(port)) if part)
        dialog = AdapterDialog(self._look, name, profiles.now, profiles.known, self)
        dialog.kept.connect(partial(self._keep_adapter, dialog, port))
        dialog.show()

    def _keep_adapter(
        self, dialog: AdapterDialog, port: PortFact, begin: str, fields: Mapping[str, object]
    ) -> None:
        keep = self._services.keep_adapter
        if keep is not None:
            self._background.run(
                Lane.DATABASE,
                partial(keep, port.device, begin, fields),
                lambda _: dialog.accept(),
                lambda error: dialog.show_problem(self._messages.error(error)),
            )

    def _show_ports(self, ports: Sequence[PortFact]) -> None:
        look = self._look
        self._seen = tuple(ports)
        self.adapter_action.setEnabled(bool(ports))
        self.adapter_action.setStatusTip("" if ports else self.tr("Plug the adapter in first"))
        for choice in self.ports.values():
            self._ports_column.removeWidget(choice)
            choice.hide()
            choice.deleteLater()
        by_itself = Choice(
            look, self.tr("By itself"), self.tr("The one known adapter that is plugged in.")
        )
        self.ports = {"": by_itself}
        for port in ports:
            self.ports[port.device] = Choice(look, port_name(port), port_place(port))
        wanted = self.preferences.port
        if wanted and wanted not in self.ports:
            self.ports[wanted] = Choice(look, wanted, self.tr("Not plugged in now"))
        for device, choice in self.ports.items():
            choice.setChecked(device == wanted)
            choice.clicked.connect(self._port_taker(device))
            self._ports_column.addWidget(choice)
        self.no_ports.setText(
            self.tr("No adapter is plugged in. Plug one in, then open Settings again.")
        )
        self.no_ports.setVisible(not ports)

    def _show_licences(self) -> None:
        parts = [resource("licences", "components.txt").read_text(encoding="utf-8")]
        parts += [
            f"{path.stem}\n\n{path.read_text(encoding='utf-8')}"
            for path in sorted(resource("fonts").glob("*-OFL.txt"))
        ]
        rule = "\n" + "\N{BOX DRAWINGS LIGHT HORIZONTAL}" * 40 + "\n\n"
        TextDialog(self._look, self.tr("Licences"), rule.join(parts), self).open()

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._facts.data_dir))


def _column(look: Look) -> tuple[QWidget, QVBoxLayout]:
    """A group of choices: exclusive among themselves because they share this parent."""
    group = QWidget()
    column = QVBoxLayout(group)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(look.theme.control.touch_gap)
    return group, column

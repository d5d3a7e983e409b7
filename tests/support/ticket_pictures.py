"""What the pictures of the Tickets screen and of meters by hand show: views, sizes, themes, states.

Run it: .venv/bin/python -m tests.support.ticket_pictures [part of a name]
"""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.settled import raise_error, settle

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from cvd_desktop.ui.screens.meters_screen import MetersScreen
    from cvd_desktop.ui.screens.tickets_screen import TicketsScreen
    from tests.support.ticket_shop import TicketShop

LOOKS = {
    "": ("light", 1.0, (1280, 800)),
    "-dark-compact": ("dark", 1.0, (1024, 768)),
    "-sunlight-wide": ("sunlight", 1.0, (1920, 1080)),
    "-200": ("light", 2.0, (1280, 800)),
    "-200-compact": ("sunlight", 2.0, (1024, 768)),
}
Settle = Callable[[], None]
Prepare = Callable[["TicketsScreen", "TicketShop", Settle], None]
PrepareMeters = Callable[["MetersScreen", "TicketShop", Settle], None]


def _list(screen: "TicketsScreen", shop: "TicketShop", settle: Settle) -> None:
    shop.services().take_ticket("t2")
    screen.reload()


def _ticket(view: str, ticket_id: str = "t2") -> Prepare:
    def prepare(screen: "TicketsScreen", shop: "TicketShop", settle: Settle) -> None:
        screen.open_ticket(ticket_id)
        settle()
        screen.page.show_view(view)

    return prepare


def _working(screen: "TicketsScreen", shop: "TicketShop", settle: Settle) -> None:
    from cvd_shared.wire_events import PartUsed

    shop.services().arrive("t2")
    shop.clock.go_on(minutes=23)
    _ticket("work")(screen, shop, settle)
    part = screen.page.work
    part.actions_field.edit.setPlainText(
        "Freed motor 61, cleaned the drop sensor.\nTen test vends of row 6, all came out."
    )
    part.parts.show_parts(
        (
            PartUsed(name="Vend motor 24 V", number="VM-2440", quantity=1),
            PartUsed(name="Spiral, left turning, 12 places", number="SP-12-L", quantity=2),
        )
    )
    part.outcome.edit.setPlainText("It sells again. Motor 62 is worn too.")


def _missing(screen: "TicketsScreen", shop: "TicketShop", settle: Settle) -> None:
    _ticket("work")(screen, shop, settle)
    screen.finish_action.trigger()


def _refused(screen: "TicketsScreen", shop: "TicketShop", settle: Settle) -> None:
    shop.services().work_ticket("t4", "resolved", "Cleared the entry", "", (), None)
    shop.answer("rejected", "out_of_scope")
    _ticket("job", "t4")(screen, shop, settle)


def _history(screen: "TicketsScreen", shop: "TicketShop", settle: Settle) -> None:
    shop.clock.go_on(hours=1)
    shop.services().work_ticket("t1", "in_progress", "Relay fitted", "Runs, measured", (), None)
    _ticket("history", "t1")(screen, shop, settle)


def _new(screen: "TicketsScreen", shop: "TicketShop", settle: Settle) -> None:
    screen.new_ticket("m1", ())


def _choose(screen: "TicketsScreen", shop: "TicketShop", settle: Settle) -> None:
    screen.choose_machine()


def _nobody(screen: "TicketsScreen", shop: "TicketShop", settle: Settle) -> None:
    shop.sign_out()
    screen.list.look_for("nothing like this")
    screen.list.clear()
    screen.reload()


def _driver(screen: "TicketsScreen", shop: "TicketShop", settle: Settle) -> None:
    from cvd_shared.wire_records import UserRecord

    shop.sign_in("driver")
    shop.change(UserRecord(id="u-technician", name="d", role="driver"))
    screen.reload()
    settle()
    _ticket("job")(screen, shop, settle)


def _nothing(screen: "TicketsScreen", shop: "TicketShop", settle: Settle) -> None:
    screen.list.look_for("walrus")


def _browse(screen: "TicketsScreen", shop: "TicketShop", settle: Settle) -> None:
    screen.show_guide()
    screen.guide.code.set_text("EK2M")
    screen.guide.look_for("EK2M")


SCENES: dict[str, Prepare] = {
    "browse": _browse,
    "list": _list,
    "job": _ticket("job"),
    "guide": _ticket("guide"),
    "work": _working,
    "missing": _missing,
    "refused": _refused,
    "history": _history,
    "new": _new,
    "choose": _choose,
    "nobody": _nobody,
    "driver": _driver,
    "nothing": _nothing,
}


def _type(screen: "MetersScreen", vends: str, value: str, cash_box: str) -> None:
    for name, text in (("vends", vends), ("value", value), ("cash_box", cash_box)):
        field = screen.page.fields[name]
        field.set_text(text)
        field.edited.emit(text)


def _meters(vends: str, value: str, cash_box: str, machine_id: str = "m1") -> PrepareMeters:
    def prepare(screen: "MetersScreen", shop: "TicketShop", settle: Settle) -> None:
        screen.show_machine(machine_id)
        settle()
        _type(screen, vends, value, cash_box)

    return prepare


def _recorded(screen: "MetersScreen", shop: "TicketShop", settle: Settle) -> None:
    _meters("950", "1,350.00", "")(screen, shop, settle)
    screen.record_action.trigger()


def _lower(screen: "MetersScreen", shop: "TicketShop", settle: Settle) -> None:
    _meters("12", "1,350.00", "")(screen, shop, settle)
    screen.record_action.trigger()


METER_SCENES: dict[str, PrepareMeters] = {
    "typed": _meters("950", "1,350.00", "520"),
    "lower": _lower,
    "odd": _meters("9x", "", ""),
    "unknown": _meters("", "", "", "m2"),
    "recorded": _recorded,
}


def take_ticket_pictures(folder: Path, wanted: Sequence[str]) -> Iterator[Path]:
    """Save each scene in each look as <folder>/tickets-<name>.png."""
    from PySide6.QtWidgets import QApplication

    from cvd_desktop.ui.theme import Look

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    look = Look(application)
    for suffix, (theme, scale, size) in LOOKS.items():
        for name, prepare in SCENES.items():
            title = f"tickets-{name}{suffix}"
            if not wanted or any(part in f"{title}." for part in wanted):
                look.show(theme, scale)
                yield _picture(application, look, size, (prepare, None), folder / f"{title}.png")
        for name, prepare_meters in METER_SCENES.items():
            title = f"meters-{name}{suffix}"
            if not wanted or any(part in f"{title}." for part in wanted):
                look.show(theme, scale)
                scene = (None, prepare_meters)
                yield _picture(application, look, size, scene, folder / f"{title}.png")


def _picture(
    application: "QApplication",
    look: object,
    size: tuple[int, int],
    scene: tuple[Prepare | None, PrepareMeters | None],
    path: Path,
) -> Path:
    from cvd_desktop.ui.background import Background
    from cvd_desktop.ui.main_window import FrameCalls, MainWindow
    from cvd_desktop.ui.screen import Screen
    from cvd_desktop.ui.theme import Look
    from tests.support.sample_screen import NOW, sample_screens, sample_status
    from tests.support.ticket_shop import EVENTS, SOLD, busy_day, ticket_shop

    assert isinstance(look, Look)
    background = Background(raise_error)
    with tempfile.TemporaryDirectory() as folder, ticket_shop(Path(folder)) as shop:
        shop.tell(*busy_day())
        shop.read("m1", *SOLD, *EVENTS)
        screen = shop.screen(look, background)
        screens: list[Screen] = list(sample_screens(look))
        screens[3] = screen
        meters = shop.meters_screen(look, background)
        prepare, prepare_meters = scene
        window = MainWindow(
            look,
            screens,
            others=[meters],
            calls=FrameCalls(lock=lambda: None, person=lambda: None),
        )
        window.resize(*size)
        window.show()
        window.activateWindow()
        window.show_sync(sample_status(), NOW)
        window.show_person("Technician 03", "technician")
        window.open_screen("tickets" if prepare is not None else "meters")
        settle(application, background)
        if prepare is not None:
            prepare(screen, shop, lambda: settle(application, background))
        if prepare_meters is not None:
            prepare_meters(meters, shop, lambda: settle(application, background))
        settle(application, background)
        window.grab().save(str(path))
        background.close()
        window.close()
        window.deleteLater()
        application.processEvents()
    return path


def main() -> None:
    from tests.support.screenshots import OUT, use_offscreen

    use_offscreen()
    OUT.mkdir(parents=True, exist_ok=True)
    for path in take_ticket_pictures(OUT, sys.argv[1:]):
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()

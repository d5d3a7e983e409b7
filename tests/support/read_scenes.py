"""What the pictures of the Read screen show: pages, themes, sizes, text scales, odd reads."""

from collections.abc import Callable
from dataclasses import dataclass

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from cvd_desktop.domain.records import ReadDetail
from cvd_desktop.ui.background import Background
from cvd_desktop.ui.main_window import FrameCalls, MainWindow
from cvd_desktop.ui.screens.read_screen import ReadScreen
from cvd_desktop.ui.theme import Look
from tests.support import read_facts as facts
from tests.support import rich_reads as rich
from tests.support.rich_reads import Scene, rich_detail
from tests.support.sample_screen import NOW, sample_status
from tests.support.screens_at_work import Bench
from tests.support.settled import raise_error, settle

SIZES = {"": (1280, 800), "compact": (1024, 768), "wide": (1920, 1080)}
PARTS = ("overview", "sales", "cash", "prices", "mapping", "events", "file")
LONG = "Wholegrain Oat And Honey Biscuits With Dark Chocolate, 60 g bag"


@dataclass(frozen=True)
class Shot:
    """One picture: the read, the page, the look."""

    detail: Callable[[], ReadDetail] = rich_detail
    part: str = "overview"
    theme: str = "light"
    scale: float = 1.0
    size: tuple[int, int] = (1280, 800)
    proof: bool = False  # of the row that is current on the page
    fresh: bool = True
    scroll: int = 0


def of(scene: Scene) -> Callable[[], ReadDetail]:
    return lambda: rich_detail(scene)


def many() -> ReadDetail:
    """300 selections, 100 findings, long names, every class of delta."""
    return facts.crowded_detail()


ODD: dict[str, Callable[[], ReadDetail]] = {
    "first": of(Scene(reads=1)),
    "restarted": of(Scene(story=rich.restarted)),
    "board": of(Scene(story=rich.new_board)),
    "partial": of(Scene(whole=False)),
    "unplanned": of(Scene(planned=False)),
    "unknown": of(Scene(known=False)),
    "other": of(Scene(meant="m2")),
    "quiet": of(Scene(story=rich.nothing, price_errors=0, absent=0, unplanned=0)),
    "coffee": of(Scene(profile="coffee", absent=0, unplanned=0)),
    "drink": of(Scene(profile="drink")),
    "long": of(Scene(product=LONG)),
    "unwired": of(Scene(profile="combo", wired=False)),
    "empty": facts.empty_detail,
    "many": many,
}

SCENES: dict[str, Shot] = {
    **{
        "-".join(filter(None, (part, size))): Shot(part=part, size=SIZES[size])
        for part in PARTS
        for size in SIZES
    },
    **{
        f"{part}-{theme}": Shot(part=part, theme=theme)
        for part in PARTS
        for theme in ("dark", "sunlight")
    },
    **{f"{part}-200": Shot(part=part, scale=2.0) for part in PARTS},
    **{
        f"{part}-200-low": Shot(part=part, scale=2.0, scroll=10_000)
        for part in ("overview", "sales", "cash", "prices", "events", "file")
    },
    **{
        f"{part}-200-compact": Shot(part=part, scale=2.0, size=(1024, 768), theme="sunlight")
        for part in ("overview", "file")
    },
    **{f"{part}-150-dark": Shot(part=part, scale=1.5, theme="dark") for part in ("cash", "file")},
    **{f"odd-{name}": Shot(detail) for name, detail in ODD.items()},
    **{
        f"odd-{name}-{part}": Shot(ODD[name], part)
        for name in ("first", "restarted", "partial", "unplanned", "empty", "many", "long", "drink")
        for part in PARTS[1:]
        if part != "mapping"
    },
    **{
        f"proof-{part}": Shot(part=part, proof=True)
        for part in ("overview", "sales", "cash", "prices", "events")
    },
    "mapping-asks": Shot(ODD["unwired"], "mapping"),
    "mapping-asks-200": Shot(ODD["unwired"], "mapping", scale=2.0, theme="dark"),
    "mapping-asks-compact": Shot(ODD["unwired"], "mapping", size=(1024, 768)),
    "proof-many": Shot(many, "sales", proof=True, size=(1024, 768)),
    "proof-dark-200": Shot(part="cash", proof=True, theme="dark", scale=2.0),
}


def picture(application: QApplication, look: Look, shot: Shot) -> QPixmap:
    """The window as a person sees it."""
    look.show(shot.theme, shot.scale)
    background = Background(raise_error)
    bench = Bench(detail=shot.detail())
    screen = bench.screen(look, background)
    window = MainWindow(look, [screen], calls=FrameCalls(lock=lambda: None, person=lambda: None))
    screen.machine_state_changed.connect(window.show_machine_chip)
    window.resize(*shot.size)
    window.show()
    window.activateWindow()
    window.show_sync(sample_status(), NOW)
    window.show_person("Driver 07", "driver")
    settle(application, background)
    screen.show_read(bench.detail, fresh=shot.fresh)
    settle(application, background)
    screen.done.show_part(shot.part)
    settle(application, background)
    if shot.proof:
        _pick_first(screen)
        screen.raw_action.trigger()
        settle(application, background)
    if shot.scroll:
        page = screen.done.part(screen.done.current)
        page.verticalScrollBar().setValue(shot.scroll)
        settle(application, background)
    taken = window.grab()
    window.close()
    background.close()
    shiboken6.delete(window)  # else every later change of theme dresses it again
    return taken


def _pick_first(screen: ReadScreen) -> None:
    from cvd_desktop.ui.widgets.table_view import TableView

    page = screen.done.part(screen.done.current)
    for table in page.findChildren(TableView):
        if table.isVisible() and table.rows_model().rowCount():
            table.setFocus(Qt.FocusReason.TabFocusReason)
            table.go_to(0)
            if screen.done.picked_proof() is not None:
                return

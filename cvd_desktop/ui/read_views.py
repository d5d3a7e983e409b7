"""The views of a read in their order: word, key, and whether something waits there."""

from PySide6.QtCore import QCoreApplication

from cvd_desktop.domain.records import ReadDetail
from cvd_desktop.ui import formats
from cvd_desktop.ui.read_events import group_events
from cvd_desktop.ui.read_fact_words import FactWords
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.view_strip import View
from cvd_shared.price_audit import PriceState

OVERVIEW = "overview"


def read_views(detail: ReadDetail, words: FactWords) -> tuple[View, ...]:
    """The mapping has a view only where there is one."""
    translate = QCoreApplication.translate
    views = [
        View(OVERVIEW, translate("ReadViews", "Overview"), "O"),
        View("sales", translate("ReadViews", "Sales"), "S", *_sales(detail, words)),
        View("cash", translate("ReadViews", "Cash"), "C", *_cash(detail)),
        View("prices", translate("ReadViews", "Prices"), "P", *_prices(detail)),
    ]
    if detail.mapping is not None:
        views.append(View("mapping", translate("ReadViews", "Mapping"), "M", *_mapping(detail)))
    views.append(View("events", translate("ReadViews", "Events"), "E", *_events(detail)))
    views.append(View("file", translate("ReadViews", "File"), "F", *_file(detail, words)))
    return tuple(views)


_Mark = tuple[TagKind | None, str]
_NOTHING: _Mark = (None, "")


def _sales(detail: ReadDetail, words: FactWords) -> _Mark:
    interval = detail.interval
    if interval is None or interval.trusted:
        return _NOTHING
    return TagKind.WARNING, words.kind(interval.kind)


def _cash(detail: ReadDetail) -> _Mark:
    account = detail.cash
    if account is None or not account.remainder:
        return _NOTHING
    return TagKind.WARNING, QCoreApplication.translate("ReadViews", "cash that is not explained")


def _prices(detail: ReadDetail) -> _Mark:
    differing = detail.audit.count(PriceState.DIFFERS) if detail.audit is not None else 0
    if not differing:
        return _NOTHING
    words = QCoreApplication.translate("ReadViews", "{n} differ")
    return TagKind.WARNING, words.format(n=formats.number(differing))


def _mapping(detail: ReadDetail) -> _Mark:
    questions = len(detail.mapping.questions) if detail.mapping is not None else 0
    if not questions:
        return _NOTHING
    words = QCoreApplication.translate("ReadViews", "{n} questions")
    return TagKind.WARNING, words.format(n=formats.number(questions))


def _events(detail: ReadDetail) -> _Mark:
    groups = group_events(detail.events, detail.interval)
    active = sum(group.active and not group.routine for group in groups)
    if not active:
        return _NOTHING
    words = QCoreApplication.translate("ReadViews", "{n} active now")
    return TagKind.WARNING, words.format(n=formats.number(active))


def _file(detail: ReadDetail, words: FactWords) -> _Mark:
    errors = sum(finding.severity == "error" for finding in detail.findings)
    if not errors:
        return _NOTHING
    return TagKind.WARNING, f"{formats.number(errors)} {words.severity('error', errors)}"

"""The repair guide: for event codes, what they mean, what to check in order, which parts to bring.

It is all in this program: no network, no database. The words are in word_table_repair.py (pages)
and word_table_events.py (advice for one code).
"""

from collections.abc import Iterable

from cvd_desktop.domain.ticket_records import EventWords, GuidePage
from cvd_desktop.services.word_table_events import event_advice
from cvd_desktop.services.word_table_repair import MAKERS_OWN, PAGES, Page
from cvd_shared.dex.dex_events import event_meaning

_LONGEST = max(len(group) for group in PAGES)


def event_words(code: str) -> EventWords:
    """One code in words: what it means and what to do about it."""
    return EventWords(code.strip(), event_meaning(code).text, event_advice(code))


def guide_group(code: str) -> str:
    """The page of a code: its first letters; "" for a code that the standard does not name."""
    standard = event_meaning(code).standard_code or ""
    for length in range(_LONGEST, 0, -1):  # EK2B is the second reader's, not the first one's
        if standard[:length] in PAGES:
            return standard[:length]
    return ""


def guide_pages(codes: Iterable[str]) -> tuple[GuidePage, ...]:
    """The pages for these codes, each once, in the order of the first code that opens it."""
    by_group: dict[str, list[EventWords]] = {}
    for code in dict.fromkeys(each.strip() for each in codes):
        if code:
            by_group.setdefault(guide_group(code), []).append(event_words(code))
    return tuple(_page(group, events) for group, events in by_group.items())


def all_pages() -> tuple[GuidePage, ...]:
    """The whole guide, for a person who has no code."""
    return tuple(_page(group, ()) for group in (*PAGES, ""))


def _page(group: str, events: Iterable[EventWords]) -> GuidePage:
    page: Page = PAGES[group] if group else MAKERS_OWN
    return GuidePage(
        group=group,
        title=page.title,
        means=page.means,
        events=tuple(events),
        safety=page.safety,
        checks=page.checks,
        parts=page.parts,
    )

"""What to try at a port, in which order: the links and speeds at which a machine may answer.

A machine that was reached before is first tried as it answered then. Without that: DEX/UCS at 9600,
then DDCMP at the start speeds that machines' menus offer, the standard's 2400 first.
"""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from cvd_desktop.devices.adapter_profiles import AdapterProfile
from cvd_desktop.link.auto_link import Attempt, AutoReader
from cvd_desktop.link.ddcmp import DdcmpReader
from cvd_desktop.link.ddcmp_settings import DdcmpIdentity, DdcmpSettings
from cvd_desktop.link.dexucs import DexReader
from cvd_desktop.link.dexucs_station import DexSettings
from cvd_desktop.link.outputs import ProtocolMachine
from cvd_desktop.storage.link_store import KnownLink

DEXUCS, DDCMP = "dexucs", "ddcmp"
LINKS = ("auto", DEXUCS, DDCMP)

DEX_BAUD_RATE = 9600
START_SPEEDS = (2400, 9600, 19200, 4800, 38400, 115200)
"""Of DDCMP: the standard's, then those of fixed settings in machines' menus."""

LISTS = {"look": 2, "collect": 1}
"""DDCMP: which list clears the interval counters is the machine's part; 2 never does."""

LEAST_SESSION_WAIT = 30.0
"""Seconds between two sessions of DEX/UCS, where the standard has no limit."""


class LinkTry(NamedTuple):
    link: str
    baud_rate: int


class LinkPlan(NamedTuple):
    """`tries` in their order; `limits` are the slack that the adapter needs."""

    tries: tuple[LinkTry, ...]
    profile: AdapterProfile


def plan_links(
    link: str,
    *,
    baud_rate: int | None = None,
    known: KnownLink | None = None,
    profile: AdapterProfile,
) -> LinkPlan:
    """`link` is one of LINKS; `baud_rate` fixes the speed (DDCMP: the start speed)."""
    wanted = str(profile.link) if link == "auto" else link
    tries: list[LinkTry] = []
    if known is not None and wanted in ("auto", known.link) and baud_rate is None:
        tries.append(LinkTry(known.link, known.baud_rate))
    if wanted in ("auto", DEXUCS):
        tries.append(LinkTry(DEXUCS, baud_rate or DEX_BAUD_RATE))
    if wanted in ("auto", DDCMP):
        speeds = (baud_rate,) if baud_rate else (profile.start_speed, *START_SPEEDS)
        tries.extend(LinkTry(DDCMP, speed) for speed in speeds)
    return LinkPlan(tuple(dict.fromkeys(tries)), profile)


def reader_for(
    plan: LinkPlan,
    *,
    purpose: str,
    max_wait: float,
    at: datetime,
    codes: tuple[int, int] = (0, 0),
) -> ProtocolMachine:
    """The protocol machine that reads by this plan. `at` is local time, told to the machine;
    `codes` are (security code, pass code) of DDCMP."""
    attempts = [_attempt(each, plan, purpose, at, codes) for each in plan.tries]
    if len(attempts) == 1:
        return attempts[0].make(max_wait)
    return AutoReader(attempts, max_wait)


def chosen_try(plan: LinkPlan, reader: ProtocolMachine) -> LinkTry | None:
    """The link and speed at which the machine answered; None while none did."""
    if not isinstance(reader, AutoReader):
        return plan.tries[0]
    chosen = reader.chosen
    return None if chosen is None else LinkTry(chosen.link, chosen.baud_rate)


def _attempt(
    each: LinkTry, plan: LinkPlan, purpose: str, at: datetime, codes: tuple[int, int]
) -> Attempt:
    def dexucs(max_wait: float) -> ProtocolMachine:
        return DexReader(dex_settings(max_wait))

    def ddcmp(max_wait: float) -> ProtocolMachine:
        identity = DdcmpIdentity(security_code=codes[0], pass_code=codes[1], at=at)
        settings = ddcmp_settings(each.baud_rate, max_wait, plan.profile)
        return DdcmpReader(settings, lists=(LISTS[purpose],), identity=identity)

    return Attempt(each.link, each.baud_rate, dexucs if each.link == DEXUCS else ddcmp)


def dex_settings(max_wait: float) -> DexSettings:
    """Who waits only a moment for a sign of life must not lose the machine that gave one."""
    return DexSettings(max_wait=max_wait, session_wait=max(max_wait, LEAST_SESSION_WAIT))


def ddcmp_settings(start_speed: int, max_wait: float, profile: AdapterProfile) -> DdcmpSettings:
    """The standard's times with the slack that the adapter needs."""
    settings = DdcmpSettings(start_speed=start_speed, max_wait=max_wait)
    return replace(
        settings,
        wanted_speed=max(start_speed, profile.top_speed),
        ack_wait=settings.ack_wait + profile.answer_slack_ms / 1000,
        gap=settings.gap + profile.gap_slack_ms / 1000,
        turnaround=profile.turnaround_ms / 1000,
    )

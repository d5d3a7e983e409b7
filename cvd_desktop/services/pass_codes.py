"""The DDCMP codes of a machine: asked twice, kept in the encrypted database, never sent first.

A machine with the factory's zeros takes the first other code that it hears for ever. So a read
begins with zeros, and sends what is kept here only to a machine that has refused them, which shows
that it has a code (EVA-DTS 6.2.2 ch. 6.1.6).
"""

import re

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import link_store

_CODES = re.compile(r"([0-9A-Fa-f]{4})[ -]?([0-9A-Fa-f]{4})")


def parse_codes(text: str) -> tuple[int, int]:
    """(security code, pass code) of "1A2B-3C4D". Raises Problem("codes_unreadable")."""
    match = _CODES.fullmatch(text.strip())
    if match is None:
        raise Problem("codes_unreadable", ExitCode.USAGE)
    return int(match[1], 16), int(match[2], 16)


def keep_codes(
    wp: Workplace,
    first: str,
    second: str,
    *,
    machine_id: str | None = None,
    asset_number: str | None = None,
) -> None:
    """Keep the codes that a person typed twice.

    Raises Problem: codes_unreadable, codes_differ, machine_not_named.
    """
    codes = parse_codes(first)
    if codes != parse_codes(second):
        raise Problem("codes_differ", ExitCode.USAGE)
    _keep(wp, codes, machine_id, asset_number)


def forget_codes(
    wp: Workplace, *, machine_id: str | None = None, asset_number: str | None = None
) -> None:
    """The machine has the factory's zeros again. Raises Problem("machine_not_named")."""
    _keep(wp, None, machine_id, asset_number)


def _keep(
    wp: Workplace,
    codes: tuple[int, int] | None,
    machine_id: str | None,
    asset_number: str | None,
) -> None:
    machine = link_store.machine_key(machine_id, asset_number)
    if machine is None:
        raise Problem("machine_not_named", ExitCode.USAGE)
    with wp.database.write() as connection:
        link_store.keep_pass_codes(connection, machine, codes)

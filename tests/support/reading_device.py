"""The reading half of a laptop, as simple as the protocol allows: memberships, cursors, digests."""

from dataclasses import dataclass, field
from typing import Any

from cvd_shared.digest import digest_of
from tests.support.servers import Session


@dataclass
class ReadingDevice:
    """`rows[(scope, kind, id)]` is (version, document)."""

    session: Session
    rows: dict[tuple[str, str, str], tuple[int, dict[str, Any]]] = field(default_factory=dict)
    cursors: dict[str, int] = field(default_factory=dict)
    scopes: list[str] = field(default_factory=list)
    resets: int = 0

    def catch_up(self, **limits: int) -> int:
        """Pull to the end; checks the digest of every scope. Returns the number of pages."""
        pages = 0
        rereading: set[str] = set()
        while True:
            pages += 1
            answer = self.session.pull(self.cursors, rereading=sorted(rereading), **limits)
            assert answer.status_code == 200, answer.text
            data = answer.json()["data"]
            held = {scope["id"] for scope in data["scopes"]}
            self._drop(set(self.cursors) - held)
            for scope in data["scopes"]:
                name = scope["id"]
                if scope["reset"]:
                    self.resets += 1
                    self._drop({name})
                if scope["reset"] or name not in self.cursors:
                    rereading.add(name)
                self.cursors[name] = scope["cursor"]
            for row in data["rows"]:
                key = (row["s"], row["k"], row["i"])
                if row["op"] == "put":
                    self.rows[key] = (row["ver"], row["d"])
                else:
                    self.rows.pop(key, None)
            if not data["more"]:
                break
            assert pages < 10_000
        self.scopes = sorted(held)
        for scope in data["scopes"]:
            assert scope["cursor"] == scope["head"]
            mine = digest_of(
                (kind, row_id, version)
                for (name, kind, row_id), (version, _) in self.rows.items()
                if name == scope["id"]
            )
            assert (mine.rows, str(mine.total)) == (scope["n"], scope["sum"]), scope
        return pages

    def ids(self, kind: str, scope: str | None = None) -> set[str]:
        return {i for s, k, i in self.rows if k == kind and scope in (None, s)}

    def _drop(self, scopes: set[str]) -> None:
        for key in [key for key in self.rows if key[0] in scopes]:
            del self.rows[key]
        for scope in scopes & set(self.cursors):
            del self.cursors[scope]

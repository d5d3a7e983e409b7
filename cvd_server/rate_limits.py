"""How many requests a minute: against guessing and runaway programs, never against honest work.

An honest laptop that comes back after a week stays below every number here; whoever is above one
gets 429 with `Retry-After`, which a laptop obeys without losing anything.
`shared` limits are counted for all workers together, when there is a Redis (request_counts.py).
To add one: a line in `LIMITS`, before the one that would catch its address too.

"""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Literal

from flask import g, request

from cvd_server.answers import try_later
from cvd_server.request_counts import WINDOW
from cvd_server.services import services
from cvd_shared.wire import API


@dataclass(frozen=True, slots=True)
class Limit:
    """`per_minute` requests of one address (IPv6: one /64) or of one signed-in person."""

    name: str
    path: str
    per_minute: int
    by: Literal["address", "person"]
    shared: bool = False


LIMITS = (  # the first whose path begins the request's; names that guess are in auth.py, by name
    Limit("sign_in", f"{API}/auth/token", 120, "address", shared=True),
    Limit("refresh", f"{API}/auth/refresh", 600, "address", shared=True),
    Limit("password", f"{API}/auth/password", 30, "person", shared=True),
    Limit("auth", f"{API}/auth/", 600, "address"),
    Limit("escrow", f"{API}/escrow", 30, "person", shared=True),
    Limit("rescue", f"{API}/sync/rescue", 300, "address"),
    Limit("bundle", f"{API}/sync/bundles", 60, "person"),
    Limit("upload", f"{API}/blobs", 12_000, "person"),
    Limit("ping", f"{API}/sync/ping", 6_000, "address"),
    Limit("sync", f"{API}/sync/", 6_000, "person"),
    Limit("other", f"{API}/", 3_000, "person"),
    Limit("document", "/openapi", 300, "address"),
)


def limit_addresses() -> None:
    """Before anybody is asked who he is. Raises ApiError 429."""
    _check("address")


def limit_persons() -> None:
    """When it is known who asks. Raises ApiError 429."""
    _check("person")


def limit_of(path: str) -> Limit | None:
    return next((limit for limit in LIMITS if path.startswith(limit.path)), None)


def _check(by: Literal["address", "person"]) -> None:
    to = services()
    if not to.settings.limits_requests:
        return
    if by == "address":
        g.limit = limit_of(request.path)
    limit: Limit | None = g.limit
    if limit is None or limit.by != by:
        return
    who = g.get("principal")
    key = f"{who.operator_id} {who.user_id}" if by == "person" and who else _address()
    now = to.clock().timestamp()
    if to.request_counts.count(limit.name, key, now, shared=limit.shared) > limit.per_minute:
        raise try_later(
            429,
            "too_many_requests",
            "Too many requests; wait a moment.",
            WINDOW - int(now) % WINDOW,
        )


def _address() -> str:
    """The client's address; of IPv6 the network, which one household has for itself."""
    text = request.remote_addr or ""
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if isinstance(address, IPv6Address):
        return address.exploded[:19]
    return text

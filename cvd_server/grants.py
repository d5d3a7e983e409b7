"""Which scopes a person holds, and held: what he may pull, and which facts he may bring."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select

from cvd_server import tables
from cvd_server.access import Principal
from cvd_server.clock import from_wire
from cvd_server.records import CATALOG, OFFICE, ORG, own_scope, route_scope
from cvd_shared.permissions import Right

DOUBT = timedelta(days=14)  # how far the clock of a laptop may be wrong


@dataclass(frozen=True, slots=True)
class _Span:
    scope: str
    begin: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Grants:
    """`everything`: the role sees all routes. The history of spans is kept for ever."""

    everything: bool
    always: frozenset[str]
    spans: tuple[_Span, ...]

    def held_now(self) -> set[str]:
        return set(self.always) | {span.scope for span in self.spans if span.end is None}

    def holds(self, scope: str) -> bool:
        """Held now."""
        return self.everything or scope in self.held_now()

    def held(self, scope: str, at: datetime) -> bool:
        """Held now or at that time: a wrong clock alone never costs a right."""
        return self.holds(scope) or self._spanned(scope, at, timedelta(0))

    def in_doubt(self, scope: str, at: datetime) -> bool:
        """Not held at that time, but so near to it that the clock may be what is wrong."""
        return not self.held(scope, at) and self._spanned(scope, at, DOUBT)

    def _spanned(self, scope: str, at: datetime, doubt: timedelta) -> bool:
        return any(
            span.scope == scope
            and _plus(span.begin, -doubt) <= at
            and (span.end is None or at < _plus(span.end, doubt))
            for span in self.spans
        )


def _plus(moment: datetime, step: timedelta) -> datetime:
    try:
        return moment + step
    except OverflowError:
        return moment


_SPANS = select(
    tables.scope_grant.c.scope, tables.scope_grant.c.from_at, tables.scope_grant.c.to_at
).where(
    tables.scope_grant.c.operator_id == bindparam("operator"),
    tables.scope_grant.c.user_id == bindparam("user"),
)


def grants_of(connection: Connection, who: Principal) -> Grants:
    rows = connection.execute(_SPANS, {"operator": who.operator_id, "user": who.user_id})
    spans = tuple(
        _Span(row.scope, from_wire(row.from_at), from_wire(row.to_at) if row.to_at else None)
        for row in rows
    )
    always = frozenset({ORG, CATALOG, own_scope(who.user_id)})
    return Grants(who.may(Right.ALL_ROUTES_SEE), always, spans)


def scopes_to_pull(connection: Connection, who: Principal) -> list[str]:
    """The whole list of what this person's device may hold, sorted."""
    grants = grants_of(connection, who)
    scopes = grants.held_now()
    if grants.everything:
        table = tables.route
        routes = connection.scalars(
            select(table.c.id).where(table.c.operator_id == who.operator_id)
        )
        scopes |= {OFFICE} | {route_scope(route_id) for route_id in routes}
    return sorted(scopes)

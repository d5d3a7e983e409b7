"""Operators, users, their passwords and the routes that they hold."""

import unicodedata
from collections.abc import Iterable

from argon2 import PasswordHasher, Type
from sqlalchemy import Connection, select

from cvd_server import tables
from cvd_server.change_feed import ChangeFeed
from cvd_server.server_meta import EPOCH
from cvd_server.settings import Settings
from cvd_shared.password_rules import SENTENCES, Fault, password_fault
from cvd_shared.permissions import Role
from cvd_shared.wire_records import UserRecord


class PersonError(ValueError):
    """The user cannot be made or changed; the text says why, to the person at the terminal."""


class NameTakenError(PersonError):
    """Somebody has this sign-in name."""


class PasswordError(PersonError):
    """The password breaks a rule."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(SENTENCES[fault])
        self.fault = fault


def make_hasher(settings: Settings) -> PasswordHasher:
    return PasswordHasher(
        time_cost=settings.password_time_cost,
        memory_cost=settings.password_memory_kib,
        parallelism=settings.password_lanes,
        type=Type.ID,
    )


def plain_name(name: str) -> str:
    """Sign-in names are compared without case and outer blanks, and whichever way a keyboard
    spells an accent or a wide letter."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()


def new_plain_name(name: str) -> str:
    """For somebody who gets it. Raises PersonError: empty, or with something in it that nobody can
    see, so that two people would look like one."""
    plain = plain_name(name)
    if not plain:
        raise PersonError("the name is empty")
    if not plain.isprintable():
        raise PersonError("the name holds a character that cannot be seen")
    return plain


def operator_named(connection: Connection, name: str) -> str | None:
    table = tables.operator
    return connection.scalar(select(table.c.operator_id).where(table.c.name == name))


def operators(connection: Connection) -> list[tuple[str, str]]:
    """(id, name) of each, by name."""
    table = tables.operator
    rows = connection.execute(
        select(table.c.operator_id, table.c.name).order_by(table.c.name, table.c.operator_id)
    )
    return [(row.operator_id, row.name) for row in rows]


def routes_numbered(connection: Connection, operator_id: str, numbers: Iterable[str]) -> list[str]:
    """The ids of these routes. Raises PersonError for a number that no route has."""
    table = tables.route
    ids = []
    for number in numbers:
        found = connection.scalar(
            select(table.c.id).where(
                table.c.operator_id == operator_id,
                table.c.number == number,
                table.c.removed.is_(False),
            )
        )
        if found is None:
            raise PersonError(f"there is no route {number}")
        ids.append(found)
    return ids


def create_operator(connection: Connection, name: str, operator_id: str, now: str) -> None:
    connection.execute(
        tables.operator.insert().values(operator_id=operator_id, name=name, created_at=now)
    )


def create_user(
    feed: ChangeFeed,
    hasher: PasswordHasher,
    *,
    user_id: str,
    name: str,
    full_name: str,
    role: Role,
    password: str,
    route_ids: Iterable[str] = (),
    granted_from: str,
    active: bool = True,
    must_change: bool = False,
) -> None:
    """A new user with his routes. Raises PersonError: name bad or taken, password refused."""
    connection, operator_id = feed.connection, feed.operator_id
    sign_in_name = new_plain_name(name)
    _check_password(password, sign_in_name, full_name)
    hashed = hasher.hash(password)  # it takes long: before any lock
    take_name(connection, sign_in_name)
    connection.execute(
        tables.credential.insert().values(
            operator_id=operator_id,
            user_id=user_id,
            password_hash=hashed,
            changed_at=feed.now,
            must_change=must_change,
        )
    )
    routes = tuple(sorted(route_ids))
    feed.put(
        [
            UserRecord(
                id=user_id,
                name=sign_in_name,
                full_name=full_name,
                role=str(role),
                route_ids=routes,
            )
        ],
        {(UserRecord.KIND, user_id): {"active": active}},
    )
    if routes:
        connection.execute(
            tables.scope_grant.insert(),
            [
                {
                    "operator_id": operator_id,
                    "user_id": user_id,
                    "scope": f"route:{route_id}",
                    "from_at": granted_from,
                    "to_at": None,
                }
                for route_id in routes
            ],
        )


def take_name(connection: Connection, name: str, *, but: str | None = None) -> None:
    """Raises NameTakenError when somebody (but this person) has the sign-in name: they are unique
    over all operators. One row is locked, so that two cannot take the same name at once."""
    meta = tables.server_meta
    connection.execute(select(meta.c.v).where(meta.c.k == EPOCH).with_for_update())
    account = tables.user_account
    holders = connection.scalars(select(account.c.id).where(account.c.name == name)).all()
    if any(holder != but for holder in holders):
        raise NameTakenError(f"the name {name!r} is taken")


def _check_password(password: str, *names: str) -> None:
    fault = password_fault(password, names=names)
    if fault is not None:
        raise PasswordError(fault)


def set_password(feed: ChangeFeed, hasher: PasswordHasher, user_id: str, password: str) -> None:
    """For sample data: no rules, no sessions ended. People: passwords.py."""
    table = tables.credential
    feed.connection.execute(
        table.update()
        .where(table.c.operator_id == feed.operator_id, table.c.user_id == user_id)
        .values(password_hash=hasher.hash(password), changed_at=feed.now)
    )


def set_routes(feed: ChangeFeed, user_id: str, route_ids: Iterable[str]) -> None:
    """From now on the user holds these routes; what he held stays in the history of grants."""
    account = tables.user_account
    mine = (account.c.operator_id == feed.operator_id) & (account.c.id == user_id)
    row = feed.connection.execute(select(account).where(mine).with_for_update()).one()
    new = set(route_ids)
    grant_routes(feed, user_id, new)
    feed.put(
        [
            UserRecord(
                id=user_id,
                name=row.name,
                full_name=row.full_name,
                role=row.role,
                route_ids=tuple(sorted(new)),
            )
        ]
    )


def grant_routes(feed: ChangeFeed, user_id: str, new: set[str]) -> None:
    """Only the history of grants; the user's row is locked already."""
    connection, grant = feed.connection, tables.scope_grant
    held = (grant.c.operator_id == feed.operator_id) & (grant.c.user_id == user_id)
    still = held & grant.c.to_at.is_(None)
    old = {scope.removeprefix("route:") for scope in connection.scalars(
        select(grant.c.scope).where(still)
    )}  # fmt: skip
    for route_id in sorted(old - new):
        connection.execute(
            grant.update().where(still, grant.c.scope == f"route:{route_id}").values(to_at=feed.now)
        )
    for route_id in sorted(new - old):
        scope = f"route:{route_id}"
        # Taken back and given again within the clock's resolution: the old span goes on.
        again = held & (grant.c.scope == scope) & (grant.c.from_at == feed.now)
        if not connection.execute(grant.update().where(again).values(to_at=None)).rowcount:
            connection.execute(
                grant.insert().values(
                    operator_id=feed.operator_id,
                    user_id=user_id,
                    scope=scope,
                    from_at=feed.now,
                    to_at=None,
                )
            )

"""People as the office sees them: who there is, who is new, who changes, who has to wait.

The last active administrator stays one: otherwise nobody could let anybody in again. Whoever is
deactivated is out at once; what he recorded before is taken in through rescue and set aside for a
person to look at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from cvd_server import passwords, people, tables
from cvd_server.accounts import account_with_id
from cvd_server.answers import ApiError, malformed
from cvd_server.audit_trail import record_audit
from cvd_server.change_feed import change_feed
from cvd_server.services import Services
from cvd_server.sessions import end_sessions
from cvd_server.sign_in_tries import Standing, standings, unlock
from cvd_shared.permissions import Role
from cvd_shared.wire_identity import UserList, UserRequest, UserView
from cvd_shared.wire_records import UserRecord

user = tables.user_account


@dataclass(frozen=True, slots=True)
class Office:
    """Who changes people: an administrator, or nobody by name at the server's terminal."""

    operator_id: str
    actor_id: str | None


def user_list(connection: Connection, to: Services, operator_id: str) -> UserList:
    """By name; people who were removed are not in it."""
    return UserList(users=_views(connection, to, operator_id))


def user_view(connection: Connection, to: Services, operator_id: str, user_id: str) -> UserView:
    """Raises ApiError 404 not_found, for another operator's person too."""
    found = _views(connection, to, operator_id, user.c.id == user_id)
    if not found:
        raise not_found()
    return found[0]


def add_user(to: Services, by: Office, request: UserRequest) -> UserView:
    """Raises ApiError 404 not_found (a route), 409 name_taken, 422 malformed, password_refused."""
    if request.password is None:
        raise malformed("A new user needs a password.")
    role, password = _role(request.role), request.password
    user_id = to.new_id()

    def work(connection: Connection) -> UserView:
        _check_routes(connection, by.operator_id, request.route_ids)
        with change_feed(connection, by.operator_id, to.now()) as feed:
            people.create_user(
                feed,
                to.hasher,
                user_id=user_id,
                name=request.name,
                full_name=request.full_name,
                role=role,
                password=password,
                route_ids=set(request.route_ids),
                granted_from=to.now(),
                active=request.active,
                must_change=True,  # the office knows this one
            )
        record_audit(
            connection, to.new_id, to.now(), "user_created", operator_id=by.operator_id,
            actor_id=by.actor_id, user_id=user_id, role=str(role), route_ids=request.route_ids,
        )  # fmt: skip
        return user_view(connection, to, by.operator_id, user_id)

    return _told(to, work)


def change_user(to: Services, by: Office, user_id: str, request: UserRequest) -> UserView:
    """Everything of `request` but the password, which has a call of its own. Raises ApiError 404
    not_found, 409 name_taken or last_admin, 422 malformed."""
    if request.password is not None:
        raise malformed("A password is given anew by its own call.")
    role = _role(request.role)

    def work(connection: Connection) -> UserView:
        name = people.new_plain_name(request.name)
        people.take_name(connection, name, but=user_id)
        before = _locked(connection, by.operator_id, user_id)
        _check_routes(connection, by.operator_id, request.route_ids)
        if not (role is Role.ADMIN and request.active):
            _keep_an_admin(connection, by.operator_id, user_id)
        _store(connection, to, by, before, request, role, name)
        return user_view(connection, to, by.operator_id, user_id)

    return _told(to, work)


def deactivate(to: Services, by: Office, user_id: str) -> None:
    """Raises ApiError 404 not_found, 409 last_admin. A second time nothing happens."""
    with to.database.read() as connection:
        view = user_view(connection, to, by.operator_id, user_id)
    change_user(
        to,
        by,
        user_id,
        UserRequest(
            name=view.name,
            full_name=view.full_name,
            role=view.role,
            route_ids=view.route_ids,
            active=False,
        ),
    )


def reset_password(to: Services, by: Office, user_id: str, password: str) -> UserView:
    """Raises ApiError 404 not_found, 422 password_refused."""
    with to.database.read() as connection:
        account = account_with_id(connection, by.operator_id, user_id)
    if account is None:
        raise not_found()
    fault = passwords.fault_of_new(to.hasher, account, password)
    if fault is not None:
        raise passwords.password_refused(fault)
    hashed = to.hasher.hash(password)

    def work(connection: Connection) -> UserView:
        passwords.reset(connection, to.new_id, to.now(), account, hashed, by.actor_id)
        return user_view(connection, to, by.operator_id, user_id)

    return to.database.in_transaction(work)


def unlock_user(to: Services, by: Office, user_id: str) -> UserView:
    """Nobody has to wait for this name any more. Raises ApiError 404 not_found."""

    def work(connection: Connection) -> UserView:
        view = user_view(connection, to, by.operator_id, user_id)
        unlock(connection, by.operator_id, view.name)
        record_audit(
            connection, to.new_id, to.now(), "sign_in_unlocked", operator_id=by.operator_id,
            actor_id=by.actor_id, user_id=user_id, failures=view.failures,
        )  # fmt: skip
        return user_view(connection, to, by.operator_id, user_id)

    return to.database.in_transaction(work)


def not_found() -> ApiError:
    return ApiError(404, "not_found", "There is no such user.")


def _told(to: Services, work: Callable[[Connection], UserView]) -> UserView:
    try:
        return to.database.in_transaction(work)
    except people.NameTakenError as error:
        raise ApiError(409, "name_taken", "Somebody has this sign-in name.") from error
    except people.PasswordError as error:
        raise passwords.password_refused(error.fault) from error
    except people.PersonError as error:
        raise malformed(f"{str(error).capitalize()}.") from error


def _store(
    connection: Connection,
    to: Services,
    by: Office,
    before: Row[Any],
    request: UserRequest,
    role: Role,
    name: str,
) -> None:
    now, routes = to.now(), tuple(sorted(set(request.route_ids)))
    after = {
        "name": name,
        "full_name": request.full_name,
        "role": str(role),
        "route_ids": list(routes),
        "active": request.active,
    }
    changed = {key: value for key, value in after.items() if getattr(before, key) != value}
    with change_feed(connection, by.operator_id, now) as feed:
        people.grant_routes(feed, before.id, set(routes))
        record = UserRecord(
            id=before.id, name=name, full_name=request.full_name, role=role, route_ids=routes
        )
        feed.put([record], {(UserRecord.KIND, before.id): {"active": request.active}})
    if "name" in changed:
        unlock(connection, by.operator_id, before.name)
    if not request.active:
        end_sessions(connection, now, by.operator_id, before.id, "user_blocked")
    if changed:
        record_audit(
            connection, to.new_id, now, "user_changed", operator_id=by.operator_id,
            actor_id=by.actor_id, user_id=before.id, changed=changed,
        )  # fmt: skip


def _locked(connection: Connection, operator_id: str, user_id: str) -> Row[Any]:
    row = connection.execute(
        select(user)
        .where(user.c.operator_id == operator_id, user.c.id == user_id, user.c.removed.is_(False))
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise not_found()
    return row


def _keep_an_admin(connection: Connection, operator_id: str, user_id: str) -> None:
    """Two administrators who demote each other at once: whoever comes second sees the first's
    change, for every change of people waits for the one lock of `people.take_name`."""
    others = connection.scalars(
        select(user.c.id).where(
            user.c.operator_id == operator_id,
            user.c.role == str(Role.ADMIN),
            user.c.active.is_(True),
            user.c.removed.is_(False),
        )
    ).all()
    if set(others) == {user_id}:
        raise ApiError(409, "last_admin", "The last administrator must stay one.")


def _check_routes(connection: Connection, operator_id: str, route_ids: list[str]) -> None:
    route = tables.route
    known = set(
        connection.scalars(
            select(route.c.id).where(route.c.operator_id == operator_id, route.c.removed.is_(False))
        )
    )
    if not set(route_ids) <= known:
        raise ApiError(404, "not_found", "There is no such route.")


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        raise malformed("There is no such role.") from error


def _views(
    connection: Connection, to: Services, operator_id: str, *which: ColumnElement[bool]
) -> list[UserView]:
    credential = tables.credential
    rows = connection.execute(
        select(user, credential.c.must_change)
        .outerjoin(
            credential,
            (credential.c.operator_id == user.c.operator_id) & (credential.c.user_id == user.c.id),
        )
        .where(user.c.operator_id == operator_id, user.c.removed.is_(False), *which)
        .order_by(user.c.name)
    ).all()
    tried = standings(connection, to, operator_id, [row.name for row in rows])
    return [_view(row, tried.get(row.name)) for row in rows]


def _view(row: Row[Any], tried: Standing | None) -> UserView:
    return UserView(
        user_id=row.id,
        name=row.name,
        full_name=row.full_name,
        role=row.role,
        active=row.active,
        route_ids=row.route_ids,
        must_change_password=bool(row.must_change),
        locked_until=tried.locked_until if tried else None,
        failures=tried.failures if tried else 0,
    )

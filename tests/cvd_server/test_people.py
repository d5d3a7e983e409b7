"""Passwords and people: changed by themselves, by the office, and never the last key lost."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from cvd_server import tables
from cvd_shared.wire import API
from tests.support.day_people import DayPerson
from tests.support.server_answers import told
from tests.support.servers import LocalServer, Session, sha
from tests.support.small_operator import PASSWORD, SmallOperator

GOOD = (200, None)
NEW = "another horse 9"
on_sqlite = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)


def sign_in(server: LocalServer, user: str, password: str) -> httpx.Response:
    body = {"user": user, "password": password, "next_hash": sha(user + password)}
    return server.http().post(f"{API}/auth/token", json=body)


def change(session: Session, old: str, new: str) -> httpx.Response:
    body = {"password": old, "new_password": new}
    return session.http.post(f"{API}/auth/password", json=body)


def user_body(**changes: Any) -> dict[str, Any]:
    return {"name": "driver07", "full_name": "Driver07", "role": "driver", "route_ids": ["r1"]} | (
        changes
    )


# --- passwords ----------------------------------------------------------------------------------


@on_sqlite
def test_a_person_changes_the_password_and_other_sessions_end(
    server: LocalServer, small: SmallOperator
) -> None:
    here, elsewhere = server.session("driver07"), server.session("driver07")
    assert told(change(here, "wrong", NEW)) == (401, "sign_in_refused")
    assert told(change(here, PASSWORD, NEW)) == GOOD
    assert told(here.pull()) == GOOD
    assert told(elsewhere.pull()) == (401, "session_ended")
    assert told(sign_in(server, "driver07", PASSWORD)) == (401, "sign_in_refused")
    assert told(sign_in(server, "driver07", NEW)) == GOOD


@on_sqlite
@pytest.mark.parametrize(
    ("new", "rule"),
    [
        ("xyz-1", "too_short"),
        (PASSWORD, "same_as_before"),
        ("driver07driver07", "is_name"),
        ("1234567890", "well_known"),
    ],
)
def test_a_bad_password_is_refused_by_its_rule(
    server: LocalServer, admin: Session, new: str, rule: str
) -> None:
    driver = server.session("driver07")
    reset = admin.http.post(f"{API}/users/u-driver07/password", json={"new_password": new})
    for answer in (change(driver, PASSWORD, new), reset):
        assert told(answer) == (422, "password_refused")
        assert answer.json()["error"]["details"] == {"rule": rule}
        assert new not in answer.text
    assert told(driver.pull()) == GOOD, "nothing happened"


@on_sqlite
def test_asking_for_the_old_password_is_no_way_to_guess_it(
    server: LocalServer, small: SmallOperator
) -> None:
    session = server.session("driver07")
    for _ in range(5):
        assert told(change(session, "wrong", NEW)) == (401, "sign_in_refused")
    assert told(change(session, PASSWORD, NEW)) == (429, "too_many_tries")


@on_sqlite
def test_a_given_password_has_to_be_changed_and_recorded_work_arrives_all_the_same(
    server: LocalServer, admin: Session
) -> None:
    driver = DayPerson(server, "driver07")
    event = driver.marked("done")
    given = admin.http.post(f"{API}/users/u-driver07/password", json={"new_password": NEW})
    view = given.json()["data"]["user"]
    assert (view["must_change_password"], view["name"]) == (True, "driver07")
    assert told(driver.session.push([event])) == (401, "session_ended"), "kept on the laptop"
    again = sign_in(server, "driver07", NEW)
    assert again.json()["data"]["must_change_password"] is True
    bearer = f"Bearer {again.json()['data']['access_token']}"
    driver.session.http.headers["Authorization"] = bearer
    needed = (403, "password_change_needed")
    assert told(driver.session.pull()) == needed
    assert told(driver.session.http.get(f"{API}/operator/keys")) == needed
    unnamed = driver.session.http.post(f"{API}/devices", json={})
    assert told(unnamed) != needed, "a first push needs a device"
    assert told(driver.session.hello()) == GOOD, "a push begins with it"
    pushed = driver.session.push([event])
    assert pushed.json()["data"]["results"][0]["outcome"] == "applied"
    assert driver.session.http.get(f"{API}/sync/ping").status_code == 204
    assert told(change(driver.session, NEW, "a third horse 11")) == GOOD
    assert told(driver.session.pull()) == GOOD
    final = sign_in(server, "driver07", "a third horse 11").json()["data"]
    assert final["must_change_password"] is False


def test_two_changes_of_one_password_at_once_leave_one(
    server: LocalServer, small: SmallOperator
) -> None:
    sessions = [server.session("driver07") for _ in range(2)]
    new = ["first horse 111", "second horse 22"]
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(
                lambda pair: change(pair[0], PASSWORD, pair[1]), zip(sessions, new, strict=True)
            )
        )
    won = [told(answer) == GOOD for answer in answers]
    assert won.count(True) == 1, [answer.text for answer in answers]
    assert told(sign_in(server, "driver07", new[won.index(True)])) == GOOD


# --- people -------------------------------------------------------------------------------------


@on_sqlite
def test_a_new_user_signs_in_with_a_password_of_his_own(
    server: LocalServer, admin: Session
) -> None:
    body = user_body(name="  Driver09 ", full_name="Nine", route_ids=["r2", "r1"], password=NEW)
    made = admin.http.post(f"{API}/users", json=body).raise_for_status().json()["data"]["user"]
    assert (made["name"], made["route_ids"], made["must_change_password"]) == (
        "driver09", ["r1", "r2"], True,
    )  # fmt: skip
    session = signed_in(server, "driver09", NEW)
    assert told(change(session, NEW, "own horse 1234")) == GOOD
    assert {s["id"] for s in sync_scopes(session)} >= {"route:r1", "route:r2"}
    listed = admin.http.get(f"{API}/users").json()["data"]["users"]
    assert [user["name"] for user in listed] == sorted(user["name"] for user in listed)
    assert "driver09" in [user["name"] for user in listed]
    assert not [user for user in listed if user["name"].startswith("x-")], "another operator's"


def signed_in(server: LocalServer, user: str, password: str) -> Session:
    """Without a device: nobody registers one before he has a password of his own."""
    answer = sign_in(server, user, password).raise_for_status()
    data, http = answer.json()["data"], server.http()
    http.headers["Authorization"] = f"Bearer {data['access_token']}"
    return Session(http, data["user_id"], data["family"], "", answer.headers["X-CVD-Epoch"])


def sync_scopes(session: Session) -> list[dict[str, Any]]:
    device = {"name": "L", "platform": "t", "app_version": "1"}
    answer = session.http.post(f"{API}/devices", json=device)
    session.device_id = answer.json()["data"]["device_id"]
    scopes: list[dict[str, Any]] = session.pull().json()["data"]["scopes"]
    return scopes


@on_sqlite
@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({}, (422, "malformed")),
        ({"password": "short"}, (422, "password_refused")),
        ({"password": NEW}, (409, "name_taken")),
        ({"password": NEW, "name": "DRIVER08 "}, (409, "name_taken")),
        ({"password": NEW, "name": "ｄriver08"}, (409, "name_taken")),
        ({"password": NEW, "name": "driver08\u200b"}, (422, "malformed")),
        ({"password": NEW, "name": "driver\n08"}, (422, "malformed")),
        ({"password": NEW, "name": "  "}, (422, "malformed")),
        ({"password": NEW, "name": "new", "role": "king"}, (422, "malformed")),
        ({"password": NEW, "name": "new", "route_ids": ["x-r1"]}, (404, "not_found")),
        ({"password": NEW, "name": "new", "route_ids": ["none"]}, (404, "not_found")),
        ({"password": NEW, "name": "new", "operator_id": "x-op"}, (422, "malformed")),
    ],
)
def test_a_user_that_cannot_be_is_not_made(
    server: LocalServer, admin: Session, changes: dict[str, Any], answer: tuple[int, str]
) -> None:
    assert told(admin.http.post(f"{API}/users", json=user_body(**changes))) == answer
    assert len(admin.http.get(f"{API}/users").json()["data"]["users"]) == 6


@on_sqlite
def test_whoever_leaves_is_out_at_once_and_may_come_back(
    server: LocalServer, admin: Session
) -> None:
    driver = server.session("driver07")
    path = f"{API}/users/u-driver07"
    assert told(admin.http.post(path, json=user_body(active=False))) == GOOD
    assert told(driver.pull()) == (403, "user_blocked")
    assert told(sign_in(server, "driver07", PASSWORD)) == (403, "user_blocked")
    rotated = {"family": driver.family, "current": driver.secret, "next_hash": sha("x")}
    assert told(driver.http.post(f"{API}/auth/refresh", json=rotated)) == (403, "user_blocked")
    assert told(admin.http.post(path, json=user_body())) == GOOD
    assert told(driver.pull()) == (401, "session_ended"), "old sessions stay ended"
    assert told(server.session("driver07").pull()) == GOOD


@on_sqlite
def test_a_change_of_role_routes_and_name_counts_at_once(
    server: LocalServer, admin: Session
) -> None:
    driver = server.session("driver07")
    body = user_body(name="Driver77", role="manager", route_ids=["r2"])
    changed = admin.http.post(f"{API}/users/u-driver07", json=body).json()["data"]["user"]
    assert (changed["name"], changed["role"], changed["route_ids"]) == (
        "driver77", "manager", ["r2"],
    )  # fmt: skip
    rows = driver.pull().raise_for_status().json()["data"]["rows"]
    (me,) = [row["d"] for row in rows if row["k"] == "user" and row["i"] == "u-driver07"]
    assert (me["name"], me["role"], me["route_ids"]) == ("driver77", "manager", ["r2"])
    assert told(sign_in(server, "driver07", PASSWORD)) == (401, "sign_in_refused")
    assert told(sign_in(server, "driver77", PASSWORD)) == GOOD
    lines = admin.http.get(f"{API}/audit?action=user_changed").json()["data"]["lines"]
    assert [(line["actor_name"], line["detail"]["changed"]) for line in lines] == [
        ("admin", {"name": "driver77", "role": "manager", "route_ids": ["r2"]})
    ]
    taken = admin.http.post(f"{API}/users/u-driver07", json=user_body(name="driver08"))
    assert told(taken) == (409, "name_taken")


@on_sqlite
@pytest.mark.parametrize("change_to", [{"role": "manager"}, {"active": False}])
def test_the_last_administrator_stays_one(admin: Session, change_to: dict[str, Any]) -> None:
    body = {"name": "admin", "role": "admin"} | change_to
    assert told(admin.http.post(f"{API}/users/u-admin", json=body)) == (409, "last_admin")
    second = user_body(name="boss", role="admin", route_ids=[], password=NEW)
    assert told(admin.http.post(f"{API}/users", json=second)) == GOOD
    assert told(admin.http.post(f"{API}/users/u-admin", json=body)) == GOOD


def test_two_administrators_who_demote_each_other_leave_one(
    server: LocalServer, admin: Session
) -> None:
    """On both databases, at once; whoever comes second is told that he is the last."""
    for n in range(3):
        body = user_body(name="technician", role="admin", route_ids=[])
        assert told(admin.http.post(f"{API}/users/u-technician", json=body)) == GOOD
        other = server.session("technician")
        demotions = [
            (admin, "u-technician", {"name": "technician", "role": "technician"}),
            (other, "u-admin", {"name": "admin", "role": "manager"}),
        ]
        with ThreadPoolExecutor(2) as pool:
            answers = list(
                pool.map(
                    lambda d: told(d[0].http.post(f"{API}/users/{d[1]}", json=d[2])), demotions
                )
            )
        assert answers.count(GOOD) == 1, answers
        assert set(answers) <= {GOOD, (409, "last_admin"), (403, "not_allowed")}
        user = tables.user_account
        with server.database.read() as connection:
            left = connection.scalars(
                select(user.c.id).where(user.c.operator_id == "op", user.c.role == "admin")
            ).all()
        assert len(left) == 1, f"round {n}"
        with server.database.write() as connection:  # for the next round
            connection.execute(user.update().where(user.c.id == "u-admin").values(role="admin"))

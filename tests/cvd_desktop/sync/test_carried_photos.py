"""Originals of photos travel on a stick too, in as many files as they need."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cvd_desktop.domain.problem import Problem
from cvd_desktop.services import bundle_parcels
from cvd_desktop.services.bundles import all_events_exported, export_bundle, import_receipt
from cvd_desktop.services.wipe import remove_person
from cvd_server.bundle_intake import Taken, take_bundle
from cvd_shared import bundle_format
from tests.support.attachment_laptop import (
    on_server,
    original_file,
    server_problems,
    states,
    take_photo,
)
from tests.support.attachment_sender import picture
from tests.support.faulty_transport import FAULTS, FaultyTransport
from tests.support.sync_world import Laptop, World, sync_world

ROOM = 700_000  # of a file, in these tests


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with sync_world(tmp_path) as made:
        yield made


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (bundle_format, bundle_parcels):
        monkeypatch.setattr(module, "CONTENT_BYTES", ROOM)


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.cvdbundle"))


def bring(world: World, path: Path) -> Taken:
    taken = take_bundle(world.server.services, path.read_bytes(), None)
    path.with_suffix(".cvdreceipt").write_bytes(taken.receipt)
    return taken


def records_alone(laptop: Laptop) -> None:
    """They arrive; their files do not."""

    def no_files(line: FaultyTransport, request: httpx.Request) -> httpx.Response:
        cut = "/blobs" in request.url.path
        return FAULTS["lose_request"](line, request) if cut else line.pass_on(request)

    laptop.line.otherwise = no_files
    assert laptop.sync().waiting == 0


def test_originals_go_there_and_back(world: World, tmp_path: Path) -> None:
    laptop = world.laptop
    large = [picture(400_000, seed=1), picture(1_500_000, seed=2)]
    names = [take_photo(laptop, each, inline=False) for each in large]
    made = export_bundle(laptop.wp, tmp_path)
    assert (made.events, made.attachments, made.left_out, made.files) == (2, 4, 0, 1)
    bring(world, made.path)
    assert [on_server(world, name) for name in names] == large
    taken = import_receipt(laptop.wp, made.path.with_suffix(".cvdreceipt"))
    assert (taken.news, taken.waiting) == (2, 0)
    assert set(states(laptop).values()) == {"stored"}
    assert Path(original_file(laptop, names[0])).exists(), "it stays until a backup has it"
    assert server_problems(world) == []
    world.settled(laptop)


def test_those_of_records_that_the_server_has_go_too(world: World, tmp_path: Path) -> None:
    laptop = world.laptop
    large = picture(400_000, seed=1)
    name = take_photo(laptop, large)
    records_alone(laptop)
    bring(world, export_bundle(laptop.wp, tmp_path).path)
    assert on_server(world, name) == large


@pytest.mark.usefixtures("narrow")
def test_what_one_file_cannot_hold_goes_into_the_next(world: World, tmp_path: Path) -> None:
    laptop = world.laptop
    large = [picture(500_000, seed=seed) for seed in range(3)]
    names = [take_photo(laptop, each) for each in large]
    made = export_bundle(laptop.wp, tmp_path / "unsent.cvdbundle")
    assert (made.events, made.attachments, made.left_out, made.files) == (3, 6, 0, 3)
    first, second, third = files_of(tmp_path)
    assert first == made.path
    early = bring(world, third)
    assert (early.answer.state, early.outcomes) == ("taken", {})
    assert on_server(world, names[2]) is None, "nobody asks for it before its event is there"
    for path in (first, second, third):
        bring(world, path)
    assert [on_server(world, name) for name in names] == large
    assert bring(world, third).answer.state == "known"
    for path in (third, first, second):
        import_receipt(laptop.wp, path.with_suffix(".cvdreceipt"))
    import_receipt(laptop.wp, third.with_suffix(".cvdreceipt"))
    assert set(states(laptop).values()) == {"stored"}
    assert server_problems(world) == []


@pytest.mark.usefixtures("narrow")
def test_a_stick_that_is_full_behind_the_first_file(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(3):
        take_photo(world.laptop, picture(500_000, seed=seed))
    honest = os.fsync

    def full(descriptor: int) -> None:
        if list(tmp_path.glob(".unsent_2*")):
            raise OSError(errno.ENOSPC, "No space left on device")
        honest(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    made = export_bundle(world.laptop.wp, tmp_path / "unsent.cvdbundle")
    assert (made.events, made.attachments, made.left_out, made.files) == (3, 4, 2, 1)
    assert not all_events_exported(world.laptop.wp)
    assert bring(world, made.path).outcomes["applied"] == 3


@pytest.mark.usefixtures("narrow")
def test_what_no_file_takes_is_counted_and_stands_in_nobodys_way(
    world: World, tmp_path: Path
) -> None:
    laptop = world.laptop
    take_photo(laptop, picture(ROOM + 1, seed=1))
    gone = take_photo(laptop, picture(500_000, seed=2))
    damaged = take_photo(laptop, picture(500_000, seed=3))
    Path(original_file(laptop, gone)).unlink()
    Path(original_file(laptop, damaged)).write_bytes(b"x")
    made = export_bundle(laptop.wp, tmp_path)
    assert (made.events, made.attachments, made.left_out, made.files) == (3, 3, 3, 1)
    assert all_events_exported(laptop.wp)
    assert bring(world, made.path).outcomes["applied"] == 3


@pytest.mark.usefixtures("narrow")
def test_a_person_is_removed_only_when_the_photos_are_out_as_well(
    world: World, tmp_path: Path
) -> None:
    laptop = world.laptop
    for seed in range(2):
        take_photo(laptop, picture(500_000, seed=seed))
    records_alone(laptop)

    def refused() -> str:
        with pytest.raises(Problem) as caught:
            remove_person(laptop.wp, "2")
        return caught.value.code

    assert refused() == "export_not_proved", "nothing was exported"
    export_bundle(laptop.wp, tmp_path / "unsent.cvdbundle")
    second = files_of(tmp_path)[1]
    away = second.rename(tmp_path / "lost")
    assert refused() == "export_not_proved", "one of the files is not there"
    away.rename(second)
    assert all_events_exported(laptop.wp)
    take_photo(laptop, picture(500_000, seed=7))
    records_alone(laptop)
    assert not all_events_exported(laptop.wp), "a photo of after the export"

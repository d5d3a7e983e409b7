"""Both stores keep the same promises: whole or not at all, nothing beside their place."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cvd_server.attachment_store import (
    AttachmentMissing,
    AttachmentStore,
    FolderStore,
    StoreFull,
    StoreUnavailable,
    attachment_key,
    chunk_key,
    chunk_prefix,
    make_store,
)
from cvd_server.s3_store import PART_BYTES, S3Store
from cvd_server.settings import Settings

NAME = "ab" + "0" * 62
KEY = attachment_key("op", NAME)


def _settings(**more: Any) -> Settings:
    return Settings(database_url="sqlite:////nowhere/cvd.db", **more)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Store]:
    """As the settings make it, over a store that is moto's; another prefix lies beside it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="photos")
        client.put_object(Bucket="photos", Key="other/op/blobs/x", Body=b"not ours")
        settings = _settings(attachment_bucket="s3://photos/cvd/", attachment_region="us-east-1")
        store = make_store(settings)
        assert isinstance(store, S3Store)
        yield store


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> AttachmentStore:
    if request.param == "folder":
        return FolderStore(tmp_path / "attachments")
    bucket: AttachmentStore = request.getfixturevalue("s3")
    return bucket


def read(store: AttachmentStore, key: str, *part: int) -> bytes:
    return b"".join(store.open(key, *part))


def test_what_is_put_is_there_and_in_part(store: AttachmentStore) -> None:
    store.check()
    assert store.keys("op/") == []
    assert store.size(KEY) is None
    with pytest.raises(AttachmentMissing):
        store.open(KEY)
    assert store.put(KEY, [b"0123", b"", b"456789"]) == 10
    assert store.size(KEY) == 10
    assert read(store, KEY) == b"0123456789"
    assert read(store, KEY, 4) == b"456789"
    assert read(store, KEY, 4, 3) == b"456"
    assert read(store, KEY, 10) == b""
    assert read(store, KEY, 8, 99) == b"89"
    store.put(KEY, [b"anew"])
    assert read(store, KEY) == b"anew"
    store.delete(KEY)
    store.delete(KEY)
    assert store.size(KEY) is None


def test_an_empty_object(store: AttachmentStore) -> None:
    assert store.put(KEY, []) == 0
    assert (store.size(KEY), read(store, KEY)) == (0, b"")


@pytest.mark.parametrize("size", [PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES + 7])
def test_sizes_around_a_part(s3: S3Store, size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    pieces = [data[at : min(at + 300_000, size)] for at in range(0, size, 300_000)]
    assert s3.put(KEY, pieces) == size
    assert s3.size(KEY) == size
    assert read(s3, KEY) == data[:size]


@pytest.mark.parametrize("size", [10, PART_BYTES * 2 + 10])
def test_nothing_of_a_put_that_breaks_off(store: AttachmentStore, size: int) -> None:
    store.put(KEY, [b"before"])

    def breaks() -> Iterator[bytes]:
        yield bytes(size)
        raise LookupError

    with pytest.raises(LookupError):
        store.put(KEY, breaks())
    assert read(store, KEY) == b"before"
    assert store.keys("op/") == [KEY]
    if isinstance(store, FolderStore):
        assert [path for path in store.folder.rglob("*") if path.is_file()] == [store.folder / KEY]


def test_chunks_are_sorted_by_their_offset_and_apart(store: AttachmentStore) -> None:
    for offset in (0, 1_000_000, 250_000):
        store.put(chunk_key("op", NAME, offset), [b"x"])
    store.put(chunk_key("op", "cd" + NAME[2:], 0), [b"y"])
    store.put(chunk_key("op2", NAME, 0), [b"z"])
    found = store.keys(chunk_prefix("op", NAME))
    assert [int(key.rsplit("/", 1)[1]) for key in found] == [0, 250_000, 1_000_000]
    assert store.keys(chunk_prefix("nobody", NAME)) == []


@pytest.mark.parametrize(
    "key",
    ["", "..", "../x", "a/../b", "/etc/passwd", "a//b", "a/./b", "a\\b", "a/\x00", "~/x", "c:"],
)
def test_no_key_leaves_the_place(store: AttachmentStore, key: str) -> None:
    for use in (store.size, store.delete, store.open, lambda each: store.put(each, [b"x"])):
        with pytest.raises(ValueError, match="no key"):
            use(key)


@pytest.mark.parametrize("operator", ["..", ".", "a/b", "../../etc", "é", "", "~root", "C:\\x"])
def test_any_operator_has_a_place_of_his_own(store: AttachmentStore, operator: str) -> None:
    key = attachment_key(operator, NAME)
    store.put(key, [b"his"])
    assert read(store, key) == b"his"
    assert store.size(KEY) is None


def test_a_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FolderStore(tmp_path / "attachments")
    store.put(KEY, [b"before"])

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreFull):
        store.put(KEY, [b"after"])
    assert read(store, KEY) == b"before"
    assert store.keys("op/") == [KEY]
    assert len([path for path in store.folder.rglob("*") if path.is_file()]) == 1


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "attachments").write_text("a file stands here")
    with pytest.raises(StoreUnavailable):
        FolderStore(tmp_path / "attachments").check()


def test_a_bucket_that_is_not_there(s3: S3Store) -> None:
    with pytest.raises(StoreUnavailable, match="no bucket"):
        S3Store(boto3.client("s3", region_name="us-east-1"), "nobody", "").check()


def test_a_store_that_does_not_answer() -> None:
    settings = _settings(
        attachment_bucket="s3://photos",
        attachment_endpoint="http://127.0.0.1:9",
        attachment_region="us-east-1",
        attachment_access_key="k",
        attachment_secret_key="s",
    )
    with pytest.raises(StoreUnavailable):
        make_store(settings).size(KEY)


def test_the_folder_of_the_settings(tmp_path: Path) -> None:
    store = make_store(_settings(attachment_folder=tmp_path))
    assert isinstance(store, FolderStore)
    assert store.folder == tmp_path
    beside = make_store(_settings())
    assert isinstance(beside, FolderStore)
    assert beside.folder == Path("/nowhere/attachments")

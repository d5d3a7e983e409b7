"""Attachments in a bucket of any S3-compatible store, below one prefix."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cvd_server.attachment_store import (
    PIECE_BYTES,
    AttachmentMissing,
    StoreFull,
    StoreUnavailable,
    checked_key,
)

if TYPE_CHECKING:
    from cvd_server.settings import Settings

PART_BYTES = 8 * 1024 * 1024  # of a multipart upload; S3 asks for 5 MiB at least
_MISSING = {"NoSuchKey", "404", "NotFound"}
_FULL = {"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "507"}


class S3Store:
    """`client` is boto3's; it may be used from several threads. `quick` is one that gives up soon,
    for questions that somebody stands and waits for."""

    def __init__(self, client: Any, bucket: str, prefix: str = "", quick: Any = None) -> None:
        self._client = client
        self._quick = quick or client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    @classmethod
    def of_settings(cls, settings: "Settings") -> Self:
        """Without a key of its own it takes what boto3 finds: environment, role of the machine."""
        address = urlsplit(settings.attachment_bucket or "")
        key, secret = settings.attachment_access_key, settings.attachment_secret_key
        client, quick = (
            boto3.client(
                "s3",
                endpoint_url=settings.attachment_endpoint,
                region_name=settings.attachment_region,
                aws_access_key_id=key.get_secret_value() if key else None,
                aws_secret_access_key=secret.get_secret_value() if secret else None,
                config=Config(
                    connect_timeout=patience,
                    read_timeout=patience * 6,
                    retries={"total_max_attempts": attempts, "mode": "standard"},
                    # other stores than Amazon's do not all know the newer checksums
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                ),
            )
            for patience, attempts in ((5, 3), (0.5, 1))
        )
        return cls(client, address.netloc, address.path, quick)

    def put(self, key: str, pieces: Iterable[bytes]) -> int:
        """Small ones in one request, larger ones in parts; neither is seen before it is whole."""
        parts = _parts(pieces)
        first = next(parts, b"")
        second = next(parts, None)
        if second is None:
            with _troubles(key):
                self._client.put_object(Bucket=self._bucket, Key=self._name(key), Body=first)
            return len(first)
        return self._put_parts(key, first, second, parts)

    def open(self, key: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        size = self.size(key)
        if size is None:
            raise AttachmentMissing(key)
        last = size if length is None else min(size, offset + length)
        return self._pieces(key, offset, last)

    def size(self, key: str) -> int | None:
        try:
            with _troubles(key):
                head = self._client.head_object(Bucket=self._bucket, Key=self._name(key))
        except AttachmentMissing:
            return None
        return int(head["ContentLength"])

    def delete(self, key: str) -> None:
        with suppress(AttachmentMissing), _troubles(key):
            self._client.delete_object(Bucket=self._bucket, Key=self._name(key))

    def keys(self, prefix: str) -> list[str]:
        checked_key(prefix.rstrip("/"))
        with _troubles(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + prefix
            )
            names = [each["Key"] for page in pages for each in page.get("Contents", ())]
        return sorted(name.removeprefix(self._prefix) for name in names)

    def check(self) -> None:
        try:
            with _troubles(self._bucket):
                self._quick.head_bucket(Bucket=self._bucket)
        except AttachmentMissing as error:
            raise StoreUnavailable(f"there is no bucket {self._bucket}") from error

    def _put_parts(self, key: str, first: bytes, second: bytes, rest: Iterator[bytes]) -> int:
        place = {"Bucket": self._bucket, "Key": self._name(key)}
        with _troubles(key):
            place["UploadId"] = self._client.create_multipart_upload(**place)["UploadId"]
        try:
            done: list[dict[str, Any]] = []
            size = 0
            for part in _chained(first, second, rest):
                number = len(done) + 1
                with _troubles(key):
                    answer = self._client.upload_part(**place, PartNumber=number, Body=part)
                done.append({"ETag": answer["ETag"], "PartNumber": number})
                size += len(part)
            with _troubles(key):
                self._client.complete_multipart_upload(**place, MultipartUpload={"Parts": done})
        except BaseException:
            with suppress(ClientError, BotoCoreError):
                self._client.abort_multipart_upload(**place)
            raise
        return size

    def _pieces(self, key: str, offset: int, end: int) -> Iterator[bytes]:
        if offset >= end:
            return
        with _troubles(key):
            answer = self._client.get_object(
                Bucket=self._bucket, Key=self._name(key), Range=f"bytes={offset}-{end - 1}"
            )
            body = answer["Body"]
            try:
                yield from body.iter_chunks(PIECE_BYTES)
            finally:
                body.close()

    def _name(self, key: str) -> str:
        return self._prefix + checked_key(key)


def _parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in parts of PART_BYTES; the last one is what is left."""
    kept = bytearray()
    for piece in pieces:
        kept += piece
        while len(kept) >= PART_BYTES:
            yield bytes(kept[:PART_BYTES])
            del kept[:PART_BYTES]
    if kept:
        yield bytes(kept)


def _chained(first: bytes, second: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield second
    yield from rest


@contextmanager
def _troubles(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _MISSING:
            raise AttachmentMissing(key) from error
        raise (StoreFull if code in _FULL else StoreUnavailable)(str(error)) from error
    except BotoCoreError as error:
        raise StoreUnavailable(str(error)) from error

"""Attachments that came whole in a file carried by hand: too large for a push."""

from cvd_server import tables
from cvd_server.access import Principal
from cvd_server.attachment_store import attachment_key
from cvd_server.blob_claims import is_expected_of
from cvd_server.blob_uploads import Upload, complete
from cvd_server.services import Services


def keep_whole(to: Services, who: Principal, device_id: str, sha256: str, data: bytes) -> None:
    """Keep bytes that this laptop, or this person, is waited for; drop what nobody asked for.

    `data` is what its name says. The bytes are safe in the store before a row says so.
    """
    operator_id = who.operator_id
    with to.database.read() as connection:
        if not is_expected_of(connection, operator_id, sha256, device_id, who.user_id):
            return
        table = tables.blob
        here = connection.scalar(
            table.select().with_only_columns(table.c.size).filter_by(
                operator_id=operator_id, sha256=sha256
            )
        )  # fmt: skip
    if here is None:
        to.store.put(attachment_key(operator_id, sha256), [data])
    mime = "application/octet-stream"
    upload = Upload(operator_id, "", sha256, len(data), mime, device_id, len(data), "")
    complete(to, upload, who.user_id)

"""A read may come from a file; what its report says is found by a digest."""

import logging

import sqlalchemy as sa
from alembic import op

from cvd_shared.dex.dex_text import read_dex
from cvd_shared.dex.report_digest import main_report, report_digest

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_log = logging.getLogger(__name__)


def upgrade() -> None:
    op.add_column("read", sa.Column("source", sa.Text))
    op.add_column("read", sa.Column("content_sha256", sa.Text))
    op.create_index("ix_read_content", "read", ["content_sha256"])
    _name_what_is_here()


def downgrade() -> None:
    op.drop_index("ix_read_content", "read")
    op.drop_column("read", "content_sha256")
    op.drop_column("read", "source")


def _name_what_is_here() -> None:
    connection = op.get_bind()
    read = sa.table("read", sa.column("id"), sa.column("raw"), sa.column("content_sha256"))
    finished = connection.execute(sa.select(read.c.id).where(read.c.raw.is_not(None))).scalars()
    for read_id in finished.all():
        this = read.c.id == read_id
        raw = connection.execute(sa.select(read.c.raw).where(this)).scalar_one()
        connection.execute(sa.update(read).where(this).values(content_sha256=_digest(raw, read_id)))


def _digest(raw: bytes, read_id: str) -> str | None:
    try:
        report = main_report(read_dex(raw))
    except Exception:  # noqa: BLE001 - reported, and it must not keep the program shut
        _log.exception("read %s cannot be named by its content", read_id)
        return None
    return None if report is None else report_digest(report)

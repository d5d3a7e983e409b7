"""The audit trail takes new lines only: the database itself refuses changes and deletions.

The one exception is the retention job: in one transaction it writes the oldest time that is kept
into server_meta under `AUDIT_KEPT_FROM`, deletes what is older, and takes the mark away again
(audit_trail.purge_audit). Uncommitted, the mark opens the way for nobody else.
"""

from alembic import op

AUDIT_KEPT_FROM = "audit_kept_from"
_REFUSED = "the audit trail is append-only"
_OPEN = f"EXISTS (SELECT 1 FROM server_meta WHERE k = '{AUDIT_KEPT_FROM}' AND OLD.at < v)"  # noqa: S608 - our own constant

_SQLITE = (
    (
        "CREATE TRIGGER audit_log_never_changed BEFORE UPDATE ON audit_log "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
    ),
    (
        f"CREATE TRIGGER audit_log_never_deleted BEFORE DELETE ON audit_log WHEN NOT {_OPEN} "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
    ),
)
_POSTGRESQL = (
    (
        "CREATE FUNCTION audit_log_refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN IF {_OPEN} THEN RETURN OLD; END IF; END IF; "
        f"RAISE EXCEPTION '{_REFUSED}'; END $$"
    ),
    (
        "CREATE TRIGGER audit_log_never_changed BEFORE UPDATE OR DELETE ON audit_log "
        "FOR EACH ROW EXECUTE FUNCTION audit_log_refuses()"
    ),
    (
        "CREATE TRIGGER audit_log_never_emptied BEFORE TRUNCATE ON audit_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuses()"
    ),
)


def protect_audit_log() -> None:
    statements = _POSTGRESQL if _on_postgresql() else _SQLITE
    for statement in statements:
        op.execute(statement)


def unprotect_audit_log() -> None:
    if _on_postgresql():
        op.execute("DROP FUNCTION audit_log_refuses CASCADE")
        return
    for name in ("audit_log_never_changed", "audit_log_never_deleted"):
        op.execute(f"DROP TRIGGER {name}")


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"

"""Faults of the protocol, put in on purpose: a simulator that does not find them proves nothing.

A mutant replaces a text that is exactly once in the sources of the programs. When code moves, it
is found in its new file; when it changes, the mutant says so and has to be brought up to date.
"""

from typing import NamedTuple


class Change(NamedTuple):
    text: str
    instead: str


class Mutant(NamedTuple):
    """`also` are the guards that have to go too, where one guard alone keeps the harm away."""

    name: str
    text: str
    instead: str
    also: tuple[Change, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        return (Change(self.text, self.instead), *self.also)


_NUMBER_ALONE = Change(
    """            if row is None or (row.alias_of or row.op_id) != arrival.op.op_id:
                raise self.stream.fork()
            arrival.answer_only = True""",
    """            if row is None:
                raise self.stream.fork()
            arrival.answer_only = True""",
)


_TWIN_UNSEEN = Change(
    """    if ours != answer.applied_op:
        raise NewStreamError(None)""",
    "",
)
_OTHERS_FOLDER = Change(
    """        if owner_of(wp) not in (None, proof.owner):
            raise Problem("other_person", ExitCode.REFUSED)
        _settle(wp""",
    """        _settle(wp""",
)

_ALL = (
    # --- the laptop: outbox and push ---
    Mutant(
        "acked before the answer",
        """        answer = self._run.access.call(
            lambda token: self._run.api.push(token, parcel.document)
        ).data
        if answer.epoch != stream.epoch:""",
        """        with self._run.database.write() as connection:
            connection.exec_driver_sql(
                "UPDATE outbox SET acked = 1, outcome = 'applied' WHERE incarnation = ? "
                "AND seq BETWEEN ? AND ?", (stream.incarnation, parcel.first, parcel.last))
        answer = self._run.access.call(
            lambda token: self._run.api.push(token, parcel.document)
        ).data
        if answer.epoch != stream.epoch:""",
    ),
    Mutant(
        "answered events are purged at once",
        """    return connection.execute(_TAKE_OUTCOME, values).rowcount


def count_attempt""",
        """    news = connection.execute(_TAKE_OUTCOME, values).rowcount
    connection.exec_driver_sql("DELETE FROM outbox WHERE acked = 1 AND overlay = 0")
    return news


def count_attempt""",
    ),
    Mutant(
        "refused events are dropped",
        """    return connection.execute(_TAKE_OUTCOME, values).rowcount


def count_attempt""",
        """    news = connection.execute(_TAKE_OUTCOME, values).rowcount
    connection.exec_driver_sql("DELETE FROM outbox WHERE outcome IN ('rejected', 'quarantined')")
    return news


def count_attempt""",
    ),
    Mutant(
        "an outcome for everything that waits",
        """        outbox.c.op_id == bindparam("of_op"),
        outbox.c.seq == bindparam("of_seq"),
        outbox.c.acked == 0,
    )
    .values(
        acked=1,""",
        """        bindparam("of_seq") > 0,
        bindparam("of_op") != "",
        outbox.c.acked == 0,
    )
    .values(
        acked=1,""",
    ),
    Mutant(
        "a late answer to a push is taken",
        """                return  # a late answer: what it says is asked again
            self._take_outcomes(connection, stream, answer)""",
        # With the outcomes put to the events by their op_id alone: else none of them fits.
        """                for event in parcel.events:
                    connection.exec_driver_sql(
                        "UPDATE outbox SET acked = 1, outcome = 'applied' WHERE op_id = ?",
                        (event.op_id,))
                return
            self._take_outcomes(connection, stream, answer)""",
    ),
    Mutant(
        "halving leaves one out",
        """                self._note_unsent(parcel, stream, trouble)
                if reason""",
        """                self._note_unsent(parcel, stream, trouble)
                if trouble.code in MAY_BE_ONE_EVENT and parcel.divisible:
                    with self._run.database.write() as connection:
                        connection.exec_driver_sql(
                            "UPDATE outbox SET acked = 1, outcome = 'applied' WHERE "
                            "incarnation = ? AND seq = ?", (stream.incarnation, parcel.first))
                if reason""",
    ),
    Mutant(
        "the page of a portal is taken for success",
        """                self._note_unsent(parcel, stream, trouble)
                if reason""",
        """                self._note_unsent(parcel, stream, trouble)
                if trouble.code is TroubleCode.CAPTIVE_OR_PROXY:
                    with self._run.database.write() as connection:
                        connection.exec_driver_sql(
                            "UPDATE outbox SET acked = 1, outcome = 'applied' WHERE "
                            "incarnation = ? AND seq BETWEEN ? AND ?",
                            (stream.incarnation, parcel.first, parcel.last))
                if reason""",
    ),
    Mutant(
        "a dead token is a verdict on the events",
        """        except Trouble as trouble:
            self._note_failure(self._problem_of(trouble), trouble)""",
        """        except Trouble as trouble:
            if trouble.code in (TroubleCode.SIGN_IN_NEEDED, TroubleCode.USER_BLOCKED):
                with self._run.database.write() as connection:
                    connection.exec_driver_sql(
                        "UPDATE outbox SET acked = 1, outcome = 'rejected', overlay = 0 "
                        "WHERE acked = 0")
            self._note_failure(self._problem_of(trouble), trouble)""",
    ),
    Mutant(
        "a group is torn apart by the size of a push",
        """        if members and (event.group is None or event.group != members[-1].group):""",
        """        if members:""",
    ),
    # --- the laptop: streams ---
    Mutant(
        "numbers are used again after a restore",
        """        if hello.last_seq > last_seq:""",
        """        if hello.last_seq > last_seq + 1_000_000:""",
        # Else the push, or the pull behind it, finds another event under a number.
        also=(_NUMBER_ALONE, _TWIN_UNSEEN),
    ),
    Mutant(
        "a new epoch is not noticed",
        """            outbox_store.renumber(connection, self._new_id(), again)""",
        """            outbox_store.renumber(connection, self._new_id(), [])""",
    ),
    Mutant(
        "a new number leaves waiting ones behind",
        """        select(outbox.c.lseq).where(outbox.c.acked == 0).order_by(outbox.c.lseq)
    ).scalars()""",
        """        select(outbox.c.lseq).where(outbox.c.acked == 0, outbox.c.seq > 1)
    ).scalars()""",
    ),
    Mutant(
        "new numbers in another order",
        """        select(outbox.c.lseq).where(outbox.c.acked == 0).order_by(outbox.c.lseq)
    ).scalars()""",
        """        select(outbox.c.lseq).where(outbox.c.acked == 0).order_by(outbox.c.lseq.desc())
    ).scalars()""",
    ),
    Mutant(
        "a new epoch keeps the old cursors",
        """                meta.put(connection, meta.EPOCH, epoch)
            pull_store.load_anew(connection)""",
        """                meta.put(connection, meta.EPOCH, epoch)""",
    ),
    # --- the laptop: pull ---
    Mutant(
        "the cursor is kept before the rows",
        """    if answer.more:
        stage_page(connection, asked, answer)
        return Taken(used=True)""",
        """    if answer.more:
        for state in answer.scopes:
            if state.cursor < state.head:
                put_cursors(connection, [(state.id, state.cursor, Digest())])
        return Taken(used=True)""",
    ),
    Mutant(
        "a late page is taken",
        """    if answer.epoch != asked.epoch or not is_current(connection, asked):
        return Taken(used=False)""",
        """    if answer.epoch != asked.epoch:
        return Taken(used=False)""",
    ),
    Mutant(
        "a tombstone is ignored",
        """        if key in now:
            counts[scope] -= 1""",
        """        if row.op != "put":
            continue
        if key in now:
            counts[scope] -= 1""",
    ),
    Mutant(
        "a scope that is lost keeps its rows",
        """        empty_scope(connection, scope)
        connection.execute(delete(cursor).where(cursor.c.scope == scope))
        del held[scope]""",
        """        del held[scope]""",
    ),
    Mutant(
        "losing a scope deletes what waits",
        """        empty_scope(connection, scope)
        connection.execute(delete(cursor).where(cursor.c.scope == scope))
        del held[scope]""",
        """        empty_scope(connection, scope)
        connection.exec_driver_sql("DELETE FROM outbox WHERE acked = 0")
        connection.execute(delete(cursor).where(cursor.c.scope == scope))
        del held[scope]""",
    ),
    Mutant(
        "a row goes while another scope holds it",
        """    DELETE FROM snapshot_row WHERE kind = ? AND id = ? AND NOT EXISTS (""",
        """    DELETE FROM snapshot_row WHERE kind = ? AND id = ? AND 9 > EXISTS (""",
    ),
    Mutant(
        "an older version overwrites a newer one",
        """    WHERE excluded.ver >= snapshot_row.ver""",
        """    WHERE excluded.ver < snapshot_row.ver""",
    ),
    Mutant(
        "the overlay is cleared too early",
        """and_(_OF_STREAM, outbox.c.seq <= bindparam("applied_seq")),""",
        """and_(_OF_STREAM, bindparam("applied_seq") >= 0),""",
    ),
    Mutant(
        "the overlay is never cleared",
        """and_(_OF_STREAM, outbox.c.seq <= bindparam("applied_seq")),""",
        """and_(_OF_STREAM, outbox.c.seq < 0 * bindparam("applied_seq")),""",
    ),
    Mutant(
        "the overlay is cleared with the answer",
        """        overlay=outbox.c.overlay * bindparam("stays_in_view"),""",
        """        overlay=0 * bindparam("stays_in_view"),""",
    ),
    # --- the laptop: what comes over the line ---
    Mutant(
        "an answer to another request is taken",
        """    if not proof or headers.get(HEADER_ECHO) != request_id:""",
        """    if not proof:""",
        # Else the answer to another's pull names an event that is none of ours.
        also=(_TWIN_UNSEEN,),
    ),
    # --- the server ---
    Mutant(
        "the number alone says that it is known",
        *_NUMBER_ALONE,
        # Else the pull behind it finds another event under this number.
        also=(_TWIN_UNSEEN,),
    ),
    Mutant(
        "an event of another stream is applied again",
        """            row = known.get(op_id)
            if row is not None:""",
        """            row = known.get(op_id)
            if row is not None and row.outcome != "applied":""",
    ),
    Mutant(
        "alias rows are left out",
        """        rows = [self._log_row(a) for a in self.arrivals if not a.answer_only]""",
        """        rows = [self._log_row(a) for a in self.arrivals
                if not a.answer_only and a.alias_of is None]""",
    ),
    Mutant(
        # Each alone does no harm: what is late is of an old epoch, does not follow, names another
        # event before it; and what is let in all the same is known by its op_id later.
        "an old stream goes on after a restore, with a gap",
        """            if op.seq != last_seq + 1:
                raise self.stream.gap()
            if op.prev != last_op_id:
                raise self.stream.fork()""",
        """            if op.seq <= last_seq:
                raise self.stream.gap()""",
        also=(
            Change(
                """        if self.request.epoch != epoch:
            raise ApiError(409, "epoch_changed", "The server's history has changed.", epoch=epoch)
        if self.carried is None:""",
                """        epoch = self.request.epoch
        if self.carried is None:""",
            ),
        ),
    ),
    Mutant(
        "answered before the commit",
        """        return push(to, connection, who, parsed)

    answer = to.database.in_transaction(work)""",
        """        return push(to, connection, who, parsed)

    with to.database.engine.connect() as connection, connection.begin() as transaction:
        answer = work(connection)
        if to.new_id()[-1] == "0":
            transaction.rollback()""",
    ),
    Mutant(
        "a restored server keeps its epoch",
        """    epoch = str(uuid4())
    write_meta(connection, EPOCH, epoch)""",
        """    epoch = read_meta(connection, EPOCH) or str(uuid4())
    write_meta(connection, EPOCH, epoch)""",
    ),
    Mutant(
        "a machine that moves is not removed",
        """                gone_anyway = op == REMOVED and (old is None or old.op == REMOVED)""",
        """                gone_anyway = op == REMOVED and not row["removed"]""",
    ),
    Mutant(
        "what stands on a machine does not move with it",
        """            self._remember_unchanged(kind, column, self._moved_machines)""",
        """            self._remember_unchanged(kind, column, set())""",
    ),
    Mutant(
        "the digest is not kept",
        """        if before is not None and before.op == PUT:
            digest = digest.remove(before.kind, before.id, before.ver)""",
        "",
    ),
    Mutant(
        "a group is torn by a refusal",
        """    for arrival in unit:
        if arrival.open:
            arrival.refuse(together)
    return True""",
        """    return False""",
    ),
    Mutant(
        "an event without a known type is thrown away",
        """raise Refusal("quarantined", "type_unknown", "This server""",
        """raise Refusal("rejected", "type_unknown", "This server""",
    ),
    Mutant(
        "somebody else's event is his who sends it",
        """    for event in events:
        op = {"actor": user, **event.body, "seq": event.seq}""",
        """    for event in events:
        op = {**event.body, "actor": user, "seq": event.seq}""",
        # Else there is nothing of somebody else: each has his own folder.
        also=(_OTHERS_FOLDER,),
    ),
    Mutant("another person works on in the same folder", *_OTHERS_FOLDER),
    Mutant(
        "grants of the past are pulled",
        """            grant.c.to_at.is_(None),
        ),""",
        """            grant.c.to_at.is_(None) | grant.c.to_at.is_not(None),
        ),""",
    ),
    Mutant(
        "the last row of a page is skipped",
        """                return
            scope.cursor = seq
""",
        """                return
            scope.cursor = min(seq + 1, scope.head)
""",
    ),
)

MUTANTS: dict[str, Mutant] = {mutant.name: mutant for mutant in _ALL}
assert len(MUTANTS) == len(_ALL), "two mutants have one name"

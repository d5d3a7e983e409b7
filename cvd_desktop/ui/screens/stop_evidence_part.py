"""The Evidence tab: photos, checklist, notes both ways, signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cvd_desktop.domain.visit_records import DraftPhoto, EvidenceDraft, VisitView
from cvd_desktop.ui import formats
from cvd_desktop.ui.dialogs.photo_dialog import PhotoDialog
from cvd_desktop.ui.file_dialogs import ask_for_files
from cvd_desktop.ui.screens.stop_camera import CameraDialog, camera_built_in
from cvd_desktop.ui.screens.stop_part import StopPart
from cvd_desktop.ui.screens.stop_photo_view import PhotoView
from cvd_desktop.ui.screens.stop_photos import PhotoDesk
from cvd_desktop.ui.screens.stop_signature_card import SignatureCard
from cvd_desktop.ui.screens.stop_tools import StopTools, allow
from cvd_desktop.ui.theme import Tone
from cvd_desktop.ui.widgets.card import Card
from cvd_desktop.ui.widgets.choice import Choice
from cvd_desktop.ui.widgets.choice_grid import ChoiceGrid
from cvd_desktop.ui.widgets.drop_cover import dropped_paths
from cvd_desktop.ui.widgets.focus_follower import FocusFollower
from cvd_desktop.ui.widgets.note_line import NoteLine
from cvd_desktop.ui.widgets.tag import TagKind
from cvd_desktop.ui.widgets.text_area import TextArea
from cvd_desktop.ui.widgets.text_label import TextLabel
from cvd_desktop.ui.widgets.two_columns import TwoColumns
from cvd_shared.wire_events import PhotoSubject

SIDE = 420
SIDE_COMPACT = 340
MOST_UNDO = 50
MOST_NOTE = 4000
SUBJECTS: tuple[PhotoSubject, ...] = ("before", "after", "damage", "other")


class EvidencePart(StopPart):
    """Everything is kept at once; a photo that is deleted can be taken back."""

    def __init__(self, tools: StopTools, parent: QWidget) -> None:
        super().__init__(parent)
        self._tools = tools
        self._view: VisitView | None = None
        self._shown = ""
        self._evidence = EvidenceDraft()
        self._known: set[str] = set()  # photos that were seen here: a deleted one stays deleted
        self._past: list[EvidenceDraft] = []
        self._told = ""
        self._checks: dict[str, Choice] = {}
        self.setAcceptDrops(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.page = TwoColumns(tools.look, SIDE, SIDE_COMPACT, self)
        column.addWidget(self.page)
        self._build_photos()
        self._build_checklist()
        self._build_notes()
        self.page.main.addStretch(1)
        self.signature = SignatureCard(tools, self.page.widget())
        self.page.side.addWidget(self.signature)
        self.page.side.addStretch(1)
        FocusFollower(self.page)
        self.signature.named.connect(self._named)
        self.signature.signed.connect(self._signed)
        self.signature.cleared.connect(self._unsigned)
        self.desk = PhotoDesk(tools, self)
        self.desk.added.connect(self._added)
        self.desk.refused.connect(self._refused)
        self.desk.pictured.connect(self._pictured)
        make = partial(tools.action, self)
        self.camera_action = make("plus", "P", self._camera, self.tr("Take a photo"))
        self.file_action = make("folder", "I", self._choose, self.tr("From a file"))
        self.subject_action = make("reorder", "S", self._turn_subject, "")
        self.delete_action = make("close", "Del", self._delete, self.tr("Delete the photo"))
        self.large_action = make("eye", "L", self._show_large, self.tr("Show it large"))
        self.undo_action = make("undo", "Ctrl+Z", self.undo, self.tr("Undo"))
        self._name_actions()

    def _build_photos(self) -> None:
        look = self._tools.look
        card = Card(look, self.tr("Photos"), parent=self.page.widget())
        self.page.main.addWidget(card)
        self.asked = TextLabel(look, "", "dense", Tone.MUTED)
        card.head.addWidget(self.asked)
        self.no_photos = TextLabel(
            look,
            self.tr("No photo yet. Take one, choose a file, or drop a file here.")
            if camera_built_in()
            else self.tr("No photo yet. Choose a file, or drop one here."),
            "body",
            Tone.MUTED,
            wrap=True,
        )
        self.photos = PhotoView(look, self._tools.words)
        self.photos.current_changed.connect(self._name_actions)
        self.photos.opened.connect(self._show_large)
        self.trouble = NoteLine(look, "body")
        for widget in (self.no_photos, self.photos, self.trouble):
            card.body.addWidget(widget)

    def _build_checklist(self) -> None:
        look = self._tools.look
        self.check_card = Card(look, self.tr("Checklist"), parent=self.page.widget())
        self.page.main.addWidget(self.check_card)
        self.checked = TextLabel(look, "", "dense", Tone.MUTED)
        self.check_card.head.addWidget(self.checked)
        self._grid = ChoiceGrid(look)
        self.check_card.body.addWidget(self._grid)

    def _build_notes(self) -> None:
        look = self._tools.look
        self.office = Card(look, self.tr("Note of the office"), parent=self.page.widget())
        self.page.side.addWidget(self.office)
        self.office_words = TextLabel(look, "", "body", wrap=True)
        self.answer = TextArea(look, self.tr("Answer"), most=MOST_NOTE)
        self.office.body.addWidget(self.office_words)
        self.office.body.addWidget(self.answer)
        own = Card(look, parent=self.page.widget())
        self.page.main.addWidget(own)
        self.note = TextArea(look, self.tr("Note to the office"), most=MOST_NOTE)
        own.body.addWidget(self.note)
        self.answer.edited.connect(self._wrote)
        self.note.edited.connect(self._wrote)

    # showing

    def show_visit(self, view: VisitView) -> None:
        draft, finished = view.draft, view.finished
        shown = draft.visit_id if draft is not None else (finished.id if finished else "")
        other = shown != self._shown
        if other:
            self._shown, self._told, self._past, self._known = shown, "", [], set()
            self.signature.begin_anew()
            for area in (self.note, self.answer):
                area.set_text("")
            self.trouble.show_note(TagKind.WARNING, "")
        self._view = view
        if draft is None:
            self._evidence = _recorded(view)
        elif other or not self._tools.keeper.ahead:
            self._evidence = draft.evidence
        else:
            self._evidence = self._merged(draft.evidence)
        self._known |= {photo.photo_id for photo in self._evidence.photos}
        self._show()

    def _merged(self, stored: EvidenceDraft) -> EvidenceDraft:
        """What was typed meanwhile, with photos and a signature that were stored meanwhile."""
        new = [photo for photo in stored.photos if photo.photo_id not in self._known]
        signed = self._evidence.signature_sha256 or stored.signature_sha256
        photos = (*self._evidence.photos, *new)
        return replace(self._evidence, photos=photos, signature_sha256=signed)

    def _show(self) -> None:
        view = self._view
        if view is None:
            return
        evidence, locked = self._evidence, view.draft is None
        self.photos.show_photos(evidence.photos)
        self.photos.setVisible(bool(evidence.photos))
        self._show_photo_words(view)
        self._show_checks(view.checklist, evidence, locked=locked)
        self.office.setVisible(bool(view.office_note or view.answer_wanted or evidence.answer))
        self.office_words.setText(view.office_note)
        wanted = self.tr("Answer, the office asks for one")
        self.answer.label.setText(wanted if view.answer_wanted else self.tr("Answer"))
        for area, text in ((self.answer, evidence.answer), (self.note, evidence.note)):
            area.edit.setReadOnly(locked)
            if not area.edit.hasFocus() and area.text() != text:
                area.set_text(text)
        self.signature.setVisible(view.signature_wanted or bool(evidence.signature_sha256))
        picture = self.photos.pictures().get(evidence.signature_sha256)
        picture = picture or self.desk.picture(evidence.signature_sha256)
        self.signature.show_signature(evidence.signed_by, picture, locked=locked)
        self.desk.fetch(self.photos.waiting(), evidence.signature_sha256)
        self._name_actions()
        self.changed.emit()

    def _show_photo_words(self, view: VisitView) -> None:
        count, wanted = len(self._evidence.photos), view.photos_wanted
        recorded = len(view.finished.photo_ids) if view.finished is not None else 0
        if view.draft is None:
            word = self.tr("1 photo") if recorded == 1 else self.tr("{n} photos")
            self.asked.setText(word.format(n=formats.number(recorded)))
            self.no_photos.setText(self.tr("The photos of a finished visit are with the office."))
        elif wanted:
            words = self.tr("{n} of {of} asked for")
            self.asked.setText(words.format(n=formats.number(count), of=formats.number(wanted)))
        else:
            self.asked.setText("")
        self.no_photos.setVisible(not self._evidence.photos)

    def _show_checks(self, texts: Sequence[str], evidence: EvidenceDraft, *, locked: bool) -> None:
        self.check_card.setVisible(bool(texts))
        if list(self._checks) != list(texts):
            self._checks = {text: self._check(text) for text in texts}
            self._grid.set_choices(tuple(self._checks.values()))
            self._order_keys()
        done = 0
        for text, choice in self._checks.items():
            there = bool(evidence.checks.get(text))
            done += there
            choice.setChecked(there)
            choice.setEnabled(not locked)
        words = self.tr("{n} of {of} done")
        self.checked.setText(words.format(n=formats.number(done), of=formats.number(len(texts))))

    def _order_keys(self) -> None:
        """Tab goes as one reads: the photos, the checklist, the notes, the signature."""
        checks = self._checks.values()
        order = (self.photos, *checks, self.note.edit, self.answer.edit, self.signature.name.edit)
        for before, after in pairwise(order):
            self.setTabOrder(before, after)

    def take_focus(self) -> None:
        """The first point that is not ticked: the space bar ticks it, Enter goes on."""
        open_ones = (one for one in self._checks.values() if one.isEnabled())
        choice = next((one for one in open_ones if not one.isChecked()), None)
        if choice is not None:
            choice.setFocus(Qt.FocusReason.OtherFocusReason)

    def _check(self, text: str) -> Choice:
        choice = Choice(self._tools.look, text)
        choice.setAutoExclusive(False)
        choice.clicked.connect(lambda on: self._tick(text, done=on))
        return choice

    def _name_actions(self) -> None:
        photo = self.photos.current()
        none = "" if photo is not None else self.tr("There is no photo")
        subject = self._tools.words.subject(_next_subject(photo)) if photo is not None else ""
        words = self.tr("It shows: {subject}")
        self.subject_action.setText(
            words.format(subject=subject) if subject else self.tr("What it shows")
        )
        allow(self.subject_action, none)
        allow(self.delete_action, none)
        allow(self.large_action, none)
        allow(self.undo_action, "" if self._past else self.tr("Nothing was changed yet"))
        camera = camera_built_in()
        no_camera = self.tr("This installation has no camera. Choose a picture from a file.")
        allow(self.camera_action, "" if camera else no_camera)
        self.camera_action.setText(self.tr("Take a photo") if camera else self.tr("No camera here"))

    def secondary(self) -> Sequence[QAction]:
        large = (self.large_action,) if self._evidence.photos else ()
        if self._view is None or self._view.draft is None:
            return large
        take = (self.camera_action, self.file_action)
        if not camera_built_in():
            take = (self.file_action, self.camera_action)
        photo = (self.subject_action, self.delete_action) if large else ()
        return (*take, *photo, self.undo_action, *large)

    def fact(self) -> str:
        return self._told

    def visit_id(self) -> str:
        """The visit that is shown; empty for none."""
        return self._shown

    def evidence(self) -> EvidenceDraft:
        """As it stands just now."""
        return self._evidence

    # photos

    def _visit_id(self) -> str:
        draft = self._view.draft if self._view is not None else None
        return draft.visit_id if draft is not None else ""

    def _camera(self) -> None:
        dialog = CameraDialog(self._tools, self)
        dialog.taken.connect(partial(self.desk.take_image, self._visit_id(), self._subject()))
        dialog.open()

    def _choose(self) -> None:
        ask_for_files(self, self.tr("Choose photos"), self.take_files)

    def _show_large(self) -> None:
        photo = self.photos.current()
        if photo is not None:
            self.desk.fetch_large(photo.sha256, partial(self._open_large, photo))

    def _open_large(self, photo: DraftPhoto, image: QImage | None) -> None:
        if image is None:
            self._tell(self.tr("This picture is not on this laptop any more: the office has it."))
            return
        subject = self._tools.words.subject(photo.subject)
        words = f"{subject}, {formats.clock_time(photo.taken_at)}"
        PhotoDialog(self._tools.look, image, words, self).show()

    def take_files(self, paths: Sequence[Path]) -> None:
        """Pictures of files become photos of the visit."""
        if self._visit_id():
            self.trouble.show_note(TagKind.WARNING, "")
            self._tell(self.tr("The picture is made small"))
            self.desk.take_files(self._visit_id(), self._subject(), paths)

    def _subject(self) -> PhotoSubject:
        """The first picture is taken before the work, the next ones after it."""
        return "after" if self._evidence.photos else "before"

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        if self._visit_id() and dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        event.acceptProposedAction()
        self.take_files(dropped_paths(event.mimeData()))

    def _added(self, visit_id: str, photo: object) -> None:
        assert isinstance(photo, DraftPhoto)
        if visit_id == self._shown and photo.photo_id not in self._known:
            self._known.add(photo.photo_id)
            self._evidence = replace(self._evidence, photos=(*self._evidence.photos, photo))
            self._told = ""
            self._show()

    def _pictured(self, sha256: str) -> None:
        picture = self.desk.picture(sha256)
        if picture is not None and sha256 in self.photos.waiting():
            self.photos.show_picture(sha256, picture)
        elif sha256 == self._evidence.signature_sha256:
            self._show()

    def _delete(self) -> None:
        photo = self.photos.current()
        if photo is not None:
            rest = tuple(one for one in self._evidence.photos if one.photo_id != photo.photo_id)
            self._change(replace(self._evidence, photos=rest))
            self._tell(self.tr("Photo deleted. Ctrl+Z takes it back."))

    def _turn_subject(self) -> None:
        photo = self.photos.current()
        if photo is not None:
            turned = replace(photo, subject=_next_subject(photo))
            photos = tuple(
                turned if one.photo_id == photo.photo_id else one for one in self._evidence.photos
            )
            self._change(replace(self._evidence, photos=photos))

    # checklist, notes, signature

    def _tick(self, text: str, *, done: bool) -> None:
        self._change(replace(self._evidence, checks={**self._evidence.checks, text: done}))

    def _wrote(self) -> None:
        self._take(
            replace(self._evidence, note=self.note.text(), answer=self.answer.text()), show=False
        )

    def _named(self, name: str) -> None:
        self._take(replace(self._evidence, signed_by=name), show=False)

    def _signed(self) -> None:
        visit_id = self._visit_id()
        png, name = self.signature.pad.png(), self.signature.name.text().strip()
        if visit_id and png:
            save = partial(self._tools.services.store_signature, visit_id, png, name)
            self._tools.keeper.keep(visit_id, "signature", save)

    def _unsigned(self) -> None:
        self._take(replace(self._evidence, signature_sha256=""), show=True)

    # keeping

    def _change(self, evidence: EvidenceDraft) -> None:
        """One step that can be taken back."""
        if evidence != self._evidence:
            self._past = [*self._past[-MOST_UNDO:], self._evidence]
            self._told = ""
            self._take(evidence, show=True)

    def undo(self) -> None:
        """The last step is taken back; what is written in the notes stays."""
        if self._past:
            before = self._past.pop()
            now = self._evidence
            self._told = ""
            kept = replace(now, photos=before.photos, checks=before.checks)
            self._take(kept, show=True)

    def _take(self, evidence: EvidenceDraft, *, show: bool) -> None:
        self._evidence = evidence
        visit_id = self._visit_id()
        if visit_id:
            save = partial(self._tools.services.keep_evidence, visit_id, evidence)
            self._tools.keeper.keep(visit_id, "evidence", save)
        if show:
            self._show()

    def _refused(self, words: str) -> None:
        """Why a picture is not taken stands where the pictures are."""
        self.trouble.show_note(TagKind.WARNING, words)
        self._tell("")

    def _tell(self, words: str) -> None:
        self._told = words
        self._name_actions()
        self.changed.emit()


def _next_subject(photo: DraftPhoto | None) -> PhotoSubject:
    if photo is None:
        return SUBJECTS[0]
    return SUBJECTS[(SUBJECTS.index(photo.subject) + 1) % len(SUBJECTS)]


def _recorded(view: VisitView) -> EvidenceDraft:
    """What a finished visit says, as the tab shows it."""
    finished = view.finished
    if finished is None:
        return EvidenceDraft()
    signed = finished.signature
    return EvidenceDraft(
        photos=view.photos,
        checks={check.text: check.done for check in finished.checks},
        note=finished.note,
        answer=finished.answer,
        signed_by=signed.name if signed is not None else "",
        signature_sha256=signed.sha256 if signed is not None else "",
    )

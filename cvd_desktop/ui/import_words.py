"""The sentences of the Import screen: what is being done, what came of it, what to do next."""

from PySide6.QtCore import QObject

from cvd_desktop.domain.import_records import ImportPhase, ImportReport, ImportStep
from cvd_desktop.ui import formats
from cvd_desktop.ui.import_view import Imported, MachineReads


class ImportWords(QObject):
    """Puts an import into words."""

    # while it runs

    def phase(self, step: ImportStep) -> str:
        return {
            ImportPhase.LOOKING: self.tr("Looking which files there are"),
            ImportPhase.READING: self.tr("Reading the files"),
            ImportPhase.STORING: self.tr("Keeping the new reads"),
        }[step.phase]

    def time_left(self, step: ImportStep) -> str:
        """A forecast in words; before there is one, that there is none."""
        left = step.seconds_left
        if left is None:
            return self.tr("How long it takes is not known yet.")
        if left < 1.5:
            return self.tr("Almost done.")
        if left < 100:
            return self.tr("About {n} seconds left.").format(n=round(left))
        return self.tr("About {n} minutes left.").format(n=max(2, round(left / 60)))

    # when it has ended

    def title(self, shown: Imported) -> str:
        """ "12 reads of 3 machines imported"."""
        report = shown.report
        count = len(report.reads)
        if not count:
            return self._nothing(report)
        reads = self.tr("1 read") if count == 1 else self.tr("{n} reads")
        reads = reads.format(n=formats.number(count))
        if report.cancelled or report.problem is not None:
            return self.tr("The import was stopped, {reads} are kept").format(reads=reads)
        words = self.tr("{reads} of {n} machines imported")
        if shown.named == 1:
            words = self.tr("{reads} of 1 machine imported")
        elif not shown.named:
            words = self.tr("{reads} imported")
        return words.format(reads=reads, n=formats.number(shown.named))

    def _nothing(self, report: ImportReport) -> str:
        if report.cancelled:
            return self.tr("The import was stopped, no read was taken over")
        if report.problem is not None:
            return self.tr("The import did not work, no read was taken over")
        if report.duplicates and not (report.without_report or report.skipped):
            return self.tr("All of it is here already")
        if not report.files and not report.skipped:
            return self.tr("There was no file in it")
        return self.tr("No new read was found")

    def facts(self, report: ImportReport) -> str:
        """ "31 files, 1.4 MB, 3.2 s"."""
        files = self.tr("1 file") if report.files == 1 else self.tr("{n} files")
        return ", ".join(
            (
                files.format(n=formats.number(report.files)),
                formats.size(report.bytes),
                self.tr("{n} s").format(n=formats.decimal(report.seconds)),
            )
        )

    def safe(self) -> str:
        return self.tr("Your files are as they were: nothing was moved, changed or deleted.")

    def next_step(self, shown: Imported) -> str:
        """What a person should do with what came of it."""
        report = shown.report
        if report.reads and (shown.unknown or shown.nameless):
            return self.tr(
                "Nothing of it is lost: a read finds its machine when the office adds the one with "
                "its number. A read can be opened without that."
            )
        if report.reads:
            return self.tr(
                "The reads go to the office with the next sync. Open a machine to see its history."
            )
        if report.cancelled or report.problem is not None:
            return self.tr("Import the same files again: what is here already is not taken twice.")
        if report.duplicates and not (report.without_report or report.skipped):
            return self.tr("Nothing is to be done. The list tells which read each one is.")
        return self.tr("See below why, then choose other files.")

    def toast(self, report: ImportReport) -> str:
        """For a person who is on another screen when it ends."""
        count = len(report.reads)
        if count == 1:
            return self.tr("The import has ended: 1 new read.")
        return self.tr("The import has ended: {n} new reads.").format(n=formats.number(count))

    def strangers(self, shown: Imported) -> str:
        """Machines of no list, and reads that name no machine; empty without any."""
        parts = []
        if shown.unknown == 1:
            parts.append(self.tr("1 machine is not in your list."))
        elif shown.unknown:
            many = self.tr("{n} machines are not in your list.")
            parts.append(many.format(n=formats.number(shown.unknown)))
        if shown.nameless == 1:
            parts.append(self.tr("1 read tells no asset number."))
        elif shown.nameless:
            many = self.tr("{n} reads tell no asset number.")
            parts.append(many.format(n=formats.number(shown.nameless)))
        return " ".join(parts)

    def machine(self, machine: MachineReads) -> str:
        return machine.asset or self.tr("no asset number")

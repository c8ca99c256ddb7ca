"""Faults of the scan of the watched folder and of the n8n workflow."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from tests.guarantees.registry import Guarantee, Patch
from tests.guarantees.wrappers import override, unconditional
from vcp.adapters.aws.intake_function import IntakeFunction
from vcp.adapters.aws.ledger.scan import ScanLedger
from vcp.adapters.google.folder_tree import DriveTree
from vcp.domain.errors import RetryableError
from vcp.domain.intake.scan_state import ScanState
from vcp.ports.scan import Children
from vcp.services.file_submitter import FileSubmitter, is_settled
from vcp.services.folder_scanner import FolderScanner
from vcpctl.n8n.workflows import read_workflow

SCAN = "tests/unit/services/test_folder_scanner.py"
SUBMITTER = "tests/unit/services/test_file_submitter.py"
TREE = "tests/integration/google/test_folder_tree.py"
SCAN_LEDGER = "tests/integration/aws/ledger/test_scan.py"

FOUND = Guarantee(
    "Every video in the watched folder is processed once, whether n8n saw it or not",
    "n8n's trigger misses files that are moved in, files with an older date, subfolders and new versions. The scan "
    "finds them all, continues after an outage where it stopped, submits nothing twice, and no file blocks another.",
)


@FOUND.fault("Files that a scan had no time for count as submitted", SCAN)
def unfinished_page_counts_as_done(patch: Patch) -> None:
    def submit(original: Callable[..., Any], *args: Any) -> Any:
        report = original(*args)
        report.remaining.clear()
        return report

    patch.around(FileSubmitter.submit, submit)


@FOUND.fault("Files that the intake failed for are forgotten", SCAN)
def failed_files_are_forgotten(patch: Patch) -> None:
    patch.around(ScanState.after_tries, lambda original, self, done, failed, *args: original(self, done, (), *args))


@FOUND.fault("A folder that is moved in is not listed", SCAN)
def new_folders_are_ignored(patch: Patch) -> None:
    patch.replace(ScanState.with_pending, lambda self, folders: self)


@FOUND.fault("The whole tree is never listed again", SCAN)
def change_log_is_trusted_forever(patch: Patch) -> None:
    patch.around(
        FolderScanner.run,
        lambda original, self, time_left: original(replace(self, relist_after=timedelta(days=10_000)), time_left),
    )


@FOUND.fault("Files outside the watched folder are submitted", SCAN)
def files_elsewhere_are_submitted(patch: Patch) -> None:
    def run(original: Callable[..., int], self: FolderScanner, time_left: Any) -> int:
        drive = override(self.drive, parent=lambda folder_id: self.folder_id)
        return original(replace(self, drive=drive), time_left)

    patch.around(FolderScanner.run, run)


@FOUND.fault("The scan calls the intake for every file, known or not", SCAN)
def known_files_are_submitted(patch: Patch) -> None:
    patch.replace(is_settled, lambda known: False)


@FOUND.fault("A rejection that users can resolve is never submitted again", SUBMITTER)
def lifted_rejection_is_not_submitted(patch: Patch) -> None:
    patch.replace(is_settled, lambda known: True)


@FOUND.fault("Any answer of the intake function counts as accepted", "tests/integration/aws/test_intake_function.py")
def any_answer_is_accepted(patch: Patch) -> None:
    def submit(original: Callable[..., str], *args: Any) -> str:
        try:
            return original(*args)
        except RetryableError:
            return "accepted"

    patch.around(IntakeFunction.submit, submit)


@FOUND.fault("An answer that is not Drive's counts as an empty folder", TREE)
def strange_answer_is_an_empty_folder(patch: Patch) -> None:
    def children(original: Callable[..., Children], *args: Any) -> Children:
        try:
            return original(*args)
        except RetryableError:
            return Children((), None)

    patch.around(DriveTree.children, children)


@FOUND.fault("A scan overwrites the progress of another", SCAN_LEDGER)
def scans_overwrite_each_other(patch: Patch) -> None:
    def save(original: Callable[..., Any], self: ScanLedger, state: ScanState) -> Any:
        client, self._client = self._client, unconditional(self._client)
        try:
            return original(self, state)
        finally:
            self._client = client

    patch.around(ScanLedger.save, save)


N8N = Guarantee(
    "The n8n workflow loses no file",
    "Its filter passes what the scan would submit. A failed call is retried after a pause that survives a restart of "
    "n8n, and finally reported by mail.",
)


def _in_workflow(patch: Patch, old: str, new: str) -> None:
    def changed(original: Callable[..., Any], *args: Any) -> Any:
        text = json.dumps(original(*args))
        return json.loads(text.replace(old, new))

    patch.around(read_workflow, changed)


@N8N.fault("The filter drops a kind of video that the scan submits", "tests/n8n/test_workflow.py")
def filter_drops_a_kind_of_video(patch: Patch) -> None:
    _in_workflow(patch, "|mxf|", "|")


@N8N.fault("A call that failed continues like one that was answered", "tests/n8n/test_workflow.py")
def failed_call_is_not_repeated(patch: Patch) -> None:
    _in_workflow(patch, "continueErrorOutput", "continueRegularOutput")

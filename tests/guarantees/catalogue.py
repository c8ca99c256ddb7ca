"""All guarantees, in the order of docs/guarantees.md."""

from __future__ import annotations

from tests.guarantees.faults import completion, followers, infrastructure, intake, ledger, scan, transfer
from tests.guarantees.registry import Fault

GUARANTEES = (
    intake.IDEMPOTENT,
    intake.RETRY,
    intake.VERSIONS,
    intake.ERRORS,
    scan.FOUND,
    scan.N8N,
    transfer.RESUME,
    transfer.COPY,
    transfer.ONE_JOB,
    completion.PROMISE,
    completion.EVENTS,
    completion.VERIFIED,
    ledger.CONDITIONAL,
    ledger.LEASES,
    ledger.RECOVERY,
    followers.MAILS,
    followers.ROWS,
    followers.RAISED,
    infrastructure.NARROW,
    infrastructure.PRIVATE,
)
FAULTS: dict[str, Fault] = {fault.id: fault for guarantee in GUARANTEES for fault in guarantee.faults}

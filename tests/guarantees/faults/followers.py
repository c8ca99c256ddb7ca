"""Faults of the functions that follow the ledger's stream, and of what all functions have in common."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from tests.guarantees.registry import Guarantee, Patch
from tests.guarantees.wrappers import ignore, override
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.adapters.token_bucket import TokenBucket
from vcp.domain.errors import VcpError
from vcp.domain.reporting.mails import mail_kinds
from vcp.services.airtable_sync import AirtableSync
from vcp.services.notifier import Notifier
from vcp.services.reconciler import Reconciler

AIRTABLE = "tests/integration/test_airtable.py"
AIRTABLE_SYNC = "tests/unit/services/test_airtable_sync.py"
NOTIFIER = "tests/unit/services/test_notifier.py"
FOLLOWERS = "tests/unit/handlers/test_stream_consumers.py"

MAILS = Guarantee(
    "Each mail is sent once, and none is lost",
    "A mail is claimed in the ledger before it is sent. A repeated stream record finds it sent; the claim of a sender "
    "that died expires, and that of one that failed is released.",
)


def _with_ledger(patch: Patch, **methods: Callable[..., Any]) -> None:
    """Replace methods of the ledger that the notifier sees; each gets that ledger as its first argument."""

    def changed(original: Callable[..., Any], self: Notifier, *args: Any) -> Any:
        bound = {name: lambda *a, method=method, **k: method(self.ledger, *a, **k) for name, method in methods.items()}
        return original(replace(self, ledger=override(self.ledger, **bound)), *args)

    patch.around(Notifier.notify, changed)


@MAILS.fault("A stream record that is delivered again sends its mail again", NOTIFIER)
def mails_are_not_claimed(patch: Patch) -> None:
    _with_ledger(patch, claim_mail=lambda ledger, *args: True)


@MAILS.fault("A mail that could not be sent blocks the next try", NOTIFIER)
def failed_mail_keeps_its_claim(patch: Patch) -> None:
    _with_ledger(patch, release_mail=ignore)


@MAILS.fault("The mails of a second attempt count as sent", NOTIFIER)
def attempts_share_mails(patch: Patch) -> None:
    def claim(ledger: Any, video_id: str, attempt: int, *args: Any) -> Any:
        return ledger.claim_mail(video_id, 1, *args)

    def sent(ledger: Any, video_id: str, attempt: int, *args: Any) -> None:
        ledger.mail_sent(video_id, 1, *args)

    _with_ledger(patch, claim_mail=claim, mail_sent=sent)


@MAILS.fault("The mail of a sender that died is never sent", "tests/integration/aws/ledger/test_table.py")
def claim_of_a_dead_sender_stays(patch: Patch) -> None:
    years = timedelta(days=3650).total_seconds()
    patch.around(DynamoLedger.claim_mail, lambda original, *args: original(*args[:-1], years))


@MAILS.fault("Every change inside a state sends a mail", NOTIFIER)
def every_change_sends_a_mail(patch: Patch) -> None:
    patch.around(mail_kinds, lambda original, before, record: original(None, record))


@MAILS.fault("A stream record whose mail failed counts as done", FOLLOWERS)
def failed_mail_counts_as_done(patch: Patch) -> None:
    _swallow_errors(patch, Notifier.notify, [])


ROWS = Guarantee(
    "Airtable shows what the ledger says, at its own rate, and never delays the work",
    "Rows are written from the ledger's current state, so late and repeated records do no harm. Calls stay below "
    "Airtable's limit of 5 a second; when Airtable is down, only the row is late.",
)


@ROWS.fault("A row that could not be written is forgotten", AIRTABLE_SYNC, FOLLOWERS)
def failed_row_is_forgotten(patch: Patch) -> None:
    _swallow_errors(patch, AirtableSync.sync, 0)


@ROWS.fault("Calls are made without a rate limit", AIRTABLE)
def calls_are_not_limited(patch: Patch) -> None:
    patch.replace(TokenBucket.wait, ignore)


RAISED = Guarantee(
    "Failures are raised, and end where someone sees them",
    'To SQS, EventBridge and n8n an answer such as `{"statusCode": 500}` is a success. A failure is raised, logged '
    "and retried; what still fails ends in a queue with an alarm.",
)


def _swallow_errors(patch: Patch, method: Callable[..., Any], answer: Any) -> None:
    def swallowed(original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return original(*args, **kwargs)
        except VcpError:
            return answer

    patch.around(method, swallowed)


@RAISED.fault(
    "A handler returns its failure", "tests/unit/handlers/test_errors.py", "tests/unit/handlers/test_invocation.py"
)
def failures_are_returned(patch: Patch) -> None:
    from vcp.handlers.errors import log_errors  # turns the garbage collector off until a handler is defined

    def wrapped(original: Callable[..., Any], handler: Callable[..., Any]) -> Callable[..., Any]:
        guarded = original(handler)

        def returning(event: Any, context: Any) -> Any:
            try:
                return guarded(event, context)
            except Exception:  # noqa: BLE001 - the fault itself
                return {"statusCode": 500}

        return returning

    patch.around(log_errors, wrapped)


@RAISED.fault("The reconciler hides the videos that it could not recover", "tests/unit/services/test_reconciler.py")
def reconciler_hides_failures(patch: Patch) -> None:
    _swallow_errors(patch, Reconciler.run, {})

"""Mail people about their videos: each kind of mail once per attempt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from aws_lambda_powertools import Logger
from msgspec import Struct

from vcp.domain.errors import VcpError
from vcp.domain.reporting.mails import Links, mail, mail_kinds
from vcp.domain.video.record import Result, VideoRecord
from vcp.domain.video.states import State
from vcp.ports.clock import Clock
from vcp.ports.ledger import Ledger
from vcp.ports.messaging import Mailer

logger = Logger(child=True)


class Notifier(Struct, frozen=True):
    """`mail_lease`: after that a mail that was claimed but not sent is sent again."""

    ledger: Ledger
    mailer: Mailer
    clock: Clock
    result_url: Callable[[Result], str]
    mail_lease: timedelta

    def notify(self, before: State | None, record: VideoRecord) -> list[str]:
        """Send the mails for a change of state and return their kinds.

        A mail is claimed in the ledger before it is sent, so a second delivery of the change does not send it again.
        A sender that dies leaves a claim that lapses; one that fails releases it.

        Raises `LeaseHeldError` while another sender holds the claim, and what the mailer raises: the stream delivers
        the change again.
        """
        sent = []
        for kind in mail_kinds(before, record):
            identity = (record.video_id, record.attempt, kind)
            if not self.ledger.claim_mail(*identity, self.clock.now(), self.mail_lease.total_seconds()):
                continue
            compressed = self.result_url(record.result) if record.result else None
            letter = mail(kind, record, Links(original=record.source.web_url, compressed=compressed))
            try:
                self.mailer.send(letter.subject, letter.body)
            except VcpError:
                self.ledger.release_mail(*identity, self.clock.now())
                raise
            self.ledger.mail_sent(*identity, self.clock.now())
            sent.append(kind)
        logger.info("notified", extra={"video_id": record.video_id, "state": record.state, "kinds": sent})
        return sent

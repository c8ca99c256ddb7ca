"""SNS e-mail into an inbox that people and tests can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localcloud.context import CloudContext


def install(context: CloudContext) -> None:
    """Let SNS send its e-mail here and add the console's routes."""
    from localcloud.inbox import hook
    from localcloud.inbox.mailbox import Mailbox
    from localcloud.inbox.subscriptions import Subscriptions

    mailbox = Mailbox()
    subscriptions = Subscriptions(mailbox, context.auto_confirm)
    hook.install(subscriptions)

    def read(query: Mapping[str, Any]) -> Any:
        return [mail.as_json() for mail in mailbox.mails(query.get("to"))]

    def confirm(body: Mapping[str, Any]) -> Any:
        to = body.get("to")
        if not to:
            raise ValueError("say whose mails to confirm: to")
        if not mailbox.mails(to):
            raise LookupError(f"there is no mail to {to}")
        return {"confirmed": subscriptions.confirm_all(to, body.get("topicArn"))}

    def clear(_: Mapping[str, Any]) -> Any:
        mailbox.clear()
        return {}

    context.console.add("GET", "/inbox", read)
    context.console.add("POST", "/inbox/confirm", confirm)
    context.console.add("POST", "/inbox/clear", clear)

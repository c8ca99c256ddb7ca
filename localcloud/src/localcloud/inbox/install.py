"""Install the inbox: SNS e-mail that people and tests can read."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from localcloud.context import CloudContext
from localcloud.inbox import hook
from localcloud.inbox.subscriptions import Subscriptions
from localcloud.stand_in import Routes, add_routes


def install(context: CloudContext) -> None:
    """Let SNS deliver its e-mail to the inbox, and add the console routes."""
    subscriptions = Subscriptions(context.auto_confirm)
    hook.install(subscriptions)

    def mails(to: str | None = None) -> list[dict[str, Any]]:
        return [asdict(mail) for mail in subscriptions.mails(to)]

    def confirm(to: str) -> list[str]:
        if not subscriptions.mails(to):
            raise LookupError(f"there is no mail to {to}")
        return subscriptions.confirm_all(to)

    routes: Routes = {"GET /inbox": mails, "POST /inbox/confirm": confirm, "POST /inbox/clear": subscriptions.clear}
    add_routes(context.console, routes)

"""The six functions out of the stack's settings: image, size, time limit, and what each is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from infra.function import ImageFunction, ImageFunctionArgs
from infra.naming import Names
from infra.settings import Settings
from vcp.domain.value import kinds_of
from vcp.wire.environment import NOTIFIER_TIMEOUT_SECONDS, SETTINGS_BY_FUNCTION

#: n8n gives up after 300 s and calls again; the door answers in seconds or says that it cannot.
DOOR_TIMEOUT_SECONDS = 60
#: A batch of rows at Airtable's pace, and the 30 s that it asks to wait after a 429.
LOGGER_TIMEOUT_SECONDS = 180
#: Lambda's most: videos first, then the watched folder, which goes on at the next tick where it stopped.
RECONCILER_TIMEOUT_SECONDS = 900


@dataclass(frozen=True)
class Size:
    """What a function is given."""

    image_uri: str
    memory_mb: int
    timeout_seconds: int
    description: str


def sizes(settings: Settings) -> dict[str, Size]:
    """Function key -> image, memory, time limit."""
    media, core = settings.media_image, settings.core_image
    return {
        "intake": Size(
            media, settings.intake_memory_mb, DOOR_TIMEOUT_SECONDS, "The door: takes announcements of Drive files"
        ),
        "transfer": Size(
            media,
            settings.transfer_memory_mb,
            settings.transfer_timeout_seconds,
            "Plans a video, copies it, submits it",
        ),
        "completion": Size(
            media,
            settings.completion_memory_mb,
            settings.completion_timeout_seconds,
            "Proves results and delivers them",
        ),
        "airtable_sync": Size(
            core, settings.airtable_sync_memory_mb, LOGGER_TIMEOUT_SECONDS, "Projects the ledger to the Airtable table"
        ),
        "notifier": Size(core, settings.notifier_memory_mb, NOTIFIER_TIMEOUT_SECONDS, "Writes the mails, each once"),
        "reconciler": Size(
            core,
            settings.reconciler_memory_mb,
            RECONCILER_TIMEOUT_SECONDS,
            "Takes up what was lost, finds what nobody announced",
        ),
    }


class FunctionMaker:
    """Makes functions of one stack, so that a call says only what is particular to the function."""

    def __init__(self, settings: Settings, names: Names, ledger_table: pulumi.Input[str]) -> None:
        self._settings, self._names = settings, names
        self._sizes = sizes(settings)
        self._common = {"ledger_table": ledger_table}

    def make(self, name: str, key: str, resources: Mapping[str, Any]) -> ImageFunction:
        """A function. Its environment: what its model has by name of the stack's settings, and `resources`."""
        model, size = SETTINGS_BY_FUNCTION[key], self._sizes[key]
        signature = {"stack": self._names.stack} if "stack" in kinds_of(model) else {}
        return ImageFunction(
            name,
            ImageFunctionArgs(
                key=key,
                function_name=self._names.function(key),
                role_name=self._names.role(key),
                description=size.description,
                image_uri=size.image_uri,
                settings={
                    **self._settings.for_function(model),
                    **self._common,
                    **signature,
                    "powertools_service_name": self._names.function(key),
                    **resources,
                },
                memory_mb=size.memory_mb,
                timeout_seconds=size.timeout_seconds,
                log_days=self._settings.log_days,
            ),
        )

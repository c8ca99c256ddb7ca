"""The settings of a stack. Only `infra.config` reads Pulumi's configuration."""

from __future__ import annotations

from typing import Any, Self

from pydantic import ValidationError, model_validator

from infra.config import reading
from infra.config.cross_checks import CROSS_CHECKS
from infra.config.model import StackConfig
from infra.naming import length_problem
from vcp.domain.intake.drive_links import parse_file_reference
from vcp.domain.value import kinds_of
from vcp.wire.environment import NOTHING_WATCHED, FunctionSettings


class Settings(StackConfig):
    """A configuration whose values fit together."""

    @model_validator(mode="after")
    def _cross_checked(self) -> Self:
        errors = [
            reading.cross_error(StackConfig, check.field, f"Input should be {check.allowed}", *check.others)
            for check in CROSS_CHECKS
            if not check.holds(self)
        ]
        if too_long := length_problem(self.stack, self.region, bare=self.bare_names):
            errors.append(reading.cross_error(StackConfig, "stack", too_long, "region"))
        if errors:
            raise ValidationError.from_exception_data("Settings", errors)
        return self

    @property
    def airtable(self) -> bool:
        """Whether an Airtable table is written."""
        return bool(self.airtable_base_id)

    @property
    def watches(self) -> bool:
        """Whether a Drive folder is scanned."""
        return bool(self.watched_folder)

    @property
    def watched_folder_id(self) -> str:
        """The watched folder's id, also if the configuration has its link; `NOTHING_WATCHED` without a folder."""
        return parse_file_reference(self.watched_folder).file_id if self.watched_folder else NOTHING_WATCHED

    def for_function(self, model: type[FunctionSettings]) -> dict[str, Any]:
        """Return the values of the fields that the function's model has under the same name."""
        return {name: getattr(self, name) for name in kinds_of(model) if name in StackConfig.model_fields}


def load(stack: str) -> Settings:
    """Return the stack's settings. Raises `ConfigurationError` with every problem, before any resource exists."""
    return reading.load(Settings, f"stack {stack}", {"stack": stack})

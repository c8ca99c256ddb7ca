"""The wire: one method an operation, in botocore's names. What is not here answers NotImplemented by name."""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult, BaseResponse

from localcloud.mediaconvert.exceptions import BadRequestException
from localcloud.mediaconvert.models import MediaConvertBackend, mediaconvert_backends, page
from localcloud.mediaconvert.rules import check_preset
from localcloud.mediaconvert.runtime import current
from localcloud.mediaconvert.validation import decode, refuse


class MediaConvertResponse(BaseResponse):  # type: ignore[misc]
    """Handlers of MediaConvert's operations."""

    def __init__(self) -> None:
        super().__init__(service_name="mediaconvert")
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> MediaConvertBackend:
        backend: MediaConvertBackend = mediaconvert_backends[self.current_account][self.region]
        return backend

    def _determine_resource(self) -> str:
        """The resource that an authorisation check is about."""
        action, named = self._get_action(), self.params.get("Name")
        if action == "CreateJob":
            queue = str(self.params.get("Queue") or "Default")
            return queue if queue.startswith("arn:") else self.backend.arn("queues", queue)
        if action in ("GetJob", "CancelJob"):
            return self.backend.arn("jobs", str(self.params.get("Id")))
        for kind in ("Queue", "Preset"):
            if action == f"Create{kind}" or (named and action.endswith(kind)):
                return self.backend.arn(f"{kind.lower()}s", str(named))
        return str(self.params.get("Arn") or "*")

    def _body(self) -> dict[str, Any]:
        """The request's body, checked against the service model with every member that it has."""
        try:
            body = json.loads(self.body or "{}")
        except ValueError as broken:
            raise BadRequestException(f"The request body is not JSON: {broken}") from broken
        if not isinstance(body, dict):
            raise BadRequestException("The request body is not a JSON object")
        return decode(self._get_action(), body)

    # Queues

    def create_queue(self) -> ActionResult:
        queue = self.backend.create_queue(self._body())
        return ActionResult({"Queue": self.backend.describe_queue(queue)})

    def get_queue(self) -> ActionResult:
        return ActionResult({"Queue": self.backend.describe_queue(self.backend.queue(self.params["Name"]))})

    def update_queue(self) -> ActionResult:
        body = self._body()
        if "ReservationPlanSettings" in body:
            raise BadRequestException("/reservationPlanSettings: the local cloud does not implement RESERVED")
        queue = self.backend.update_queue(self.params["Name"], body)
        current().dispatcher.wake()
        return ActionResult({"Queue": self.backend.describe_queue(queue)})

    def delete_queue(self) -> ActionResult:
        self.backend.delete_queue(self.params["Name"])
        return ActionResult({})

    def list_queues(self) -> ActionResult:
        items, token = self._listed(list(self.backend.queues.values()), "ASCENDING")
        return ActionResult({"Queues": [self.backend.describe_queue(one) for one in items], "NextToken": token})

    # Presets

    def create_preset(self) -> ActionResult:
        body = self._body()
        refuse(list(check_preset(body["Settings"])))
        return ActionResult({"Preset": self.backend.create_preset(body).to_dict()})

    def get_preset(self) -> ActionResult:
        return ActionResult({"Preset": self.backend.preset(self.params["Name"]).to_dict()})

    def update_preset(self) -> ActionResult:
        body = self._body()
        if "Settings" in body:
            refuse(list(check_preset(body["Settings"])))
        return ActionResult({"Preset": self.backend.update_preset(self.params["Name"], body).to_dict()})

    def delete_preset(self) -> ActionResult:
        self.backend.delete_preset(self.params["Name"])
        return ActionResult({})

    def list_presets(self) -> ActionResult:
        if self.params.get("ListBy") == "SYSTEM":
            raise BadRequestException("/listBy: the local cloud has no system presets")
        category = self.params.get("Category")
        found = [one for one in self.backend.presets.values() if category in (None, one.category)]
        items, token = self._listed(found, "ASCENDING")
        return ActionResult({"Presets": [one.to_dict() for one in items], "NextToken": token})

    # Jobs

    def create_job(self) -> ActionResult:
        runtime = current()
        body = self._body()
        runtime.faults.refuse_call("CreateJob")
        runtime.check_pass_role(self, str(body["Role"]))
        job, new = self.backend.create_job(body)
        if new:
            runtime.dispatcher.submit(self.backend, job)
        return ActionResult({"Job": job.to_dict()})

    def get_job(self) -> ActionResult:
        return ActionResult({"Job": self.backend.job(self.params["Id"]).to_dict()})

    def list_jobs(self) -> ActionResult:
        params = self.params
        found = self.backend.list_jobs(params.get("Queue"), params.get("Status"), params.get("Order", "DESCENDING"))
        items, token = page(found, params.get("MaxResults"), params.get("NextToken"))
        return ActionResult({"Jobs": [job.to_dict() for job in items], "NextToken": token})

    def cancel_job(self) -> ActionResult:
        current().dispatcher.cancel(self.backend, self.backend.job(self.params["Id"]))
        return ActionResult({})

    # Tags and endpoints

    def tag_resource(self) -> ActionResult:
        body = self._body()
        self.backend.tags_of(body["Arn"]).update(body["Tags"])
        return ActionResult({})

    def untag_resource(self) -> ActionResult:
        tags = self.backend.tags_of(self.params["Arn"])
        for key in self.params.get("TagKeys") or []:
            tags.pop(key, None)
        return ActionResult({})

    def list_tags_for_resource(self) -> ActionResult:
        arn = self.params["Arn"]
        return ActionResult({"ResourceTags": {"Arn": arn, "Tags": dict(self.backend.tags_of(arn))}})

    def describe_endpoints(self) -> ActionResult:
        return ActionResult({"Endpoints": [{"Url": current().context.endpoint}]})

    def _listed(self, found: list[Any], default_order: str) -> tuple[list[Any], str | None]:
        by_date = self.params.get("ListBy") == "CREATION_DATE"
        descending = self.params.get("Order", default_order) == "DESCENDING"
        found = sorted(found, key=lambda one: one.created if by_date else one.name, reverse=descending)
        return page(found, self.params.get("MaxResults"), self.params.get("NextToken"))

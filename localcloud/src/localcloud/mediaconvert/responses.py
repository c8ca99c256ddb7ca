"""The operations, named as in botocore. An operation without a method answers NotImplemented by name."""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult, BaseResponse

from localcloud.mediaconvert.dispatcher import Dispatcher
from localcloud.mediaconvert.exceptions import BadRequestException
from localcloud.mediaconvert.models import MediaConvertBackend, mediaconvert_backends, page
from localcloud.mediaconvert.rules import check_preset
from localcloud.mediaconvert.validation import decode, reject


class MediaConvertResponse(BaseResponse):  # type: ignore[misc]
    """Handlers of MediaConvert's operations. moto creates one per request."""

    dispatcher: Dispatcher  # set when the service is installed

    def __init__(self) -> None:
        super().__init__(service_name="mediaconvert")
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> MediaConvertBackend:
        backend: MediaConvertBackend = mediaconvert_backends[self.current_account][self.region]
        return backend

    def _body(self) -> dict[str, Any]:
        """Return the request's body, checked against the service model with every member that it has."""
        try:
            body = json.loads(self.body or "{}")
        except ValueError as broken:
            raise BadRequestException(f"The request body is not JSON: {broken}") from broken
        if not isinstance(body, dict):
            raise BadRequestException("The request body is not a JSON object")
        return decode(self._get_action(), body)

    def create_queue(self) -> ActionResult:
        queue = self.backend.create_queue(self._body())
        return ActionResult({"Queue": self.backend.describe_queue(queue)})

    def get_queue(self) -> ActionResult:
        return ActionResult({"Queue": self.backend.describe_queue(self.backend.queue(self.params["Name"]))})

    def update_queue(self) -> ActionResult:
        queue = self.backend.update_queue(self.params["Name"], self._body())
        self.dispatcher.wake()
        return ActionResult({"Queue": self.backend.describe_queue(queue)})

    def delete_queue(self) -> ActionResult:
        self.backend.delete_queue(self.params["Name"])
        return ActionResult({})

    def create_preset(self) -> ActionResult:
        body = self._body()
        reject(check_preset(body["Settings"]))
        return ActionResult({"Preset": self.backend.create_preset(body).to_dict()})

    def get_preset(self) -> ActionResult:
        return ActionResult({"Preset": self.backend.preset(self.params["Name"]).to_dict()})

    def create_job(self) -> ActionResult:
        body = self._body()
        self.dispatcher.faults.throttle_call("CreateJob")
        job, new = self.backend.create_job(body)
        if new:
            self.dispatcher.submit(self.backend, job)
        return ActionResult({"Job": job.to_dict()})

    def get_job(self) -> ActionResult:
        return ActionResult({"Job": self.backend.job(self.params["Id"]).to_dict()})

    def list_jobs(self) -> ActionResult:
        params = self.params
        found = self.backend.list_jobs(params.get("Queue"), params.get("Status"), params.get("Order", "DESCENDING"))
        items, token = page(found, params.get("MaxResults"), params.get("NextToken"))
        return ActionResult({"Jobs": [job.to_dict() for job in items], "NextToken": token})

    def cancel_job(self) -> ActionResult:
        self.dispatcher.cancel(self.backend, self.backend.job(self.params["Id"]))
        return ActionResult({})

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

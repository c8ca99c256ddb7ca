"""Write rows to Airtable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import requests
from pyairtable import Api, retry_strategy
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from vcp.adapters.aws.secrets import Secret
from vcp.adapters.token_bucket import TokenBucket
from vcp.domain.errors import PermanentError, RetryableError, WaitUntilError
from vcp.domain.reporting.airtable_rows import KEY_FIELD
from vcp.ports.airtable import VideoRow
from vcp.ports.clock import Clock

#: After a 429 Airtable rejects every call for 30 s (Airtable support, "Managing API call limits").
PENALTY_SECONDS = 30
_TIMEOUT_SECONDS = (5, 30)
#: Records per call (Airtable web API, "Update multiple records").
_BATCH = 10
#: Retries transient faults of idempotent calls; never a 429, whose penalty has to pass first.
_RETRIES = retry_strategy(
    status_forcelist=(500, 502, 503, 504),
    total=3,
    backoff_factor=0.5,
    allowed_methods=("GET", "PATCH"),
    raise_on_status=False,
    respect_retry_after_header=False,
)
_T = TypeVar("_T")


class _ApiError(Exception):
    """An error answer: HTTP status, Airtable's type of error and its message."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(f"HTTP {status} {kind}: {message}")
        self.status = status
        self.kind = kind


class _RateLimitedAdapter(HTTPAdapter):
    """Limits the rate of requests: one call of pyairtable may send several."""

    def __init__(self, bucket: TokenBucket, retries: Retry) -> None:
        super().__init__(max_retries=retries)
        self._bucket = bucket

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self._bucket.wait()
        return super().send(request, *args, **kwargs)


class AirtableTable:
    """Implements `ports.airtable.VideoTable`.

    If Airtable does not know the table or one of its fields, they are created (at most once per process, and if the
    token allows it). Nothing is checked in advance, since every call counts against a monthly quota.

    Args:
        token: returns the personal access token; read again if Airtable rejects it.
        base_id: `app...`.
        table: name or id.
        fields: of a new table, name -> {"type", "options"} as in Airtable's field model; the first is the primary one.
        calls_per_second: Airtable allows 5 per base, for all processes together.
        backoff_factor: seconds; the n-th retry after a 5xx waits factor * 2 ** n.
    """

    def __init__(
        self,
        token: Secret,
        *,
        base_id: str,
        table: str,
        fields: Mapping[str, Mapping[str, Any]],
        clock: Clock,
        endpoint: str = "https://api.airtable.com",
        calls_per_second: float = 4,
        backoff_factor: float = 0.5,
    ) -> None:
        self._token = token
        self._base_id = base_id
        self._table = table
        self._fields = fields
        self._clock = clock
        self._endpoint = endpoint
        self._bucket = TokenBucket(calls_per_second)
        self._retries = _RETRIES.new(backoff_factor=backoff_factor)
        self._api: Api | None = None
        self._schema_checked = False

    def upsert(self, rows: Sequence[VideoRow]) -> None:
        """See `ports.airtable.VideoTable.upsert`. Of several rows of one video the last one is written.

        Raises `WaitUntilError` after a 429, `RetryableError` for 5xx and connection errors, `PermanentError`
        (`airtable_...`) for a rejected token, a missing table that may not be created, and invalid values.
        """
        newest = list({row.video_id: dict(row.fields) for row in rows}.values())
        for start in range(0, len(newest), _BATCH):
            self._upsert_batch(newest[start : start + _BATCH])

    def _upsert_batch(self, rows: list[dict[str, Any]]) -> None:
        def write(api: Api) -> None:
            records = [{"fields": row} for row in rows]
            api.table(self._base_id, self._table).batch_upsert(records, key_fields=[KEY_FIELD], typecast=True)

        with self._translate_errors():
            try:
                self._call(write)
            except _ApiError as error:
                if self._schema_checked or not _may_lack_table_or_field(error):
                    raise
                self._create_missing(error)
                self._call(write)

    def _create_missing(self, cause: _ApiError) -> None:
        """Create the table or its missing fields. Raises `cause` if nothing is missing."""
        self._schema_checked = True
        try:
            schema = self._call(lambda api: api.base(self._base_id).schema(force=True))
            found = next((table for table in schema.tables if self._table in (table.name, table.id)), None)
            if found is None:
                specs = [{"name": name, **spec} for name, spec in self._fields.items()]
                self._call(lambda api: api.base(self._base_id).create_table(self._table, specs))
                return
            known = {field.name for field in found.fields}
            missing = {name: spec for name, spec in self._fields.items() if name not in known}
            if not missing:
                raise cause
            for name, spec in missing.items():
                self._create_field(name, spec)
        except _ApiError as error:
            if error is cause or error.status not in (403, 404):
                raise
            raise PermanentError(
                "airtable_table_missing",
                f"The table {self._table!r} or one of its fields is missing in Airtable, and the pipeline may not "
                "create it: an operator needs to create it or give the token the scopes schema.bases:read and "
                "schema.bases:write.",
                f"{cause}; then {error}",
            ) from error

    def _create_field(self, name: str, spec: Mapping[str, Any]) -> None:
        options = dict(spec["options"]) if "options" in spec else None

        def create(api: Api) -> None:
            api.table(self._base_id, self._table).create_field(name, spec["type"], options=options)

        self._call(create)

    def _call(self, call: Callable[[Api], _T]) -> _T:
        """Call Airtable; read a rejected token again, once. Raises `_ApiError`."""
        try:
            return self._call_once(call)
        except _ApiError as error:
            if error.status != 401 or not self._renew_token():
                raise
            return self._call_once(call)

    def _call_once(self, call: Callable[[Api], _T]) -> _T:
        if self._api is None:
            self._api = self._make_api(self._token())
        try:
            return call(self._api)
        except requests.HTTPError as error:
            raise _parse_api_error(error) from error
        except requests.RequestException as error:
            raise RetryableError(
                "airtable_unreachable", "Airtable did not answer; the row will be written later.", repr(error)
            ) from error

    def _renew_token(self) -> bool:
        """Read the secret again. Return whether the token is another one than before."""
        token = self._token(fresh=True)
        changed = self._api is None or token != self._api.api_key
        self._api = self._make_api(token)
        return changed

    def _make_api(self, token: str) -> Api:
        api = Api(token.strip(), timeout=_TIMEOUT_SECONDS, retry_strategy=None, endpoint_url=self._endpoint)
        for scheme in ("https://", "http://"):
            api.session.mount(scheme, _RateLimitedAdapter(self._bucket, self._retries))
        return api

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except _ApiError as error:
            if error.status == 429:
                raise WaitUntilError(
                    "airtable_rate_limited",
                    "Airtable has received too many calls; the row will be written a little later.",
                    self._clock.now() + timedelta(seconds=PENALTY_SECONDS),
                    str(error),
                ) from error
            if error.status >= 500:
                raise RetryableError(
                    "airtable_unavailable", "Airtable is unavailable; the row will be written later.", str(error)
                ) from error
            if error.status in (401, 403):
                raise PermanentError(
                    "airtable_token_refused",
                    "Airtable does not accept the pipeline's token for this table; an operator needs to look into it.",
                    f"base {self._base_id}: {error}",
                ) from error
            raise PermanentError(
                "airtable_refused",
                "Airtable does not accept a row; an operator needs to look into it.",
                f"base {self._base_id}, table {self._table}: {error}",
            ) from error


def _may_lack_table_or_field(error: _ApiError) -> bool:
    """An unknown table is a 403 or 404, an unknown field a 422 (Airtable web API, "Errors")."""
    return error.status in (403, 404) or (error.status == 422 and error.kind == "UNKNOWN_FIELD_NAME")


def _parse_api_error(failed: requests.HTTPError) -> _ApiError:
    """Parse `{"error": {"type", "message"}}`, `{"error": "TYPE"}` or `{"errors": [{"error", "message"}]}`."""
    response = failed.response
    try:
        document = response.json()
    except ValueError:
        document = {}
    error = document.get("error") if isinstance(document, dict) else None
    if error is None and isinstance(document, dict) and document.get("errors"):
        error = document["errors"][0]
    if isinstance(error, dict):
        kind, message = error.get("type") or error.get("error") or "", error.get("message", "")
    else:
        kind, message = str(error or ""), "" if error else response.text[:200]
    return _ApiError(response.status_code, str(kind), str(message))

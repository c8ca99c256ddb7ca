"""Airtable: the table that people watch, as a projection of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import requests
from msgspec import Struct
from pyairtable import Api, retry_strategy
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from vcp.adapters.aws.secrets import Secret
from vcp.adapters.token_bucket import TokenBucket
from vcp.domain.errors import PermanentError, RetryableError, WaitUntilError
from vcp.domain.reporting.airtable_rows import KEY_FIELD
from vcp.ports.clock import Clock

#: After a 429 every call is refused for 30 s (Airtable support, "Managing API call limits").
PENALTY_SECONDS = 30
_TIMEOUT_SECONDS = (5, 30)
#: Records a call (Airtable web API, "Update multiple records").
_BATCH = 10
#: Passing faults are tried again inside; only calls that may be repeated, and never 429: it must be waited out.
_RETRIES = retry_strategy(
    status_forcelist=(500, 502, 503, 504),
    total=3,
    backoff_factor=0.5,
    allowed_methods=("GET", "PATCH"),
    raise_on_status=False,
    respect_retry_after_header=False,
)
_T = TypeVar("_T")


class _Refusal(Struct, frozen=True):
    """An error answer: HTTP status, Airtable's type of error and its sentence."""

    status: int
    kind: str
    message: str

    @property
    def detail(self) -> str:
        return f"HTTP {self.status} {self.kind}: {self.message}"


class _RefusedError(Exception):
    def __init__(self, refusal: _Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


class _PacedAdapter(HTTPAdapter):
    """Sends every request in its turn: one call of pyairtable may be several requests."""

    def __init__(self, bucket: TokenBucket, retries: Retry) -> None:
        super().__init__(max_retries=retries)
        self._bucket = bucket

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self._bucket.wait()
        return super().send(request, *args, **kwargs)


class AirtableTable:
    """Fulfils `ports.VideoTable`.

    The table need not be there: when Airtable does not know it, or one of its fields, what is missing is made (once a
    process), if the token may do so. Nothing is asked beforehand, since every call counts against a monthly quota.

    Args:
        token: gives the personal access token; read again when Airtable refuses it.
        base_id: `app...`.
        table: name or id.
        fields: of a new table, name -> {"type", "options"} as in Airtable's field model; the first is the primary one.
        calls_per_second: Airtable allows 5 a base, for all processes together.
        backoff_factor: of the tries after a 5xx, seconds: factor * 2 ** n.
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
        self._mended = False

    def upsert(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """See `ports.VideoTable.upsert`; of several rows of one video the last one counts.

        Raises `WaitUntilError` after a 429, `RetryableError` for 5xx and connections, `PermanentError` (`airtable_...`)
        for a refused token, a missing table that may not be made, and values that Airtable does not take.
        """
        newest = list({row[KEY_FIELD]: dict(row) for row in rows}.values())
        for start in range(0, len(newest), _BATCH):
            self._upsert_batch(newest[start : start + _BATCH])

    def _upsert_batch(self, rows: list[dict[str, Any]]) -> None:
        def write(api: Api) -> None:
            records = [{"fields": row} for row in rows]
            api.table(self._base_id, self._table).batch_upsert(records, key_fields=[KEY_FIELD], typecast=True)

        with self._translated():
            try:
                self._call(write)
            except _RefusedError as error:
                if self._mended or not _may_lack_table_or_field(error.refusal):
                    raise
                self._mend(error)
                self._call(write)

    def _mend(self, cause: _RefusedError) -> None:
        """Make what is missing of the table. Raises the cause where that is not what was wrong."""
        self._mended = True
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
                self._make_field(name, spec)
        except _RefusedError as error:
            if error is cause or error.refusal.status not in (403, 404):
                raise
            raise PermanentError(
                "airtable_table_missing",
                f"Airtable lacks the table {self._table!r} or one of its fields, and the pipeline may not make it: "
                "an operator has to make it or give the token the scopes schema.bases:read and schema.bases:write.",
                f"{cause.refusal.detail}; then {error.refusal.detail}",
            ) from error

    def _make_field(self, name: str, spec: Mapping[str, Any]) -> None:
        options = dict(spec["options"]) if "options" in spec else None

        def make(api: Api) -> None:
            api.table(self._base_id, self._table).create_field(name, spec["type"], options=options)

        self._call(make)

    def _call(self, call: Callable[[Api], _T]) -> _T:
        """Call in turn; a refused token is read again, once. Raises `_RefusedError` for Airtable's refusals."""
        try:
            return self._call_once(call)
        except _RefusedError as error:
            if error.refusal.status != 401 or not self._renew_token():
                raise
            return self._call_once(call)

    def _call_once(self, call: Callable[[Api], _T]) -> _T:
        if self._api is None:
            self._api = self._make_api(self._token())
        try:
            return call(self._api)
        except requests.HTTPError as error:
            raise _RefusedError(_refusal_of(error)) from error
        except requests.RequestException as error:
            raise RetryableError(
                "airtable_unreachable", "Airtable did not answer; the row is written later.", repr(error)
            ) from error

    def _renew_token(self) -> bool:
        """Read the secret again; whether it is another token than the refused one."""
        token = self._token(fresh=True)
        changed = self._api is None or token != self._api.api_key
        self._api = self._make_api(token)
        return changed

    def _make_api(self, token: str) -> Api:
        api = Api(token.strip(), timeout=_TIMEOUT_SECONDS, retry_strategy=None, endpoint_url=self._endpoint)
        for scheme in ("https://", "http://"):
            api.session.mount(scheme, _PacedAdapter(self._bucket, self._retries))
        return api

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except _RefusedError as error:
            refusal = error.refusal
            if refusal.status == 429:
                raise WaitUntilError(
                    "airtable_rate_limited",
                    "Airtable has been called too often; the row is written a little later.",
                    self._clock.now() + timedelta(seconds=PENALTY_SECONDS),
                    refusal.detail,
                ) from error
            if refusal.status >= 500:
                raise RetryableError(
                    "airtable_unavailable", "Airtable is not well; the row is written later.", refusal.detail
                ) from error
            if refusal.status in (401, 403):
                raise PermanentError(
                    "airtable_token_refused",
                    "Airtable does not accept the pipeline's token for this table; an operator has to look.",
                    f"base {self._base_id}: {refusal.detail}",
                ) from error
            raise PermanentError(
                "airtable_refused",
                "Airtable does not take a row; an operator has to look.",
                f"base {self._base_id}, table {self._table}: {refusal.detail}",
            ) from error


def _may_lack_table_or_field(refusal: _Refusal) -> bool:
    """An unknown table is a 403 or 404, an unknown field a 422 (Airtable web API, "Errors")."""
    return refusal.status in (403, 404) or (refusal.status == 422 and refusal.kind == "UNKNOWN_FIELD_NAME")


def _refusal_of(error: requests.HTTPError) -> _Refusal:
    """Airtable writes `{"error": {"type", "message"}}`, `{"error": "TYPE"}` or `{"errors": [{"error", "message"}]}`."""
    response = error.response
    try:
        document = response.json()
    except ValueError:
        document = {}
    told = document.get("error") if isinstance(document, dict) else None
    if told is None and isinstance(document, dict) and document.get("errors"):
        told = document["errors"][0]
    if isinstance(told, dict):
        kind, message = told.get("type") or told.get("error") or "", told.get("message", "")
    else:
        kind, message = str(told or ""), "" if told else response.text[:200]
    return _Refusal(response.status_code, str(kind), str(message))

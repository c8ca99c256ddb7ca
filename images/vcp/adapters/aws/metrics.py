"""Write metrics in CloudWatch's embedded metric format: a line of JSON on standard output, no service call."""

from __future__ import annotations

from collections.abc import Mapping

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from vcp.wire.metrics import NAMESPACE


class EmfMetrics:
    """Implements `ports.metrics.Metrics`. `dimensions` are added to every metric, e.g. the stack."""

    def __init__(self, dimensions: Mapping[str, str], namespace: str = NAMESPACE) -> None:
        self._dimensions = dict(dimensions)
        self._namespace = namespace

    def count(self, name: str, value: float = 1, unit: str = "Count", **dimensions: str) -> None:
        """Write one value. Raises `ValueError` if `unit` is not a CloudWatch unit (Count, Bytes, Seconds ...)."""
        with single_metric(name=name, unit=MetricUnit(unit), value=value, namespace=self._namespace) as metric:
            for key, text in {**self._dimensions, **dimensions}.items():
                metric.add_dimension(name=key, value=text)

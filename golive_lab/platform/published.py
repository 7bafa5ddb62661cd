"""What the feeder counts for Prometheus, in the process that imports this."""

from __future__ import annotations

from prometheus_client import Counter

PUBLISHED = Counter("market_records_published", "Records of prices that the broker has acknowledged.")

-- Tables of the warehouse, in the database that the connection names. Idempotent: it runs again after every restart.

CREATE TABLE IF NOT EXISTS price (
    market LowCardinality(String),
    node LowCardinality(String),
    interval_start DateTime('UTC'),
    price Float64,
    event_time DateTime64(3, 'UTC'),
    sequence UInt64
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(interval_start)
ORDER BY (market, node, interval_start, sequence);

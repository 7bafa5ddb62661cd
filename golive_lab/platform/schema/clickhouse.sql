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

CREATE TABLE IF NOT EXISTS day_ahead (
    market LowCardinality(String),
    node LowCardinality(String),
    operating_day Date,
    hour_ending UInt8,
    interval_start DateTime('UTC'),
    price Float64
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(operating_day)
ORDER BY (market, interval_start, node);

CREATE TABLE IF NOT EXISTS curve (
    market LowCardinality(String),
    hub LowCardinality(String),
    as_of Date,
    contract_month Date,
    price Float64
)
ENGINE = MergeTree
ORDER BY (market, hub, as_of, contract_month);

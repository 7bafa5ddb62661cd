-- Tables of the operational database, applied by its owner. Idempotent: it runs again after every restart.

CREATE SCHEMA IF NOT EXISTS pg;

CREATE TABLE IF NOT EXISTS pg.customer (
    customer text PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('customer', 'operator'))
);

CREATE TABLE IF NOT EXISTS pg.entitlement (
    customer text NOT NULL REFERENCES pg.customer,
    market text NOT NULL CHECK (market IN ('MISO', 'CAISO', 'SYNTHETIC')),
    channel text NOT NULL CHECK (channel IN ('api', 'hub', 'stream')),
    granted boolean NOT NULL,
    PRIMARY KEY (customer, market, channel)
);

CREATE TABLE IF NOT EXISTS pg.instrument (
    instrument text PRIMARY KEY,
    market text NOT NULL CHECK (market IN ('MISO', 'CAISO')),
    node text NOT NULL,
    product text NOT NULL,
    unit text NOT NULL,
    UNIQUE (market, node, product)
);

CREATE TABLE IF NOT EXISTS pg.job (
    job text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('exports', 'scenarios')),
    customer text NOT NULL REFERENCES pg.customer,
    label text NOT NULL DEFAULT '',
    asked json NOT NULL,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed')),
    result json,
    asked_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS pg.audit_entry (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    customer text NOT NULL,
    method text NOT NULL,
    route text NOT NULL,
    status int NOT NULL
);

INSERT INTO pg.customer (customer, name, kind) VALUES
    ('miso-customer-1', 'First MISO pilot customer', 'customer'),
    ('caiso-customer-1', 'First CAISO pilot customer', 'customer'),
    ('platform-operator', 'Operator of the platform', 'operator')
ON CONFLICT DO NOTHING;

INSERT INTO pg.entitlement (customer, market, channel, granted) VALUES
    ('miso-customer-1', 'MISO', 'api', true),
    ('miso-customer-1', 'MISO', 'hub', true),
    ('miso-customer-1', 'MISO', 'stream', true),
    ('miso-customer-1', 'SYNTHETIC', 'stream', true),
    ('caiso-customer-1', 'CAISO', 'api', false),
    ('caiso-customer-1', 'CAISO', 'hub', true),
    ('caiso-customer-1', 'CAISO', 'stream', false)
ON CONFLICT DO NOTHING;

INSERT INTO pg.instrument (instrument, market, node, product, unit) VALUES
    ('MISO-INDIANA-RT-LMP', 'MISO', 'INDIANA.HUB', 'real-time LMP', 'USD/MWh'),
    ('MISO-MICHIGAN-RT-LMP', 'MISO', 'MICHIGAN.HUB', 'real-time LMP', 'USD/MWh'),
    ('MISO-MINN-RT-LMP', 'MISO', 'MINN.HUB', 'real-time LMP', 'USD/MWh'),
    ('CAISO-NP15-RT-LMP', 'CAISO', 'TH_NP15_GEN-APND', 'real-time LMP', 'USD/MWh'),
    ('CAISO-SP15-RT-LMP', 'CAISO', 'TH_SP15_GEN-APND', 'real-time LMP', 'USD/MWh'),
    ('CAISO-ZP26-RT-LMP', 'CAISO', 'TH_ZP26_GEN-APND', 'real-time LMP', 'USD/MWh')
ON CONFLICT DO NOTHING;

-- A new lab has no history of its own: this is what a staging soak would have left, so that the table is as large as one
-- in use. The actor says so.
INSERT INTO pg.audit_entry (at, actor, customer, method, route, status)
SELECT now() - interval '30 days' + n * interval '40 seconds', 'seeded-by-the-lab', '', 'GET', '/seeded', 200
FROM generate_series(1, 40000) AS n WHERE NOT EXISTS (SELECT FROM pg.audit_entry);
ANALYZE pg.audit_entry;

-- Whoever may connect to this database and is no superuser is the application, but for those who only read the
-- server's statistics: it reads, works on jobs, and can add
-- to the audit log, which nothing but its owner could change.
DO $$
DECLARE
    reader name;
BEGIN
    FOR reader IN
        SELECT rolname FROM pg_roles
        WHERE rolcanlogin AND NOT rolsuper AND has_database_privilege(oid, current_database(), 'CONNECT')
            AND NOT pg_has_role(oid, 'pg_read_all_stats', 'MEMBER')
    LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA pg TO %I', reader);
        EXECUTE format('GRANT SELECT ON pg.customer, pg.entitlement, pg.instrument TO %I', reader);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON pg.job TO %I', reader);
        EXECUTE format('GRANT SELECT, INSERT ON pg.audit_entry TO %I', reader);
    END LOOP;
END
$$;

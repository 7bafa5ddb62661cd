-- The release's migrations, each once and in order, within a transaction of its own. One that fails leaves its row
-- without finished_at, and psql ends there. Called with -v role=NAME, the application's role, which may read the history.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;

CREATE SCHEMA IF NOT EXISTS pg;
CREATE TABLE IF NOT EXISTS pg.schema_migration (
    version text PRIMARY KEY,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz
);
GRANT SELECT ON pg.schema_migration TO :"role";

\set version 0001
SELECT NOT EXISTS (SELECT FROM pg.schema_migration WHERE version = :'version' AND finished_at IS NOT NULL) AS due \gset
\if :due
INSERT INTO pg.schema_migration (version) VALUES (:'version') ON CONFLICT (version) DO UPDATE SET started_at = clock_timestamp();
BEGIN;
COMMENT ON SCHEMA pg IS 'operational data of market intelligence';
UPDATE pg.schema_migration SET finished_at = clock_timestamp() WHERE version = :'version';
COMMIT;
\endif

\set version 0002
SELECT NOT EXISTS (SELECT FROM pg.schema_migration WHERE version = :'version' AND finished_at IS NOT NULL) AS due \gset
\if :due
INSERT INTO pg.schema_migration (version) VALUES (:'version') ON CONFLICT (version) DO UPDATE SET started_at = clock_timestamp();
BEGIN;
CREATE INDEX IF NOT EXISTS instrument_by_node ON pg.instrument (node);
UPDATE pg.schema_migration SET finished_at = clock_timestamp() WHERE version = :'version';
COMMIT;
\endif

\set version 0003
SELECT NOT EXISTS (SELECT FROM pg.schema_migration WHERE version = :'version' AND finished_at IS NOT NULL) AS due \gset
\if :due
INSERT INTO pg.schema_migration (version) VALUES (:'version') ON CONFLICT (version) DO UPDATE SET started_at = clock_timestamp();
BEGIN;
CREATE INDEX IF NOT EXISTS job_by_state ON pg.job (state);
UPDATE pg.schema_migration SET finished_at = clock_timestamp() WHERE version = :'version';
COMMIT;
\endif

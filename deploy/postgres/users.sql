-- The users of the database beside its superuser, for psql: 2-users.sh brings the
-- passwords. The schema becomes the worker's, which migrates it; what result may
-- do there says popeye_grant(), see store/postgres/migrations.
\getenv worker_password worker_password
\getenv result_password result_password
BEGIN;

SELECT format('CREATE ROLE %I', name) FROM (VALUES ('popeye_worker'), ('popeye_result')) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE popeye_worker LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'worker_password';
ALTER ROLE popeye_result LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'result_password';

REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO popeye_worker, popeye_result;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
ALTER SCHEMA public OWNER TO popeye_worker;

SELECT format('ALTER TABLE %s OWNER TO popeye_worker', c.oid::regclass)
FROM pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e') \gexec
SELECT format('ALTER FUNCTION %s OWNER TO popeye_worker', p.oid::regprocedure)
FROM pg_proc AS p
WHERE p.pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e') \gexec

-- Where the schema is older, the worker grants the rest as it migrates; until then
-- result says what it waits for.
SELECT format('GRANT SELECT ON %s TO popeye_result', c.oid::regclass)
FROM pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relname IN ('popeye_schema', 'goose_db_version') \gexec
SELECT 'SELECT popeye_grant()' WHERE to_regprocedure('popeye_grant()') IS NOT NULL \gexec

COMMIT;

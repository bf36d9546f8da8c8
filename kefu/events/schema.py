"""The log's own SQL: partitions by month, append-only for everyone, grants for the web role.

Partitions are made and dropped by functions that belong to the schema's owner, so that the web role needs no right to
create or drop anything. A partition is dropped only when every reader has read past it.
"""

LOG = """
CREATE SEQUENCE events_event_id AS bigint;

CREATE TABLE events_event (
    id bigint NOT NULL DEFAULT nextval('events_event_id'),
    era integer NOT NULL,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    data jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);

ALTER SEQUENCE events_event_id OWNED BY events_event.id;
CREATE INDEX events_event_order ON events_event (era, xid, id);
CREATE INDEX events_event_subject ON events_event (subject_id, id);
CREATE TABLE events_event_rest PARTITION OF events_event DEFAULT;

CREATE FUNCTION events_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON events_event
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON events_audit
    FOR EACH ROW EXECUTE FUNCTION events_refuse_change();

CREATE FUNCTION events_grant(part regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'kefu_web') AND current_user <> 'kefu_web' THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM kefu_web', part);
    END IF;
END $$;

CREATE FUNCTION events_make_partitions(months integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    month timestamptz := date_trunc('month', now(), 'UTC');
    part text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('events_make_partitions'));
    FOR step IN 0..months LOOP
        part := 'events_event_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
        IF to_regclass(part) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF events_event FOR VALUES FROM (%L) TO (%L)',
                part, month, month + interval '1 month');
            PERFORM events_grant(part::regclass);
            made := made + 1;
        END IF;
        month := date_trunc('month', (month AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
    END LOOP;
    RETURN made;
END $$;

CREATE FUNCTION events_drop_before(moment timestamptz) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    part text;
    unread boolean;
    dropped text[] := '{}';
BEGIN
    FOR part IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'events_event'::regclass AND c.relname ~ '^events_event_[0-9]{4}_[0-9]{2}$'
        AND to_timestamp(right(c.relname, 7) || ' +00', 'YYYY_MM TZH') + interval '1 month' <= moment
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I e, events_reader r
            WHERE (e.era, e.xid::text::bigint, e.id) > (r.era, r.xid, r.last_id))', part) INTO unread;
        IF NOT unread THEN
            EXECUTE format('DROP TABLE %I', part);
            dropped := dropped || part;
        END IF;
    END LOOP;
    RETURN dropped;
END $$;

SELECT events_make_partitions(3);
SELECT events_grant('events_event');
SELECT events_grant('events_event_rest');
SELECT events_grant('events_audit');
"""

NO_LOG = """
DROP TABLE events_event;
DROP FUNCTION events_make_partitions(integer);
DROP FUNCTION events_drop_before(timestamptz);
DROP FUNCTION events_grant(regclass);
DROP TRIGGER append_only ON events_audit;
DROP FUNCTION events_refuse_change();
"""

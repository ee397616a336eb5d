"""Entries are written without an index and given one in batches, so that nobody who writes waits for anybody else."""

from django.db import migrations

# As before, the function runs as the owner of the table and splices JSON texts in the order of RFC 8785 (actor, body, index,
# kind, recorded_at, subject), all but the index. It takes no lock: the row appears with the caller's transaction.
APPEND = """
DROP FUNCTION public.ledger_append(text, text, text, text);
CREATE FUNCTION public.ledger_append(actor text, body text, kind text, subject text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    moment timestamptz := clock_timestamp();
BEGIN
    IF jsonb_typeof(actor::jsonb) <> 'string' OR jsonb_typeof(kind::jsonb) <> 'string'
       OR jsonb_typeof(subject::jsonb) <> 'string' OR jsonb_typeof(body::jsonb) <> 'object' THEN
        RAISE EXCEPTION 'a ledger entry is three texts and an object';
    END IF;
    INSERT INTO public.provenance_pending (kind, subject, actor, recorded_at, head, tail)
    VALUES (kind::jsonb #>> '{}', subject::jsonb #>> '{}', actor::jsonb #>> '{}', moment,
            '{"actor":' || actor || ',"body":' || body || ',"index":',
            ',"kind":' || kind || ',"recorded_at":"' || to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            || '","subject":' || subject || '}');
END $$;
REVOKE ALL ON FUNCTION public.ledger_append(text, text, text, text) FROM PUBLIC;
"""

# Numbers of pending rows grow in the order in which they are asked for: who saw an entry committed writes with a greater
# number. An entry of a transaction that lasts longer comes later, and holds up nobody.
# The lock is taken in a statement of its own: the next statement's snapshot then sees what was committed before it.
SEQUENCE = """
CREATE FUNCTION public.ledger_sequence(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    position bigint;
    previous bytea;
    entry text;
    leaf bytea;
    waiting public.provenance_pending;
    placed bigint[] := '{}';
BEGIN
    PERFORM pg_advisory_xact_lock(4851023117045);
    SELECT index + 1, chain INTO position, previous FROM public.provenance_ledgerentry ORDER BY index DESC LIMIT 1;
    position := coalesce(position, 0);
    previous := coalesce(previous, decode(repeat('00', 32), 'hex'));
    FOR waiting IN SELECT * FROM public.provenance_pending ORDER BY id LIMIT most LOOP
        entry := waiting.head || position || waiting.tail;
        leaf := sha256('\\x00'::bytea || convert_to(entry, 'UTF8'));
        previous := sha256(previous || leaf);
        INSERT INTO public.provenance_ledgerentry (index, kind, subject, actor, recorded_at, canonical, leaf, chain)
        VALUES (position, waiting.kind, waiting.subject, waiting.actor, waiting.recorded_at, entry, leaf, previous);
        position := position + 1;
        placed := placed || waiting.id;
    END LOOP;
    DELETE FROM public.provenance_pending WHERE id = ANY (placed);
    RETURN coalesce(cardinality(placed), 0);
END $$;
REVOKE ALL ON FUNCTION public.ledger_sequence(integer) FROM PUBLIC;
"""

# What others say of a checkpoint. Whether it is true shows when it is verified, wherever it is read.
OTHERS = """
CREATE FUNCTION public.ledger_cosign(size bigint, witness text, line text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.provenance_signedcheckpoint c WHERE c.size = ledger_cosign.size) THEN
        RAISE EXCEPTION 'there is no checkpoint of % entries to cosign', size;
    END IF;
    IF octet_length(line) > 2000 OR line LIKE E'%\\n%' THEN
        RAISE EXCEPTION 'a cosignature is one line';
    END IF;
    INSERT INTO public.provenance_cosignature (size, witness, line, made_at)
    VALUES (ledger_cosign.size, ledger_cosign.witness, ledger_cosign.line, clock_timestamp()) ON CONFLICT DO NOTHING;
END $$;
CREATE FUNCTION public.ledger_time_stamp(size bigint, authority text, token bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.provenance_signedcheckpoint c WHERE c.size = ledger_time_stamp.size) THEN
        RAISE EXCEPTION 'there is no checkpoint of % entries to stamp', size;
    END IF;
    IF octet_length(token) > 65536 THEN
        RAISE EXCEPTION 'a time-stamp has at most 64 KiB';
    END IF;
    INSERT INTO public.provenance_timestamp (size, authority, token, made_at)
    VALUES (ledger_time_stamp.size, ledger_time_stamp.authority, ledger_time_stamp.token, clock_timestamp())
    ON CONFLICT DO NOTHING;
END $$;
REVOKE ALL ON FUNCTION public.ledger_cosign(bigint, text, text), public.ledger_time_stamp(bigint, text, bytea) FROM PUBLIC;
"""

GUARD = """
CREATE TRIGGER pending_does_not_change BEFORE UPDATE OR TRUNCATE ON public.provenance_pending
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse();
CREATE TRIGGER openings_do_not_change BEFORE UPDATE OR TRUNCATE ON public.provenance_opening
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse();
CREATE TRIGGER cosignatures_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.provenance_cosignature
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse();
CREATE TRIGGER time_stamps_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.provenance_timestamp
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("provenance", "0005_pending")]
    operations = [migrations.RunSQL(sql) for sql in (APPEND, SEQUENCE, OTHERS, GUARD)]  # no way back

"""The ledger's guard: one function that appends, and triggers that refuse everything else to everybody, owner included."""

from django.db import migrations

# The function runs as the owner of the table; callers need no right to write it. It takes JSON texts, splices them in the
# order of RFC 8785 (actor, body, index, kind, recorded_at, subject) and takes the columns from the same texts, so that a
# column cannot differ from what was hashed. Casting each piece first keeps one piece from posing as several.
# The lock is taken in a statement of its own: the next statement's snapshot then sees the entry committed before it.
APPEND = """
CREATE FUNCTION public.ledger_append(actor text, body text, kind text, subject text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    position bigint;
    previous bytea;
    moment timestamptz;
    entry text;
    leaf bytea;
BEGIN
    IF jsonb_typeof(actor::jsonb) <> 'string' OR jsonb_typeof(kind::jsonb) <> 'string'
       OR jsonb_typeof(subject::jsonb) <> 'string' OR jsonb_typeof(body::jsonb) <> 'object' THEN
        RAISE EXCEPTION 'a ledger entry is three texts and an object';
    END IF;
    PERFORM pg_advisory_xact_lock(4851023117045);
    SELECT index + 1, chain INTO position, previous FROM public.provenance_ledgerentry ORDER BY index DESC LIMIT 1;
    position := coalesce(position, 0);
    previous := coalesce(previous, decode(repeat('00', 32), 'hex'));
    moment := clock_timestamp();
    entry := '{"actor":' || actor || ',"body":' || body || ',"index":' || position || ',"kind":' || kind
        || ',"recorded_at":"' || to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || '","subject":' || subject || '}';
    leaf := sha256('\\x00'::bytea || convert_to(entry, 'UTF8'));
    INSERT INTO public.provenance_ledgerentry (index, kind, subject, actor, recorded_at, canonical, leaf, chain)
    VALUES (position, kind::jsonb #>> '{}', subject::jsonb #>> '{}', actor::jsonb #>> '{}', moment, entry, leaf,
            sha256(previous || leaf));
    RETURN position;
END $$;
REVOKE ALL ON FUNCTION public.ledger_append(text, text, text, text) FROM PUBLIC;
"""

GUARD = """
CREATE FUNCTION public.ledger_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.provenance_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("provenance", "0001_initial")]
    operations = [migrations.RunSQL(APPEND), migrations.RunSQL(GUARD)]  # no way back: a ledger is not migrated away

"""The guard of the tree and its checkpoints: who may call the functions can only make the tree grow as the entries say, and
add one checkpoint for each size; nobody can change or remove either."""

from django.db import migrations

# Both functions hold one lock until the transaction ends, so that whoever signs a checkpoint is alone with it. Entries are
# committed in the order of their indexes, hence every size that is seen here stays the beginning of every later one.
GROW = """
CREATE FUNCTION public.ledger_root_of(hashes bytea[]) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    width int := cardinality(hashes);
BEGIN
    WHILE width > 1 LOOP
        width := width / 2;
        FOR n IN 1 .. width LOOP
            hashes[n] := sha256('\\x01'::bytea || hashes[2 * n - 1] || hashes[2 * n]);
        END LOOP;
    END LOOP;
    RETURN hashes[1];
END $$;

CREATE FUNCTION public.ledger_grow() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    size bigint;
    below bigint;
    have bigint;
    height smallint := 0;
    hashes bytea[];
BEGIN
    PERFORM pg_advisory_xact_lock(4851023117046);
    SELECT coalesce(max(index) + 1, 0) INTO size FROM public.provenance_ledgerentry;
    below := size;
    WHILE below >= 256 LOOP
        SELECT coalesce(max(index) + 1, 0) INTO have FROM public.provenance_treenode WHERE level = height + 1;
        FOR n IN have .. below / 256 - 1 LOOP
            IF height = 0 THEN
                hashes := ARRAY(SELECT leaf FROM public.provenance_ledgerentry
                                WHERE index BETWEEN n::bigint * 256 AND n::bigint * 256 + 255 ORDER BY index);
            ELSE
                hashes := ARRAY(SELECT hash FROM public.provenance_treenode
                                WHERE level = height AND index BETWEEN n::bigint * 256 AND n::bigint * 256 + 255 ORDER BY index);
            END IF;
            IF cardinality(hashes) <> 256 THEN
                RAISE EXCEPTION 'tile % of level % is not whole: entries are missing', n, height;
            END IF;
            INSERT INTO public.provenance_treenode (level, index, hash)
            VALUES (height + 1, n, public.ledger_root_of(hashes));
        END LOOP;
        below := below / 256;
        height := height + 1;
    END LOOP;
    RETURN size;
END $$;
"""

# The columns are compared with the note's second and third line, so that they cannot differ from what was signed.
CHECKPOINT = """
CREATE FUNCTION public.ledger_checkpoint(size bigint, root bytea, note text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    entries bigint;
    latest bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(4851023117046);
    SELECT coalesce(max(e.index) + 1, 0) INTO entries FROM public.provenance_ledgerentry e;
    SELECT coalesce(max(c.size), 0) INTO latest FROM public.provenance_signedcheckpoint c;
    IF size IS NULL OR size <= latest OR size > entries THEN
        RAISE EXCEPTION 'a checkpoint of % entries after one of %, with % entries', size, latest, entries;
    END IF;
    IF octet_length(root) <> 32 OR split_part(note, E'\\n', 2) <> size::text
       OR split_part(note, E'\\n', 3) <> encode(root, 'base64') THEN
        RAISE EXCEPTION 'the note does not spell this size and root';
    END IF;
    INSERT INTO public.provenance_signedcheckpoint (size, root, note, made_at)
    VALUES (ledger_checkpoint.size, ledger_checkpoint.root, ledger_checkpoint.note, clock_timestamp());
END $$;
REVOKE ALL ON FUNCTION public.ledger_root_of(bytea[]), public.ledger_grow(),
    public.ledger_checkpoint(bigint, bytea, text) FROM PUBLIC;
"""

GUARD = """
CREATE TRIGGER tree_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.provenance_treenode
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse();
CREATE TRIGGER checkpoints_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.provenance_signedcheckpoint
    FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("provenance", "0003_checkpoints")]
    operations = [migrations.RunSQL(GROW), migrations.RunSQL(CHECKPOINT), migrations.RunSQL(GUARD)]  # no way back

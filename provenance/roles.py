"""What the application's role may do: everything in its own tables, and in the ledger only read and append.

Run after every migration, as the owner of the tables.
"""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

APPLICATION_ROLE = "countersign_app"
LOG = ", ".join(
    f"provenance_{table}"
    for table in ("pending", "ledgerentry", "treenode", "signedcheckpoint", "cosignature", "timestamp")
)

GRANT = f"""
DO $$ BEGIN
    CREATE ROLE {APPLICATION_ROLE} NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN  -- an owner that is no superuser must be a member to step down
    GRANT {APPLICATION_ROLE} TO CURRENT_USER;
EXCEPTION WHEN insufficient_privilege THEN NULL;
END $$;
GRANT USAGE ON SCHEMA public TO {APPLICATION_ROLE};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APPLICATION_ROLE};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APPLICATION_ROLE};
REVOKE ALL ON {LOG} FROM {APPLICATION_ROLE};
REVOKE ALL ON SEQUENCE provenance_pending_id_seq FROM {APPLICATION_ROLE};
GRANT SELECT ON {LOG} TO {APPLICATION_ROLE};
REVOKE UPDATE ON provenance_opening FROM {APPLICATION_ROLE};
REVOKE UPDATE, DELETE ON provenance_contradiction FROM {APPLICATION_ROLE};
GRANT EXECUTE ON FUNCTION ledger_append(text, text, text, text), ledger_sequence(integer) TO {APPLICATION_ROLE};
GRANT EXECUTE ON FUNCTION ledger_grow(), ledger_checkpoint(bigint, bytea, text) TO {APPLICATION_ROLE};
GRANT EXECUTE ON FUNCTION ledger_cosign(bigint, text, text) TO {APPLICATION_ROLE};
GRANT EXECUTE ON FUNCTION ledger_time_stamp(bigint, text, bytea) TO {APPLICATION_ROLE};
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {APPLICATION_ROLE};
"""  # noqa: S608 - a name of our own


def grant(*, using: str = DEFAULT_DB_ALIAS, **_: Any) -> None:
    """Receiver of `post_migrate`."""
    with connections[using].cursor() as cursor:
        cursor.execute(GRANT)

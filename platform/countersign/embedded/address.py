"""Which PostgreSQL to talk to: the one `DATABASE_URL` names, or a server of our own under the data folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dj_database_url

APPLICATION_ROLE = "countersign_app"


def databases(environ: Mapping[str, str], folder: Path) -> dict[str, dict[str, Any]]:
    """Django's DATABASES. As "owner" (migrations) the connecting role is kept; as "app" it gives up its rights."""
    owner = environ.get("COUNTERSIGN_DATABASE_ROLE") == "owner"
    url = (owner and environ.get("DATABASE_OWNER_URL")) or environ.get("DATABASE_URL")
    database = _named(url) if url else _embedded(folder)
    database["OPTIONS"] = {**database.get("OPTIONS", {}), "assume_role": None if owner else APPLICATION_ROLE}
    return {"default": database}


def _named(url: str) -> dict[str, Any]:
    database: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    if "postgresql" not in database["ENGINE"]:
        raise ValueError(f"DATABASE_URL must name a PostgreSQL database (postgresql://...), not {database['ENGINE']}")
    return database


def _embedded(folder: Path) -> dict[str, Any]:
    return {
        "ENGINE": "countersign.embedded",
        "NAME": "countersign",
        "USER": "postgres",
        "HOST": str(folder / "postgres"),  # replaced by the socket's folder once the server runs
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {},
    }

"""Django's PostgreSQL backend, with the embedded server brought up before the first connection."""

from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base

from countersign.embedded import server


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        folder = Path(self.settings_dict["HOST"])
        if not server.is_up(folder):
            server.ensure(folder, self.settings_dict["NAME"] or "postgres")
        return super().get_new_connection({**conn_params, "host": server.socket_of(folder)})

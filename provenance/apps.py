from django.apps import AppConfig
from django.db.models.signals import post_migrate

from provenance import roles


class ProvenanceConfig(AppConfig):
    name = "provenance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(roles.grant, sender=self, dispatch_uid="provenance.roles")

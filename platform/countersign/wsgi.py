"""The web process's entry: `gunicorn countersign.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "countersign.settings")
application = get_wsgi_application()

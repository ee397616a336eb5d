"""Three queues: `gpu` makes pixels, `sign` vouches for them, `default` does the rest. No queue is trusted.

The database holds the truth of every run (`runs.outbox`); a message is only a reminder, so acknowledging early is safe.
"""

import os

from celery import Celery
from django.conf import settings
from kombu import Queue  # type: ignore[attr-defined]

from countersign.keys import QUEUES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "countersign.settings")


def _queue(name: str) -> Queue:
    return Queue(name, queue_arguments=settings.QUEUE_ARGUMENTS)  # type: ignore[no-untyped-call]


app = Celery("countersign")
app.config_from_object(
    {
        "broker_url": settings.BROKER_URL,
        "broker_transport_options": settings.BROKER_TRANSPORT_OPTIONS,
        "broker_connection_retry_on_startup": True,
        "broker_heartbeat": 0,  # a solo worker in the middle of a training step answers no heartbeats
        "task_queues": [_queue(name) for name in QUEUES],
        "task_default_queue": "default",
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        "task_publish_retry": False,  # the outbox sends again
        "worker_prefetch_multiplier": 1,
        "worker_enable_remote_control": False,  # or whoever writes to the queue could stop workers and move queues
        "worker_hijack_root_logger": False,
        "worker_send_task_events": False,
        "imports": ["countersign.runs.tasks"],
    }
)

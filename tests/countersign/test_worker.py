"""What a worker gives up before it takes its first message."""

import pytest
from celery import Celery

from countersign import worker
from countersign.keys import QUEUES
from countersign.runs.outbox import QUEUE_OF


def _nothing() -> None: ...


@pytest.mark.parametrize("queue", QUEUES)
def test_worker_knows_only_the_tasks_of_its_own_queue(queue: str) -> None:
    app = Celery("test", set_as_current=False)
    for name in QUEUE_OF:
        if f"countersign.{name}" not in app.tasks:  # the site's own are every app's, once they were imported
            app.task(_nothing, name=f"countersign.{name}")
    worker.keep_own_tasks(app, queue)
    assert set(app.tasks) == {f"countersign.{name}" for name, where in QUEUE_OF.items() if where == queue}


def test_no_worker_may_write_keys_footage_or_pages() -> None:
    written = {name for folders in worker.WRITES.values() for name in folders}
    assert written == {"runs", "models", "outputs", "queue", "tmp"}
    assert "outputs" not in worker.WRITES["gpu"]

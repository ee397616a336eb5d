"""The same line over RabbitMQ and over Redis."""

import socket
from pathlib import Path

import pytest

from countersign.demo import story
from tests.e2e import stage
from tests.e2e.conftest import consenting

pytestmark = [pytest.mark.broker, pytest.mark.line]

BROKERS = {"RabbitMQ": ("amqp://guest:guest@127.0.0.1:5672//", 5672), "Redis": ("redis://127.0.0.1:6379/7", 6379)}


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("name", BROKERS)
def test_a_run_goes_down_the_line_over(name: str, tmp_path: Path, short_clips: dict[str, Path]) -> None:
    url, port = BROKERS[name]
    if not answers(port):
        pytest.skip(f"no {name} answers on port {port} of this machine")
    with stage.set_up(tmp_path / "data", CELERY_BROKER_URL=url) as ready:
        them = consenting(ready, short_clips)
        answer = ready.ask(them.idris, them.anselm, title=f"Over {name}")
        ended = story.finished(ready.crew, answer.body["id"])
        assert ended["state"] == "published", ended["reasons"]
        assert not list((tmp_path / "data" / "queue").glob("*.msg"))  # nothing went by way of files

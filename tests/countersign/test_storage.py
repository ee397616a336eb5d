"""Files are found by their digest, and by nothing else a row may hold."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from countersign.runs import storage
from countersign.runs.models import Footage
from tests.countersign.conftest import Things, keep
from tests.people import People


@pytest.mark.parametrize("place", [storage.model, storage.output])
@pytest.mark.parametrize("name", ["../keys/gate/grants.pem", "/etc/passwd", "", ".", "0" * 63, "0" * 64 + "\n"])
def test_path_is_no_digest(place: Callable[[str], Path], name: str) -> None:
    with pytest.raises(storage.NoDigestError):
        place(name)


def test_row_that_points_at_a_key_plays_nothing(things: Things, people: People, keys_folder: Path) -> None:
    keep(keys_folder / "gate" / "probe.pem", b"private")
    Footage.objects.filter(pk=things.footage.pk).update(sha256="../keys/gate/probe.pem")
    client = Client(raise_request_exception=False)
    client.force_login(people.producer)
    answer = client.get(f"/footage/{things.footage.pk}/video")
    assert answer.status_code == 503, "the ledger takes no such entry, so nothing proceeds"
    assert b"private" not in answer.getvalue()

"""From rows to what the gate decides on."""

import pytest

from countersign.runs import requests
from countersign.runs.models import Footage, Run
from tests.countersign.conftest import Things


@pytest.mark.parametrize(("duration_s", "frames", "counted"), [(5.0, 125, 5.0), (5.0, 300, 5.0), (0.1, 3000, 50.0)])
def test_squeezed_plate_takes_no_less_of_the_screen_time(
    things: Things, duration_s: float, frames: int, counted: float
) -> None:
    Footage.objects.filter(pk=things.plate.pk).update(duration_s=duration_s, frames=frames)
    assert requests.of_run(Run.objects.get(pk=things.run.pk)).screen_seconds == counted

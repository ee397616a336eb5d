"""The synthesis room: retrieve, warp, refine. No Django, no Celery, no database, no network."""

import os

# Before anything loads OpenMP: threads that spin while they wait make two busy programs ten times slower than one.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

"""Trains until it kills itself: `python -m tests.synthesis.kill_me JOB`, the job as JSON (see test_line)."""

import json
import os
import pickle
import signal
import sys
from pathlib import Path

from cryptography.fernet import Fernet

from synthesis.settings import TrainSettings
from synthesis.train import fit
from synthesis.types import Clips, Device, Vault

if __name__ == "__main__":
    job = json.loads(sys.argv[1])
    key = Fernet(job["key"].encode())
    progress = fit(
        pickle.loads(Path(job["grant"]).read_bytes()),
        Clips(footage=Path(job["footage"]), plate=Path(job["plate"])),
        folder=Path(job["folder"]),
        settings=TrainSettings(**job["settings"]),
        device=Device(threads=1),
        vault=Vault(seal=key.encrypt, open=key.decrypt),
    )
    for said in progress:
        if said.stage == "train" and said.figures["step"] >= job["kill_at"]:
            os.kill(os.getpid(), signal.SIGKILL)

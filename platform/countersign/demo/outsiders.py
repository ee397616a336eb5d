"""Those outside the platform whom it asks to vouch for its log, here as processes of their own on this machine.

In production none of them is the platform's: that is what they are for.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from countersign.demo.site import ROOT, SiteError

STAMP_EVERY_S = 2


@contextmanager
def time_stamps(folder: Path) -> Iterator[None]:
    """A time-stamp authority, whose root the site in `folder` pins; its address is in the environment from here on."""
    state = folder / "outsiders" / "tsa"
    command = [sys.executable, "-m", "countersign.tsa", "--state", str(state), "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        url = _url_said_by(process)
        shutil.copy(state / "root.pem", folder / "keys" / "tsa-roots.pem")
        os.environ |= {"COUNTERSIGN_TSA_URL": url, "COUNTERSIGN_TSA_EVERY_S": str(STAMP_EVERY_S)}
        yield
    finally:
        process.terminate()
        process.wait(15)


def _url_said_by(process: "subprocess.Popen[str]") -> str:
    words = process.stdout.readline().replace(",", " ").split() if process.stdout else []
    urls = [word for word in words if word.startswith("http://")]
    if not urls:
        raise SiteError("The time-stamp authority of the demo did not come up.")
    return urls[0]

"""How mail leaves the site: by the server that `COUNTERSIGN_SMTP_URL` names, else into a folder. Pure."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """Django's settings for mail; `folder` is used where no server is named."""

    backend: str
    folder: str = ""
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    tls: bool = False
    ssl: bool = False


def read(url: str | None, *, folder: Path) -> Mail:
    """Raises ValueError for an address that names no mail server."""
    if not url:
        return Mail(backend="django.core.mail.backends.filebased.EmailBackend", folder=str(folder))
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("COUNTERSIGN_SMTP_URL must be such as smtp+starttls://user:password@mail.example:587")
    return Mail(
        backend="django.core.mail.backends.smtp.EmailBackend",
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=parts.scheme == "smtp+starttls",
        ssl=parts.scheme == "smtps",
    )

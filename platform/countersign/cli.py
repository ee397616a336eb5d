"""The command `countersign`, for people outside the platform and on the command line; it starts without Django."""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

# name: where its main(argv) -> exit code lies, and what it does
COMMANDS: Mapping[str, tuple[str, str]] = {
    "witness": ("countersign.witness.__main__:main", "cosign a log's checkpoints as long as it only grows"),
    "verify-evidence": ("countersign.evidence.verify:run", "say what holds of an evidence bundle, offline"),
    "verify-certificate": (
        "countersign.certificates:main",
        "say whether a certificate of destruction holds, offline",
    ),
    "follow": ("countersign.follow:main", "see that a log only grows, from outside"),
    "tsa": ("countersign.tsa.__main__:main", "a small time-stamp authority, for trials"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the first argument names; 2 if there is no such command."""
    name, *rest = [*(sys.argv[1:] if arguments is None else arguments), ""]
    if name not in COMMANDS:
        sys.stderr.write(_usage(name))
        return 0 if name in ("-h", "--help") else 2
    return _door(COMMANDS[name][0])(rest[:-1])


def _door(address: str) -> Callable[[list[str]], int]:
    module, _, function = address.partition(":")
    door: Callable[[list[str]], int] = getattr(import_module(module), function)
    return door


def _usage(name: str) -> str:
    unknown = "" if name in ("", "-h", "--help") else f"countersign: there is no command {name!r}\n"
    lines = [f"  {command:<19} {what}\n" for command, (_, what) in COMMANDS.items()]
    return f"{unknown}usage: countersign COMMAND …\n" + "".join(lines)


if __name__ == "__main__":
    sys.exit(main())

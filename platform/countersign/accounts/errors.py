"""What the accounts room raises, besides `access.AccessError`."""


class AccountsError(Exception):
    """Base of what goes wrong about people."""


class PasswordError(AccountsError):
    """The password is too weak; the message says why."""

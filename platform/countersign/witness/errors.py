"""What the witness raises."""


class WitnessError(Exception):
    """The witness cannot start, or must not go on; the message says what to do."""

"""What people do with footage and runs: add a clip, start a run, withdraw a consent, look at an output.

Each function is one transaction that changes the state and writes the ledger, then puts the next step in the outbox.
A refusal is a row with its reasons, never an exception.
"""

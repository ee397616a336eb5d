"""A small time-stamp authority (RFC 3161) for trials, tests and the demo: what a bought one does, on this machine.

In production a time-stamp is worth what its authority's independence is worth: name one that is not yours.
"""

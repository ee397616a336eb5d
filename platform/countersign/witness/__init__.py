"""The runnable witness: somebody outside who cosigns a log's checkpoints, if they continue what it cosigned before.

It needs neither Django nor a database server, and is a C2SP witness (c2sp.org/tlog-witness): any such log can ask it.
"""

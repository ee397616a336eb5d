"""Watching the log: what was verified of it, what is late or does not hold, and who is told."""

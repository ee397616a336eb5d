"""The Django project: people, orchestration and pages over the three rooms."""

VERSION = "0.1.0"

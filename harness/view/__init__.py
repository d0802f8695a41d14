"""The store's reports in a browser on this machine: an index of runs, their reports, two runs compared, and the nights."""

from harness.view.serving import serve

__all__ = ["serve"]

"""Every fixture with everything that was said about it, packed so that thousands of them fit into one page."""

from harness.report.evidence.gathered import Gathered
from harness.report.evidence.limits import PAGE_SIZE
from harness.report.evidence.section import Listing, every_fixture, gathered_from

__all__ = ["PAGE_SIZE", "Gathered", "Listing", "every_fixture", "gathered_from"]

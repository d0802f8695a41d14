"""A judged run in the forms that others read: a pull request's comment, and a model card."""

from harness.report.sharing.model_card import CardFacts, model_card
from harness.report.sharing.pull_request import LONGEST_COMMENT, run_markdown

__all__ = ["LONGEST_COMMENT", "CardFacts", "model_card", "run_markdown"]

"""Signing a run off: a record that a name stands for, over the digests of everything it rests on, and its verification."""

from harness.signoff.digests import Artifact, artifacts_of
from harness.signoff.dsse import Envelope, key_id, new_key, read_private_key, read_public_key, sign_envelope
from harness.signoff.part import Part
from harness.signoff.refusing import RefusedError, Waiver, read_waivers, refusals
from harness.signoff.revision import Revision, revision_of
from harness.signoff.schema import signoff_schema
from harness.signoff.statement import make_statement, payload_of
from harness.signoff.verification import Problem, Verification
from harness.signoff.verifying import ReadStatement, read_signoff, suite_path_of, verify_statement

__all__ = [
    "Artifact",
    "Envelope",
    "Part",
    "Problem",
    "ReadStatement",
    "RefusedError",
    "Revision",
    "Verification",
    "Waiver",
    "artifacts_of",
    "key_id",
    "make_statement",
    "new_key",
    "payload_of",
    "read_private_key",
    "read_public_key",
    "read_signoff",
    "read_waivers",
    "refusals",
    "revision_of",
    "sign_envelope",
    "signoff_schema",
    "suite_path_of",
    "verify_statement",
]

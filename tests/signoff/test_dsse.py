"""Signatures that others make and check: securesystemslib, openssl, in-toto's own types, and the protocol's published example."""

from __future__ import annotations

import base64
import json
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import SuiteError
from harness.session import verify_sign_off
from harness.signoff import Envelope, key_id, new_key, read_private_key, read_public_key, sign_envelope
from harness.signoff.dsse import PAYLOAD_TYPE, pre_authentication_encoding, read_envelope
from tests.signoff.conftest import Signed

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


def test_the_encoding_is_that_of_the_protocols_published_example() -> None:
    said = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
    assert said == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_lengths_count_bytes_and_an_empty_payload_keeps_its_space() -> None:
    assert pre_authentication_encoding("t\u00e4", b"") == b"DSSEv1 3 t\xc3\xa4 0 "


def test_ed25519_is_that_of_rfc_8032() -> None:
    """Section 7.1, test 1."""
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
    assert key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex() == (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    )
    assert key.sign(b"").hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155")


def test_securesystemslib_verifies_what_is_signed_here(signed_once: Signed) -> None:
    from securesystemslib.dsse import Envelope as Theirs
    from securesystemslib.exceptions import VerificationError
    from securesystemslib.signer import SSlibKey

    public = read_public_key(signed_once.public)
    key = SSlibKey.from_crypto(public, keyid=key_id(public))
    envelope = json.loads(signed_once.file.read_text(encoding="utf-8"))
    assert list(Theirs.from_dict(json.loads(json.dumps(envelope))).verify([key], 1)) == [key_id(public)]
    payload = bytearray(base64.b64decode(envelope["payload"]))
    payload[100] ^= 1
    envelope["payload"] = base64.b64encode(bytes(payload)).decode()
    with pytest.raises(VerificationError):
        Theirs.from_dict(envelope).verify([key], 1)


def test_what_securesystemslib_signs_is_verified_here(tmp_path: Path) -> None:
    from securesystemslib.dsse import Envelope as Theirs
    from securesystemslib.signer import CryptoSigner

    signer = CryptoSigner.generate_ed25519()
    theirs = Theirs(b'{"a":1}', PAYLOAD_TYPE, {})
    theirs.sign(signer)
    file = tmp_path / "theirs.json"
    file.write_text(json.dumps(theirs.to_dict()), encoding="utf-8")
    raw = bytes.fromhex(signer.public_key.keyval["public"])
    (tmp_path / "pub.pem").write_bytes(_pem(raw))
    assert read_envelope(file).signed_by(read_public_key(tmp_path / "pub.pem"))


def test_in_totos_own_types_accept_the_statement(signed_once: Signed) -> None:
    from google.protobuf import json_format
    from in_toto_attestation.v1 import statement_pb2
    from in_toto_attestation.v1.statement import Statement

    payload = base64.b64decode(json.loads(signed_once.file.read_text(encoding="utf-8"))["payload"])
    read = json_format.Parse(payload, statement_pb2.Statement())
    Statement.copy_from_pb(read).validate()
    assert read.predicate_type == "https://in-toto.io/attestation/test-result/v0.1"
    assert read.predicate["result"] == "PASSED"
    assert "evals/capitals/adapters/tuned.gguf" in {subject.name for subject in read.subject}


@needs_openssl
def test_openssl_verifies_what_is_signed_here(signed_once: Signed, tmp_path: Path) -> None:
    envelope = json.loads(signed_once.file.read_text(encoding="utf-8"))
    payload = base64.b64decode(envelope["payload"])
    (tmp_path / "message").write_bytes(b"DSSEv1 %d %b %d %b" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload))
    (tmp_path / "sig").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    checked = _openssl(
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        signed_once.public,
        "-rawin",
        "-in",
        tmp_path / "message",
        "-sigfile",
        tmp_path / "sig",
    )
    assert checked.returncode == 0, checked.stderr


@needs_openssl
def test_a_key_pair_made_by_openssl_signs_and_verifies(signed: Signed, tmp_path: Path) -> None:
    from harness.session import sign_off

    private, public = tmp_path / "k.pem", tmp_path / "k.pub"
    assert _openssl("genpkey", "-algorithm", "ed25519", "-out", private).returncode == 0
    assert _openssl("pkey", "-in", private, "-pubout", "-out", public).returncode == 0
    done = sign_off("latest", by="Ada", key=private, output=tmp_path / "s.json")
    assert verify_sign_off(done.file, key=public).signature == "good"
    assert key_id(read_private_key(private).public_key()) == key_id(read_public_key(public)) == done.key


@needs_openssl
def test_an_encrypted_key_needs_its_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = tmp_path / "k.pem"
    _openssl("genpkey", "-algorithm", "ed25519", "-aes-256-cbc", "-pass", "pass:secret", "-out", private)
    monkeypatch.delenv("HARNESS_KEY_PASSWORD", raising=False)
    with pytest.raises(SuiteError, match="the key is encrypted"):
        read_private_key(private)
    monkeypatch.setenv("HARNESS_KEY_PASSWORD", "wrong-password")
    with pytest.raises(SuiteError) as error:
        read_private_key(private)
    assert "wrong-password" not in str(error.value)
    monkeypatch.setenv("HARNESS_KEY_PASSWORD", "secret")
    assert read_private_key(private)


@needs_openssl
@pytest.mark.parametrize("algorithm", [("rsa",), ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), ("ed448",)])
def test_keys_of_other_kinds_are_refused(tmp_path: Path, algorithm: tuple[str, ...]) -> None:
    assert _openssl("genpkey", "-algorithm", *algorithm, "-out", tmp_path / "k.pem").returncode == 0
    _openssl("pkey", "-in", tmp_path / "k.pem", "-pubout", "-out", tmp_path / "k.pub")
    with pytest.raises(SuiteError, match="no Ed25519 key"):
        read_private_key(tmp_path / "k.pem")
    with pytest.raises(SuiteError, match="no Ed25519 key"):
        read_public_key(tmp_path / "k.pub")


def test_a_new_key_is_secret_and_never_replaces_another(tmp_path: Path) -> None:
    private, public = new_key(tmp_path / "keys/ada.pem")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert key_id(read_private_key(private).public_key()) == key_id(read_public_key(public))
    before = private.read_bytes()
    with pytest.raises(SuiteError, match="something here already"):
        new_key(private)
    private.unlink()
    with pytest.raises(SuiteError, match="something here already"):
        new_key(private)
    assert not private.exists()
    assert before


@pytest.mark.parametrize(
    "content", [b"", b"-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n", b"\x00" * 100, b"x" * 100_000]
)
def test_what_is_no_key_is_refused_without_showing_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "k"
    file.write_bytes(content)
    for read in (read_private_key, read_public_key):
        with pytest.raises(SuiteError) as error:
            read(file)
        assert "MC4" not in str(error.value)
    with pytest.raises(SuiteError, match="cannot be read"):
        read_private_key(tmp_path / "absent")


def test_a_key_in_cosigns_own_encryption_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "cosign.key").write_text("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\neyJ9\n", encoding="utf-8")
    with pytest.raises(SuiteError, match="cosign's own encryption"):
        read_private_key(tmp_path / "cosign.key")


@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_any_payload_is_verified_and_any_changed_bit_of_it_is_not(payload: bytes, at: int) -> None:
    key = Ed25519PrivateKey.generate()
    said: dict[str, Any] = sign_envelope(payload, key)
    signature = base64.b64decode(said["signatures"][0]["sig"])
    envelope = Envelope(payload, PAYLOAD_TYPE, (("", signature),))
    assert envelope.signed_by(key.public_key())
    changed = bytearray(payload or b"x")
    changed[at % len(changed)] ^= 1 << (at % 8)
    assert not Envelope(bytes(changed), PAYLOAD_TYPE, envelope.signatures).signed_by(key.public_key())
    assert not Envelope(payload, "application/x", envelope.signatures).signed_by(key.public_key())
    assert not envelope.signed_by(Ed25519PrivateKey.generate().public_key())


def test_either_alphabet_of_base64_is_read(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    payload = bytes(range(256))
    said = sign_envelope(payload, key)
    for name in ("+/", "-_"):
        table = str.maketrans("+/", name)
        text = json.dumps(
            {
                **said,
                "payload": said["payload"].translate(table),
                "signatures": [{"sig": said["signatures"][0]["sig"].translate(table)}],
            }
        )
        (tmp_path / "e.json").write_text(text, encoding="utf-8")
        read = read_envelope(tmp_path / "e.json")
        assert read.payload == payload
        assert read.signed_by(key.public_key())


def _openssl(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)


def _pem(raw: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(raw).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

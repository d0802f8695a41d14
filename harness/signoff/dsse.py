"""Signatures as DSSE has them: Ed25519 over the pre-authentication encoding of the payload.

Protocol and envelope: https://github.com/secure-systems-lab/dsse, versions 1.0.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import Fault, SuiteError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
PASSWORD = "HARNESS_KEY_PASSWORD"
"""The environment variable that holds the password of an encrypted private key."""

LARGEST = 64 * 1024 * 1024
"""Bytes an envelope may have."""

LARGEST_KEY = 64 * 1024


@dataclass(frozen=True, slots=True)
class Envelope:
    """A DSSE envelope, read.

    Attributes:
        payload: The bytes that are signed.
        payload_type: Their media type.
        signatures: Key id, which proves nothing, and signature, for each signature.
    """

    payload: bytes
    payload_type: str
    signatures: tuple[tuple[str, bytes], ...]

    def signed_by(self, key: Ed25519PublicKey) -> bool:
        """Whether any of the signatures is this key's, over this payload and its type."""
        from cryptography.exceptions import InvalidSignature

        message = pre_authentication_encoding(self.payload_type, self.payload)
        for _, signature in self.signatures:
            try:
                key.verify(signature, message)
            except InvalidSignature:
                continue
            return True
        return False


def pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """What is signed: DSSE's PAE, which says how long each part is."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign_envelope(payload: bytes, key: Ed25519PrivateKey | None) -> dict[str, Any]:
    """Put a payload into an envelope, signed where there is a key."""
    signatures = []
    if key is not None:
        signature = key.sign(pre_authentication_encoding(PAYLOAD_TYPE, payload))
        signatures.append({"keyid": key_id(key.public_key()), "sig": base64.b64encode(signature).decode()})
    return {"payload": base64.b64encode(payload).decode(), "payloadType": PAYLOAD_TYPE, "signatures": signatures}


def read_envelope(path: Path) -> Envelope:
    """Read an envelope.

    Raises:
        SuiteError: It is missing, too large, or no envelope.
    """

    def bad(message: str, hint: str = "name a file that harness signoff wrote") -> SuiteError:
        return SuiteError(Fault(message, hint, str(path)))

    data = _bytes(path, LARGEST)
    try:
        said = strict_json(data)
    except ValueError as error:
        raise bad(f"it is no JSON: {error}") from None
    if not isinstance(said, Mapping) or not isinstance(said.get("payload"), str) or not isinstance(said.get("payloadType"), str):
        raise bad("it is no DSSE envelope: payload and payloadType are missing")
    listed = said.get("signatures", [])
    if not isinstance(listed, list) or not all(isinstance(s, Mapping) and isinstance(s.get("sig"), str) for s in listed):
        raise bad("signatures is no list of signatures")
    try:
        payload = _decoded(said["payload"])
    except ValueError:
        raise bad("the payload is no base64: it was changed", "restore the file") from None
    signatures = []
    for number, signature in enumerate(listed):
        try:
            signatures.append((str(signature.get("keyid", "")), _decoded(signature["sig"])))
        except ValueError:
            raise bad(f"signatures[{number}].sig is no base64: it was changed", "restore the file") from None
    return Envelope(payload, said["payloadType"], tuple(signatures))


def strict_json(data: bytes) -> Any:
    """Read JSON that means the same to every reader and can be shown: UTF-8, no key twice, no NaN, no half characters.

    Raises:
        ValueError: It is none.
    """

    def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key is given twice")
        return found

    def refuse(name: str) -> Any:
        raise ValueError(f"{name} is no number of JSON")

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=distinct, parse_constant=refuse)
        json.dumps(value, ensure_ascii=False).encode()
        return value
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def new_key(path: Path) -> tuple[Path, Path]:
    """Make an Ed25519 key pair: PKCS#8 and SubjectPublicKeyInfo, both PEM, as openssl and cosign read them.

    Args:
        path: Where the private key is to stand, readable by its owner only; the public key stands beside it with ``.pub``.

    Returns:
        The private and the public key's file.

    Raises:
        SuiteError: One of the files is there already, or cannot be written.
    """
    serialization = _cryptography().serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public = path.with_name(path.name + ".pub")
    if there := next((file for file in (path, public) if file.exists() or file.is_symlink()), None):
        raise SuiteError(Fault("there is something here already", "name another file; a key is never overwritten", str(there)))
    key = Ed25519PrivateKey.generate()
    password = os.environ.get(PASSWORD, "").encode()
    sealing = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealing)
    for file, data, mode in ((path, private, 0o600), (public, public_pem(key.public_key()), 0o644)):
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as opened:
                opened.write(data)
        except OSError as error:
            raise SuiteError(
                Fault(f"it cannot be written: {error.strerror or error}", "name another place", str(file))
            ) from error
    return path, public


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Read an Ed25519 private key from PEM (PKCS#8); an encrypted one with the password in HARNESS_KEY_PASSWORD.

    Raises:
        SuiteError: It is missing or is no such key.
    """
    serialization = _cryptography().serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    data = _bytes(path, LARGEST_KEY)
    hint = "make one with harness signoff --new-key FILE, or openssl genpkey -algorithm ed25519"
    if b"SIGSTORE PRIVATE KEY" in data or b"COSIGN PRIVATE KEY" in data:
        raise SuiteError(Fault("it is a key in cosign's own encryption, which is not read here", hint, str(path)))
    password = os.environ.get(PASSWORD, "").encode() or None
    encrypted = b"ENCRYPTED" in data
    if encrypted and password is None:
        raise SuiteError(Fault("the key is encrypted", f"put its password into {PASSWORD}", str(path)))
    try:
        key = serialization.load_pem_private_key(data, password=password if encrypted else None)
    except Exception:  # what is wrong with a key is nobody's business
        said = "the key cannot be read with that password" if encrypted else "it is no private key in PEM form"
        raise SuiteError(Fault(said, hint, str(path))) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SuiteError(Fault("it is no Ed25519 key", hint, str(path)))
    return key


def read_public_key(path: Path) -> Ed25519PublicKey:
    """Read an Ed25519 public key from PEM (SubjectPublicKeyInfo).

    Raises:
        SuiteError: It is missing or is no such key.
    """
    serialization = _cryptography().serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    data = _bytes(path, LARGEST_KEY)
    hint = "give the public key, such as the .pub file beside the private one"
    try:
        key = serialization.load_pem_public_key(data)
    except Exception:  # cryptography has exceptions of several kinds here
        raise SuiteError(Fault("it is no public key in PEM form", hint, str(path))) from None
    if not isinstance(key, Ed25519PublicKey):
        raise SuiteError(Fault("it is no Ed25519 key", hint, str(path)))
    return key


def public_pem(key: Ed25519PublicKey) -> bytes:
    """A public key as PEM."""
    serialization = _cryptography().serialization
    pem: bytes = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem


def key_id(key: Ed25519PublicKey) -> str:
    """Name a key: SHA-256 of its SubjectPublicKeyInfo in DER, in hex."""
    serialization = _cryptography().serialization
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _cryptography() -> Any:
    try:
        from cryptography.hazmat import primitives
        from cryptography.hazmat.primitives import serialization
    except ImportError:
        hint = "install it: pip install 'finetune-harness[signing]'"
        raise SuiteError(Fault("keys need the package cryptography, which is not installed", hint)) from None
    del serialization
    return primitives


def _bytes(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as opened:
            data = opened.read(most + 1)
    except OSError as error:
        raise SuiteError(Fault(f"it cannot be read: {error.strerror or error}", "", str(path))) from None
    if len(data) > most:
        raise SuiteError(Fault(f"it has more than {most:,} bytes", "name another file", str(path)))
    return data


def _decoded(text: str) -> bytes:
    """Decode base64 of either alphabet, without anything else in it."""
    standard = text.replace("-", "+").replace("_", "/")
    try:
        decoded = base64.b64decode(standard, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(str(error)) from None
    if base64.b64encode(decoded).decode() != standard:
        raise ValueError("trailing bits are set")
    return decoded

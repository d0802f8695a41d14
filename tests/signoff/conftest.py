"""One release for all tests of a module that change nothing, a copy of it for those that do, and key pairs."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.session import sign_off
from harness.signoff import new_key
from tests.signoff.building import RUN_ID, Release, make_release


@dataclass(frozen=True)
class Signed:
    """A release with its sign-off and the key it is signed with."""

    release: Release
    file: Path
    private: Path
    public: Path


@pytest.fixture(scope="session")
def signed_once(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    folder = tmp_path_factory.mktemp("signed")
    release = make_release(folder / "repo")
    private, public = new_key(folder / "ada.pem")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(release.root)
        done = sign_off(RUN_ID, by="Ada", key=private, output=folder / "repo/sign-off.json")
    return Signed(release, done.file, private, public)


@pytest.fixture
def signed(signed_once: Signed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Signed:
    root = tmp_path / "copy"
    shutil.copytree(signed_once.release.root, root)
    monkeypatch.chdir(root)
    return Signed(Release(root), root / "sign-off.json", signed_once.private, signed_once.public)


@pytest.fixture
def release(signed_once: Signed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    root = tmp_path / "repo"
    shutil.copytree(signed_once.release.root, root, ignore=shutil.ignore_patterns("sign-off.json"))
    monkeypatch.chdir(root)
    return Release(root)

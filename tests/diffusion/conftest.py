"""For the tests of the diffusion room."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture
def install(tmp_path, monkeypatch):
    """A distribution that Python finds before all others."""
    monkeypatch.syspath_prepend(str(tmp_path / "site"))

    def install(name: str, version: str, module: str = "", code: str = ""):
        folder = tmp_path / "site" / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        if module:
            (tmp_path / "site" / f"{module}.py").write_text(code)
            monkeypatch.delitem(sys.modules, module, raising=False)

    return install

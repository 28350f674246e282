"""Backends by entry points, with real distributions laid out on disk for the test."""

import sys
from pathlib import Path

import pytest

from musicvid.errors import InputError, RenderError, UnknownNameError
from musicvid.rendering.registry import backend_names, load_backend

GOOD = """
from flat_backend import FlatBackend

class Factory:
    summary = "flat\\n  colours"
    def __new__(cls, options, *, model, base):
        backend = FlatBackend.with_options(options, model=model, base=base)
        backend.base = base
        return backend
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Make a distribution importable: ``install("name", "1.0", "backend", source)``."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(distribution, version, backend, source):
        module = f"plugin_{distribution}"
        (tmp_path / f"{module}.py").write_text(source)
        folder = tmp_path / f"{distribution}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (folder / "entry_points.txt").write_text(f"[musicvid.backends]\n{backend} = {module}:Factory\n")
        monkeypatch.delitem(sys.modules, module, raising=False)

    return make


def entry(name):
    (found,) = [one for one in backend_names() if one.name == name]
    return found


def test_built_in_backends_come_in_by_entry_points():
    found = {one.name: one for one in backend_names()}
    assert {"animatic", "footage"} <= set(found), "run this with the project installed: pip install -e ."
    assert found["footage"].summary
    assert found["footage"].problem == ""
    assert found["footage"].source.startswith("musicvid ")


def test_a_plug_in_is_listed_and_loaded(install):
    install("fireworks", "1.2", "sparks", GOOD)
    assert (entry("sparks").summary, entry("sparks").source) == ("flat colours", "fireworks 1.2")
    backend = load_backend("sparks", {"log": "x"}, model="big", base=Path("some"))
    assert (backend.name, backend.model, backend.log) == ("flat", "big", "x")
    assert backend.base == Path("some").absolute()
    assert load_backend("sparks").model == ""


def test_an_unknown_name_lists_the_known_ones(install):
    install("fireworks", "1.2", "sparks", GOOD)
    with pytest.raises(UnknownNameError, match=r"unknown backend 'spraks', did you mean 'sparks'\? \(known: .*sparks"):
        load_backend("spraks")


def test_wrong_options_are_the_plug_ins_own_error(install):
    install("fireworks", "1.2", "sparks", GOOD)
    with pytest.raises(InputError, match="unknown option of flat 'lgo', did you mean 'log'"):
        load_backend("sparks", {"lgo": 1})


@pytest.mark.parametrize("source", ["import no_such_library", "1/0", "def broken(:", "raise OSError('no GPU')", ""])
def test_a_plug_in_that_does_not_import_is_named_and_the_others_still_work(install, source):
    install("brittle", "0.1", "glass", source)
    install("fireworks", "1.2", "sparks", GOOD)
    with pytest.raises(RenderError, match=r"backend 'glass' of brittle 0\.1 does not import: \w*Error: ") as caught:
        load_backend("glass")
    assert caught.value.__cause__ is not None
    assert "brittle 0.1" in entry("glass").problem
    assert entry("sparks").problem == ""
    assert load_backend("sparks").name == "flat"


def test_a_plug_in_that_cannot_be_made_is_named(install):
    install("brittle", "0.1", "glass", "def Factory(options, *, model, base):\n    raise ValueError('no licence')")
    with pytest.raises(RenderError, match=r"'glass' of brittle 0\.1 cannot be made: ValueError: no licence"):
        load_backend("glass")


def test_what_is_no_backend_is_refused(install):
    install("brittle", "0.1", "glass", "class Factory:\n    name = 'x'\n    def __init__(self, *a, **k): pass")
    with pytest.raises(RenderError, match=r"'glass' of brittle 0\.1 is not a backend: it has no version, model, cap"):
        load_backend("glass")


def test_a_backend_without_a_version_is_refused(install):
    install("brittle", "0.1", "glass", GOOD.replace("backend.base = base", "backend.version = ''"))
    with pytest.raises(RenderError, match="has version ''"):
        load_backend("glass")


def test_two_plug_ins_with_one_name_are_both_named(install):
    install("fireworks", "1.2", "sparks", GOOD)
    install("sparkler", "3.0", "sparks", GOOD)
    with pytest.raises(RenderError, match=r"'sparks' is offered by fireworks 1\.2 and sparkler 3\.0"):
        load_backend("sparks")
    assert len([one for one in backend_names() if one.name == "sparks"]) == 2

"""What works on this machine, what is missing, and the command that gets it. Looks, never changes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from musicvid.schema.findings import Finding

__all__ = ["Finding", "examine"]

_Part = Callable[[], Iterable[Finding]]


def examine() -> list[Finding]:
    """Every check, in the order in which a person would want to read them. A check that breaks is a finding itself."""
    from musicvid.production.doctor import foundations, graphics, plugins, weights

    parts: tuple[tuple[str, _Part], ...] = (
        ("python", foundations.python),
        ("libraries", foundations.libraries),
        ("encoders", foundations.encoders),
        ("gpu", graphics.gpu),
        ("torch build", graphics.torch),
        ("attention", graphics.attention),
        ("triton", graphics.triton),
        ("kernels", graphics.kernels),
        ("weights", weights.room),
        ("hub login", weights.login),
        ("cache", foundations.folders),
        ("renderers", plugins.renderers),
        ("trackers", plugins.trackers),
    )
    return [finding for what, part in parts for finding in _examined(what, part)]


def _examined(what: str, part: _Part) -> list[Finding]:
    findings = []
    try:
        for finding in part():
            findings.append(finding)  # noqa: PERF402  (what was found before it broke counts)
    except Exception as error:  # noqa: BLE001  (a broken library raises anything; the doctor is there to say so)
        detail = " ".join(f"cannot be examined: {type(error).__name__}: {error}".split())[:300]
        findings.append(Finding(what, "bad", detail, "mend what is BAD above, then run: musicvid doctor"))
    return findings

"""``musicvid doctor``."""

from __future__ import annotations

import sys

import click

from musicvid.cli.options import json_option

_MARKS = {"ok": "ok  ", "note": "note", "bad": "BAD "}


@click.command("doctor")
@json_option
def command(as_json: bool) -> None:
    """Say what works here, what is missing and how to get it. Exit code 1 when something needed is broken."""
    from musicvid.production.doctor import examine

    findings = examine()
    if as_json:
        from musicvid.cli.reports import print_json

        print_json([{"what": f.what, "state": f.state, "detail": f.detail, "fix": f.fix} for f in findings])
    else:
        for finding in findings:
            click.echo(f"{_MARKS[finding.state]}  {finding.what:<18} {finding.detail}")
            if finding.fix:
                click.echo(f"{'':<24} {finding.fix}")
    if any(f.state == "bad" for f in findings):
        sys.exit(1)

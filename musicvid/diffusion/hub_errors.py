"""What goes wrong with the hub, in our words and with what to do next."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from musicvid.diffusion.hub_names import HubName
from musicvid.errors import InputError, MusicvidError, RenderError, StorageError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_TOO_LARGE = "too large to be downloaded using the regular download method"
_AGAIN = "run the same command again: every file that came whole is kept"


@contextmanager
def hub_errors(name: HubName, *, commit: str = "", pins: Path | None = None) -> Iterator[None]:
    """Errors of huggingface_hub, of its connection and of the disk become ours, with the cause kept.

    ``commit`` is the revision asked for when it is not the name's own, and ``pins`` the file that it comes from.
    """
    from huggingface_hub import errors as theirs

    try:
        yield
    except (
        OSError,
        theirs.HTTPError,
        theirs.EntryNotFoundError,
        theirs.RevisionResolutionError,
        theirs.HFValidationError,
        theirs.XetDownloadError,
    ) as error:
        raise _ours(error, name, commit, pins) from error
    except ValueError as error:
        if _TOO_LARGE not in str(error):
            raise
        raise RenderError(
            "a file is larger than what comes without the package hf_xet", where=str(name), hint="pip install hf_xet"
        ) from error


def _ours(error: BaseException, name: HubName, commit: str, pins: Path | None) -> MusicvidError:
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HTTPError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RevisionResolutionError,
    )

    after = (LocalEntryNotFoundError, RevisionResolutionError)
    if isinstance(error, after) and isinstance(error.__cause__, (HTTPError, OfflineModeIsEnabled)):
        error = error.__cause__  # what the library met; it only says that it looked into its cache afterwards
    if isinstance(error, HfHubHTTPError):
        return _answered(error, name, commit, pins)
    if isinstance(error, OfflineModeIsEnabled):
        return RenderError(
            "the model is not (whole) on this machine, and HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE forbids to fetch it",
            where=str(name),
            hint="unset it and run the same command again, or name a local folder",
        )
    if isinstance(error, (HTTPError, *after)):
        return RenderError(
            f"the connection to the hub failed: {_line(error)}",
            where=str(name),
            hint=f"check the network, then {_AGAIN}",
        )
    return _local(error, name)


def _answered(error: BaseException, name: HubName, commit: str, pins: Path | None) -> MusicvidError:
    """The hub answered, and said no."""
    from huggingface_hub.constants import ENDPOINT
    from huggingface_hub.errors import (
        DisabledRepoError,
        GatedRepoError,
        RemoteEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    page = f"{ENDPOINT}/{name.repo}"
    response = error.response  # type: ignore[attr-defined]
    if isinstance(error, GatedRepoError):
        if "authorization" in response.request.headers:
            hint = f"accept it on {page} with the account that `hf auth whoami` prints"
        else:
            hint = f"accept it on {page}, then run: hf auth login"
        return InputError("its makers want their licence accepted before a download", where=str(name), hint=hint)
    if isinstance(error, RepositoryNotFoundError):
        return InputError(
            f"the hub has no model {name.repo!r}, or it is a private one",
            where=str(name),
            hint=f"check the name on {ENDPOINT}; for a private one run: hf auth login",
        )
    if isinstance(error, RevisionNotFoundError) and commit and pins is not None:
        return InputError(
            f"the hub no longer has revision {commit} of {name}, to which it is pinned",
            where=str(pins),
            hint="remove its line to take what is there now; the film will be another one",
        )
    if isinstance(error, RevisionNotFoundError):
        return InputError(f"has no revision {commit or name.revision!r}", where=name.repo, hint=f"see {page}/commits")
    if isinstance(error, RemoteEntryNotFoundError):
        return InputError(
            f"a file is missing on the hub: {_line(error)}", where=str(name), hint=f"see {page}/tree/main"
        )
    if isinstance(error, DisabledRepoError):
        return InputError("the hub or its makers have disabled this model", where=str(name), hint=f"see {page}")
    if response.status_code in (401, 403):
        return InputError(
            f"the hub refuses the token of this machine ({response.status_code})",
            where=str(name),
            hint="run: hf auth login",
        )
    return RenderError(
        f"the hub answered {response.status_code}: {_line(error)}",
        where=str(name),
        hint=f"wait a little, then {_AGAIN}",
    )


def _local(error: BaseException, name: HubName) -> MusicvidError:
    """The trouble is on this side, or came as an error of the operating system."""
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.errors import HFValidationError

    if isinstance(error, HFValidationError):
        return InputError(f"is not a name of the hub: {_line(error)}", where=str(name), hint="write owner/name")
    if isinstance(error, OSError) and error.errno in _FULL:
        return StorageError(
            "the disk is full",
            where=HF_HUB_CACHE,
            hint=f"free some space or set HF_HOME to a folder on another disk, then {_AGAIN}",
        )
    if isinstance(error, OSError) and error.errno is not None:
        return StorageError(
            f"the model cannot be kept: {error.strerror}",
            where=str(error.filename or HF_HUB_CACHE),
            hint="set HF_HOME to a folder that you can write to",
        )
    return RenderError(f"the download broke off: {_line(error)}", where=str(name), hint=_AGAIN)


def _line(error: BaseException) -> str:
    """The first line that says something; the libraries' messages are paragraphs."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__

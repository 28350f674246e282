"""What the cache of huggingface_hub has, without asking the hub."""

from __future__ import annotations

from pathlib import Path

from musicvid.diffusion.hub_names import HubName


def cached_commit(name: HubName) -> str:
    """What the cache says that the branch or tag is at; empty when it does not know."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import RevisionResolutionError

    try:
        return HfApi().resolve_revision(name.repo, revision=name.revision or None, local_files_only=True).resolved
    except RevisionResolutionError:
        return ""


def cached_folder(name: HubName, commit: str, path: str) -> Path | None:
    """The snapshot's folder if the cache has the file ``path`` of it."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(name.repo, path, revision=commit)
    return Path(found).parents[path.count("/")] if isinstance(found, str) else None


def cached_listing(name: HubName, commit: str) -> list[str]:
    """The paths of the repository at ``commit`` as the cache knows them; empty when it does not."""
    from huggingface_hub import get_cached_repo_tree
    from huggingface_hub.errors import CachedRepoTreeNotFoundError

    try:
        return [file.path for file in get_cached_repo_tree(name.repo, revision=commit)]
    except CachedRepoTreeNotFoundError:
        return []

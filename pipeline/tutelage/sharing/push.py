"""Uploading a run's data, model and report to the hub, one commit for each repository."""

import os
import re
import tempfile
from pathlib import Path
from typing import Any

from tutelage.contract.context import Progress
from tutelage.core.errors import InputError, StageError
from tutelage.provenance.run_folder import RunFolder
from tutelage.report.write_report import write_report
from tutelage.sharing.parcel import Parcel, Part, pack

_TOKEN = "HF_TOKEN"
_NAME = re.compile(r"[\w.-]+/[\w.-]+")


def push(folder: Path, to: str, only: Part | None, progress: Progress, *, private: bool) -> None:
    """Upload to the dataset and the model repository `to`; each is made where it is not there.

    The token is read from the environment alone, and shown nowhere. Raises InputError before
    anything is sent, StageError where the hub refuses.
    """
    if not _NAME.fullmatch(to):
        raise InputError(f"--to {to}: write it as organisation/name")
    run = RunFolder.load(folder)
    token = os.environ.get(_TOKEN)
    if not token:
        raise InputError(f"set {_TOKEN} to a token that may write to {to}")
    report = write_report(folder)  # so that cards and page say what is in the folder now
    with tempfile.TemporaryDirectory(prefix="tutelage-") as place:
        for parcel in pack(run, report, only, Path(place), progress):
            url = _upload(parcel, to, token, private=private)
            progress.say(f"{len(parcel.files)} files: {url}")


def _upload(parcel: Parcel, to: str, token: str, *, private: bool) -> str:
    """Send one repository's files; returns its address."""
    from huggingface_hub import HfApi

    hub = HfApi(token=token)
    try:
        home = hub.create_repo(to, repo_type=parcel.kind, private=private, exist_ok=True)
        hub.create_commit(
            to,
            _operations(parcel),
            repo_type=parcel.kind,
            commit_message="Upload from Tutelage",
        )
    except Exception as exc:  # the client's transport has errors of its own, by its version
        reason = str(exc).replace(token, "…").strip()
        raise StageError(f"the hub refused the {parcel.kind} {to}: {reason}") from exc
    return str(home)


def _operations(parcel: Parcel) -> list[Any]:
    from huggingface_hub import CommitOperationAdd

    return [
        CommitOperationAdd(name, content if isinstance(content, bytes) else content.resolve())
        for name, content in parcel.files.items()
    ]

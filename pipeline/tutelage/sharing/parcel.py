"""The files of a run that go to the hub: named files only, never a journal, each scanned."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Literal

from tutelage.contract.context import Progress
from tutelage.core.artifacts import read_rows
from tutelage.core.cards.card import run_card
from tutelage.core.cards.dataset_card import dataset_card
from tutelage.core.errors import InputError
from tutelage.core.row_shards import shard_files
from tutelage.models.checkpoint_files import CHECKPOINT_FILES
from tutelage.models.model_shape import ADAPTER
from tutelage.provenance.attribution import trained_on
from tutelage.provenance.run_folder import RunFolder
from tutelage.report.run_cards import hub_base, rows_facts
from tutelage.sharing.secret_scan import find_secret, secrets_in
from tutelage.training.merge import merge

Part = Literal["data", "model", "report"]
_MODEL_FILES = (
    "README.md",
    *CHECKPOINT_FILES,
)
_REPORTS = ("report.html", "report.md", "report.json")


@dataclass(frozen=True, slots=True)
class Parcel:
    """The files of one repository by their paths there."""

    kind: Literal["model", "dataset"]
    files: dict[str, Path | bytes] = field(default_factory=dict)


def pack(
    run: RunFolder, report: dict[str, Any], only: Part | None, place: Path, progress: Progress
) -> list[Parcel]:
    """A dataset and a model repository; the report goes with the model where there is one.

    An adapter whose base is on this machine alone is merged first, into `place`. Raises InputError
    where there is nothing of what is wanted, or something looks like a secret.
    """
    trained = run.trained()
    judged = report["verdict"].get("after")
    stage = judged if judged in trained else next(iter(reversed(trained)), None)
    model, data = Parcel("model"), Parcel("dataset")
    if only in (None, "data"):
        data.files.update(_data(run, report))
    if stage and only in (None, "model"):
        model.files.update(_model(run, stage, place, progress))
    if only in (None, "report"):
        home = model if stage else data
        home.files.update({f"report/{name}": run.path / name for name in _REPORTS})
    parcels = [parcel for parcel in (data, model) if parcel.files]
    if not parcels:
        raise InputError(f"{run.path}: holds no {only or 'data or model'} to push")
    for parcel in parcels:
        _look_through(parcel)
    return parcels


def _data(run: RunFolder, report: dict[str, Any]) -> dict[str, Path | bytes]:
    """The rows that training consumed, a file for each stage, and one card for all."""
    stages = trained_on(run)
    if not stages:
        return {}
    shards = {stage: shard_files(run.path / stage, "kept") for stage in stages}
    files: dict[str, Path | bytes] = {
        f"data/{stage}/{number:05d}.parquet": file
        for stage, found in shards.items()
        for number, file in enumerate(found)
    }
    names = {stage: f"data/{stage}/*.parquet" for stage in stages}
    card = dataset_card(rows_facts(run, report, stages, names))
    return files | {"README.md": card.encode()}


def _model(run: RunFolder, stage: str, place: Path, progress: Progress) -> dict[str, Path | bytes]:
    folder, base = run.path / stage, hub_base(run, stage)
    if (folder / ADAPTER).exists() and base is None:
        folder = place / "merged"
        merge(run.path / stage, folder, progress)
    found: dict[str, Path | bytes] = {
        file.name: file
        for file in sorted(folder.iterdir())
        if any(fnmatch(file.name, pattern) for pattern in _MODEL_FILES)
    }
    if (card := run_card(folder)).exists():  # the folder's own card is of no run
        found["README.md"] = card
    if ADAPTER in found:  # its base is a folder of this machine's store; the hub has it by name
        settings = json.loads((folder / ADAPTER).read_text(encoding="utf-8"))
        named = settings | {"base_model_name_or_path": base}
        found[ADAPTER] = json.dumps(named, indent=2).encode()
    return found


def _look_through(parcel: Parcel) -> None:
    """Raise InputError for the first thing that looks like a secret."""
    secrets = secrets_in()
    for name, content in parcel.files.items():
        for where, text in _texts(name, content):
            if found := find_secret(text, secrets):
                raise InputError(
                    f"{name}{where} holds {found}; nothing was uploaded. Remove it, with a filter "
                    "if a model wrote it, and run again"
                )


def _texts(name: str, content: Path | bytes) -> Iterator[tuple[str, str]]:
    """The text of a file by its places; weights have none."""
    if isinstance(content, bytes):
        yield "", content.decode()
    elif content.suffix == ".parquet":
        for row in read_rows(content):
            yield f": row {row['id']}", json.dumps(row, ensure_ascii=False, default=str)
    elif content.suffix != ".safetensors":
        yield "", content.read_text(encoding="utf-8", errors="replace")

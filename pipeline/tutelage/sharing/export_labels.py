"""People's decisions for other tools: JSON lines, or a dataset folder that Argilla opens."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from tutelage.core.disk_errors import writing
from tutelage.core.errors import InputError
from tutelage.core.labels import LABELS, Label, read_labels

Form = Literal["argilla", "jsonl"]
_TEXTS = ("question", "answer", "context", "chosen", "rejected")
_VERDICTS = ("accept", "reject", "edit", "left", "right", "tie")


def export_labels(run: Path, form: Form, out: Path) -> int:
    """Write the decisions that stand in a run's folder to `out`; returns how many there are.

    `jsonl`: a file with one decision a line, every field of a label. `argilla`: a folder for
    Argilla 2's `rg.Dataset.from_disk`; decisions are suggestions of the rater, because responses
    belong to a server's accounts. Raises InputError where there are no decisions, or `out` is there
    already.
    """
    labels = read_labels(run / LABELS)
    if not labels:
        raise InputError(f"{run / LABELS}: no decisions there; `tutelage review {run}` makes them")
    if out.exists():
        raise InputError(f"{out}: exists already; name another place with --out, or remove it")
    with writing(out):
        if form == "jsonl":
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text("".join(f"{_json(_plain(x))}\n" for x in labels), encoding="utf-8")
        else:
            _write_argilla(labels, run.resolve().name, out)
    return len(labels)


def _plain(label: Label) -> dict[str, Any]:
    return {name: value for name, value in asdict(label).items() if value is not None}


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


def _write_argilla(labels: Iterable[Label], name: str, out: Path) -> None:
    (out / ".argilla").mkdir(parents=True)
    files = {
        ".argilla/dataset.json": {"name": name},
        ".argilla/settings.json": _settings(),
        "records.json": [_record(label) for label in labels],
    }
    for file, data in files.items():
        (out / file).write_text(_json(data), encoding="utf-8")


def _settings() -> dict[str, Any]:
    """The texts shown, and the questions that people answered."""
    options = [{"value": verdict, "text": verdict, "description": None} for verdict in _VERDICTS]
    return {
        "guidelines": "Decisions made in `tutelage review` and `tutelage chat`.",
        "fields": [
            {
                "name": name,
                "title": name,
                "required": name == "question",
                "settings": {"type": "text", "use_markdown": False},
            }
            for name in _TEXTS
        ],
        "questions": [
            _question("verdict", {"type": "label_selection", "options": options}, required=True),
            _question("grade", {"type": "rating", "options": [{"value": n} for n in range(1, 6)]}),
            _question("edit", {"type": "text", "use_markdown": False}),
            _question("note", {"type": "text", "use_markdown": False}),
        ],
        "metadata": [],
        "vectors": [],
        "allow_extra_metadata": True,
        "distribution": {"strategy": "overlap", "min_submitted": 1},
        "mapping": None,
    }


def _question(name: str, settings: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "title": name, "required": required, "settings": settings}


def _record(label: Label) -> dict[str, Any]:
    answers = {name: getattr(label, name) for name in ("verdict", "grade", "edit", "note")}
    about = ("row", "leaf", "rater", "time", "seconds", "blind")
    return {
        "id": label.id,
        "fields": {name: text for name in _TEXTS if (text := getattr(label, name))},
        "metadata": {name: value for name in about if (value := getattr(label, name)) is not None},
        "suggestions": {
            name: {"value": value, "agent": label.rater, "type": "human"}
            for name, value in answers.items()
            if value is not None
        },
        "responses": {},
        "vectors": {},
    }

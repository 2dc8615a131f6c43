"""The card that a checkpoint has from its first day; the report adds scores and cost."""

from collections import Counter
from typing import Any

from pipeline.artifacts import Checkpoint, Row
from pipeline.cards import ModelFacts, model_card
from pipeline.cards.card import Maker
from pipeline.machine.facts import versions
from pipeline.models.licence import licence_of
from pipeline.models.reference import parse_reference
from pipeline.stage import Context
from pipeline.training.adapter import adapter_of


def write_card(
    context: Context, method: str, student: Checkpoint, rows: list[Row], settings: dict[str, Any]
) -> None:
    """Write README.md into the folder of a checkpoint that was just trained."""
    reference = parse_reference(str(student.folder.resolve()), student.folder)
    asked = {str((row.get("trace") or {}).get("model") or "") for row in rows}
    facts = ModelFacts(
        name=context.stage,
        method=method,
        base=Maker("base model", str(student.folder), licence_of(reference)),
        adapter=adapter_of(context.folder) is not None,
        rows=Counter(row["leaf"] for row in rows),
        settings=settings,
        makers=[Maker("model", name) for name in sorted(asked - {""})],
        seed=context.seed,
        versions=versions(),
    )
    (context.folder / "README.md").write_text(model_card(facts), encoding="utf-8")

"""The card that a checkpoint has from its first day; the report adds scores and cost."""

from collections import Counter
from typing import Any

from tutelage.contract.context import Context
from tutelage.core.artifacts import Checkpoint, Row
from tutelage.core.cards.card import Maker
from tutelage.core.cards.model_card import ModelFacts, model_card
from tutelage.core.hardware import versions
from tutelage.models.licence import licence_of
from tutelage.models.reference import parse_reference
from tutelage.training.adapter import adapter_of


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

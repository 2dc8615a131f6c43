"""The card of a trained model: base, data, settings, scores, cost, licences, the command."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tutelage.core.cards.card import Maker, hub_licence, render

_HUB_METRICS = {"token_f1": "f1", "win_rate": "win_rate"}
"""Metrics that are no share of right answers, as the hub calls them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What is known of a model; what is not is left out or called unknown."""

    name: str
    method: str
    """The stage that trained it, as in `sft`."""
    base: Maker
    base_on_hub: str | None = None
    """The base's name on the hub, where it has one."""
    adapter: bool = False
    rows: Mapping[str, int] = field(default_factory=dict)
    """Training rows by leaf."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    makers: Sequence[Maker] = ()
    """The models that wrote or judged the training rows."""
    verdict: str | None = None
    taxonomy: str | None = None
    scores: Sequence[Mapping[str, Any]] = ()
    """Lines of report.json's `outcome`: the base's and this model's."""
    costs: Sequence[tuple[str, str]] = ()
    recipe: str | None = None
    seed: int | None = None
    command: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def shares(self) -> list[tuple[str, list[Mapping[str, Any] | None]]]:
        """By leaf: the lines of each scored model, in the order of `models`."""
        found = {(line["leaf"], line["model"]): line for line in self.scores}
        leaves = sorted(dict.fromkeys(leaf for leaf, _ in found), key=lambda leaf: leaf == "*")
        return [(leaf, [found.get((leaf, model)) for model in self.models]) for leaf in leaves]

    @property
    def models(self) -> list[str]:
        """The scored models."""
        return list(dict.fromkeys(line["model"] for line in self.scores))


def model_card(facts: ModelFacts) -> str:
    """The text of a checkpoint's README.md."""
    front = {
        "license": hub_licence(facts.base.licence),
        "base_model": facts.base_on_hub,
        "library_name": "peft" if facts.adapter else "transformers",
        "pipeline_tag": "text-generation",
        "tags": ["tutelage", *(["synthetic-data"] if facts.makers else []), facts.method],
        "model-index": _model_index(facts),
    }
    return render("model.md.j2", front, facts)


def merged_card(card: str) -> str:
    """An adapter's card, made that of the model it was merged into."""
    card = card.replace("library_name: peft", "library_name: transformers", 1)
    return card.replace("\nAn adapter for ", "\nMerged from an adapter for ", 1)


def _model_index(facts: ModelFacts) -> list[dict[str, Any]] | None:
    results = [_result(facts, line) for line in facts.scores if line["model"] == facts.name]
    return [{"name": facts.name, "results": results}] if results else None


def _result(facts: ModelFacts, line: Mapping[str, Any]) -> dict[str, Any]:
    leaf = str(line["leaf"])
    held = "held-out examples: " + ("all leaves" if leaf == "*" else leaf)
    return {
        "task": {"type": "text-generation"},
        "dataset": {
            "name": leaf if leaf.startswith("benchmark:") else held,
            "type": "tutelage-taxonomy",
        },
        "metrics": [
            {
                "type": _HUB_METRICS.get(str(line["metric"]), "accuracy"),
                "name": str(line["metric"]),
                "value": round(line["score"], 4),
            }
        ],
    }

"""The cards of a run's models and data, from the facts of its report."""

from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tutelage.core.artifacts import data_files
from tutelage.core.cards.card import Maker, run_card
from tutelage.core.cards.dataset_card import DatasetFacts, dataset_card
from tutelage.core.cards.model_card import ModelFacts, model_card
from tutelage.core.errors import ModelReferenceError
from tutelage.models.licence import licence_of
from tutelage.models.reference import Reference, parse_reference
from tutelage.provenance.attribution import trained_on
from tutelage.provenance.run_folder import RunFolder
from tutelage.provenance.sample_origins import samples_of
from tutelage.report.format import ONE, apart, usd
from tutelage.training.adapter import adapter_of


def write_cards(run: RunFolder, report: dict[str, Any]) -> None:
    """Write a card beside each trained checkpoint and the rows that training consumed."""
    for stage in run.trained():
        _write(run.path / stage, model_card(model_facts(run, report, stage)))
    for stage in trained_on(run):
        files = data_files(run.path / stage)
        _write(run.path / stage, dataset_card(rows_facts(run, report, [stage], files)))


def model_facts(run: RunFolder, report: dict[str, Any], stage: str) -> ModelFacts:
    """What is known of a trained checkpoint."""
    made, verdict = run.manifests[stage], report["verdict"]
    scored = {line["model"] for line in report["outcome"]}
    shown = [report["outcome"][0]["model"], stage] if stage in scored else []
    return ModelFacts(
        name=stage,
        method=made.get("use", "").rpartition(":")[2].lower() or "training",
        base=_maker(run, "base model", _base(run, stage)),
        base_on_hub=hub_base(run, stage),
        adapter=adapter_of(run.path / stage) is not None,
        rows=_rows(run, stage),
        settings=made.get("fields", {}),
        makers=_makers(run, stage),
        verdict=verdict["headline"] if verdict.get("after") == stage else None,
        scores=[line for line in report["outcome"] if line["model"] in shown],
        costs=_costs(report),
        versions=run.facts.get("versions") or {},
        **_origin(run),
    )


def rows_facts(
    run: RunFolder, report: dict[str, Any], stages: list[str], files: dict[str, str]
) -> DatasetFacts:
    """What is known of the rows of some stages, which stand in `files` by configuration.

    Rejected are those of the stages on the way to them too.
    """
    counts: dict[str, dict[str, Any]] = {}
    way = {*stages, *(name for stage in stages for name in run.ancestors(stage))}
    for name in (name for name in run.manifests if name in way):
        for leaf, line in run.manifests[name].get("funnel", {}).items():
            sums = counts.setdefault(leaf, {"kept": 0, "rejected": Counter()})
            sums["kept"] += line["kept"] if name in stages else 0
            sums["rejected"].update(line["rejected"])
    makers = [maker for stage in stages for maker in _makers(run, stage)]
    samples = samples_of(run, stages)
    return DatasetFacts(
        name=f"{run.facts.get('recipe')}: {', '.join(stages)}",
        files=files,
        counts=counts,
        makers=list(dict.fromkeys(makers)),
        written=samples.n,
        beside=apart(asdict(samples)),
        costs=_costs(report),
        **_origin(run),
    )


def hub_base(run: RunFolder, stage: str) -> str | None:
    """The hub's name of the model that a checkpoint descends from, where it has one."""
    reference = _reference(run, _base(run, stage))
    if reference is None or reference.kind != "hub":
        return None
    return reference.place[0]


def _origin(run: RunFolder) -> dict[str, Any]:
    """Recipe, seed, command and taxonomy, by their names in a card's facts."""
    taxonomy = run.facts.get("taxonomy")
    words = f"{Path(taxonomy['folder']).name} ({taxonomy['digest'][:12]})" if taxonomy else None
    return {
        "recipe": run.facts.get("recipe"),
        "seed": run.facts.get("seed"),
        "command": run.facts.get("command"),
        "taxonomy": words,
    }


def _base(run: RunFolder, stage: str) -> str | None:
    """The name of the model whose weights a checkpoint descends from; None for a random one."""
    given = run.manifests[stage].get("inputs", {}).values()
    for source in (source for each in given for source in each):
        if "model" in source:
            return str(source["model"])
        if source.get("stage") in run.of_kind("checkpoint"):
            return _base(run, source["stage"])
    return None


def _makers(run: RunFolder, stage: str) -> list[Maker]:
    """The models that were asked on the way to a stage's rows, by their ledger."""
    known = run.facts.get("models", {})
    upstream = [name for name in run.manifests if name in {stage, *run.ancestors(stage)}]
    asked = [entry["model"] for name in upstream for entry in run.manifests[name].get("ledger", [])]
    return [_maker(run, name, name) for name in dict.fromkeys(asked) if name in known]


def _maker(run: RunFolder, role: str, name: str | None) -> Maker:
    reference = _reference(run, name)
    if name is None or reference is None:
        told = run.facts.get("models", {}).get(name, {}).get("ref", "random weights")
        return Maker(role, told)
    return Maker(role, reference.text, licence_of(reference))


def _reference(run: RunFolder, name: str | None) -> Reference | None:
    """The parsed reference of a model of the run; None where it leads nowhere any more."""
    text = run.facts.get("models", {}).get(name, {}).get("ref")
    try:
        return parse_reference(text, Path(run.facts.get("file") or ".").parent) if text else None
    except ModelReferenceError:
        return None


def _rows(run: RunFolder, stage: str) -> dict[str, int]:
    """Rows by leaf that a checkpoint and those it descends from were trained on."""
    counts: Counter[str] = Counter()
    for name in run.trained():
        if name in {stage, *run.ancestors(stage)}:
            for source in run.sources(name):
                funnel = run.manifests[source].get("funnel", {})
                counts.update({leaf: line["kept"] for leaf, line in funnel.items()})
    return counts


def _costs(report: dict[str, Any]) -> list[tuple[str, str]]:
    cost = report["cost"]
    each = [
        (f"one {ONE[line['kind']]}", usd(line["usd"], line["usd_provider"]))
        for line in cost["per_accepted"]
    ]
    fixed = usd(cost["authoring"]["usd"]) if cost["authoring"] else "unknown"
    whole = (
        "the whole run, training and evaluation included",
        usd(cost["usd"], cost["usd_provider"]),
    )
    return [*each, whole, ("people's time in the taxonomy, a fixed cost", fixed)]


def _write(folder: Path, text: str) -> None:
    run_card(folder).write_text(text, encoding="utf-8")

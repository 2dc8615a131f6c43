"""The report as data: report.json, schema 1; page and summary show nothing that is not in it."""

from pathlib import Path
from typing import Any

from tutelage.core.errors import InputError
from tutelage.provenance.attribution import trained_on
from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.authorship_section import authorship, same_author_note
from tutelage.report.chain import chains
from tutelage.report.changed_answers import changed_answers
from tutelage.report.cost import cost
from tutelage.report.diagnosis import coverage, diagnosis
from tutelage.report.diversity_section import diversity
from tutelage.report.energy_use import energy
from tutelage.report.exports_section import exports_section
from tutelage.report.forgetting_section import evaluation_stats, general
from tutelage.report.funnel import funnel, rejected_examples
from tutelage.report.generation_section import judges, shortfalls
from tutelage.report.labels_section import labels_section
from tutelage.report.outcome import comparisons, outcome, regressed
from tutelage.report.reasoning_section import reasoning_section
from tutelage.report.rewards_section import rewarded_section, step_values_section
from tutelage.report.sample_rows import samples
from tutelage.report.scaling_section import scaling
from tutelage.report.serving_section import serving
from tutelage.report.test_time_section import studied_in, test_time_section
from tutelage.report.verdict import verdict
from tutelage.report.win_rate_words import overall, win_rates
from tutelage.report.writing_section import writing_section
from tutelage.stages import STAGES, find_stage
from tutelage.training.training_log import LOG, lines_from
from tutelage.training.training_stage import TrainingStage

_CURVE_POINTS = 200


def build_report(run_dir: Path) -> dict[str, Any]:
    """All that a report says of a run, finished or not; raises InputError where there is none."""
    return report_of(RunFolder.load(run_dir))


def report_of(run: RunFolder) -> dict[str, Any]:
    """The same of a run's folder that is read already."""
    lines, compared = outcome(run), comparisons(run)
    guard = general(run, lines, compared)
    judged = win_rates(run)
    said = verdict(lines, compared, [*guard, *overall(judged)])
    said["notes"] = [*diagnosis(run, lines, said), *said["notes"]]
    spent, used = cost(run), energy(run)
    studied = scaling(run, spent)
    authors = authorship(run)
    said["notes"] = [*said["notes"], *same_author_note(authors)]
    return {
        "schema": 1,
        "recipe": run.facts.get("recipe"),
        "models": run.facts.get("models", {}),
        "verdict": said,
        "outcome": lines,
        "comparisons": compared,
        "regressed": regressed(compared),
        "win_rates": judged,
        "general": guard,
        "authorship": authors,
        "evaluation": evaluation_stats(run),
        "scaling": studied,
        "test_time": test_time_section(run, spent, studied),
        "funnel": funnel(run),
        "chains": chains(run),
        "reasoning": reasoning_section(run),
        "rewarded": rewarded_section(run),
        "step_values": step_values_section(run),
        "writing": writing_section(run),
        "short": shortfalls(run),
        "coverage": coverage(run),
        "judges": judges(run),
        "labels": labels_section(run),
        "cost": spent,
        "serving": serving(run),
        "exports": exports_section(run),
        "energy": used,
        "missing": missing(run, spent, used),
        "changed_answers": changed_answers(run, said.get("before", ""), said.get("after", "")),
        "samples": run.remember("samples", lambda: samples(run, trained_on(run))),
        "rejected_examples": run.remember("rejected", lambda: rejected_examples(run)),
        "diversity": diversity(run),
        "training": training(run),
        "run": _facts(run),
    }


def missing(run: RunFolder, spent: dict[str, Any], used: dict[str, Any]) -> list[str]:
    """What this report cannot say, and why."""
    gaps = [
        f"Stage '{name}' is not finished: what it used so far is in the cost of the whole run, but "
        "in no sample's."
        for line in spent["by_purpose"]
        if line["purpose"] == "unfinished"
        for name in line["stages"]
    ]
    kinds = {sample["kind"] for sample in spent["per_accepted"] if sample["n"]}
    if not run.of_kind("scores"):
        gaps.append("No evaluation has finished, so there is no outcome to report.")
    shown = studied_in(run)
    for name in (name for name in run.evaluations()[:-1] if name != shown):
        gaps.append(f"The scores of stage '{name}': the report covers only the last evaluation.")
    if left := run.scores()[1].stats.get("lm_eval_left_out"):
        gaps.append(
            f"lm_eval scores of {', '.join(left)}: the harness can only load weights that are "
            "on this machine."
        )
    if not run.trained():
        gaps.append("No model was trained.")
    if "demonstration" not in kinds:
        gaps.append("No demonstrations were made, so they have no price.")
    if "preference" not in kinds:
        gaps.append("No preference pairs were made, so they have no price.")
    if spent["usd_machine"] is None:
        gaps.append(
            "The machine's price is unknown, so the cost of local work is too; add to the recipe "
            "`machine: {usd_per_hour: ...}`."
        )
    if spent["usd_provider"] is None:
        gaps.append("A model's price is unknown; give it `price: {input: ..., output: ...}`.")
    if spent["estimated"]:
        gaps.append("A server sent no token counts; they were estimated, and so was their cost.")
    if spent["authoring"] is None:
        gaps.append(
            "The recipe does not say how long writing the taxonomy took, so the fixed cost is "
            "unknown; add `authoring: {hours: ..., usd_per_hour: ...}`."
        )
    if used["kwh"] is None:
        gaps.append(
            "Energy was not measured: this machine has no energy counter that could be read."
        )
    return gaps


def training(run: RunFolder) -> Table:
    """By trained stage, the logged values: {stage, curves: {name: [[step, value], ...]}, plots}.

    `plots` says which of them its method wants plotted together, and what they are called;
    `findings` are what the training found out, and its warnings, in words.
    """
    table = []
    for stage in run.of_kind("checkpoint"):
        curves: dict[str, list[list[float]]] = {}
        findings = []
        for line in lines_from(run.path / stage / LOG, 0)[0]:
            findings += [line[name] for name in ("finding", "warning") if name in line]
            for name, value in line.items():
                if name not in ("step", "time", "epoch") and _is_number(value) and "step" in line:
                    curves.setdefault(name, []).append([line["step"], value])
        if any(len(points) > 1 for points in curves.values()):
            thin = {name: _thinned(points) for name, points in sorted(curves.items())}
            plots = _plots(run.manifests[stage].get("use", ""))
            table.append({"stage": stage, "curves": thin, "plots": plots, "findings": findings})
    return table


def _plots(use: str) -> list[dict[str, str]]:
    """The curves of the method that trained a stage; of one that is not here, those of any
    training and then of all methods, each figure under the first name that it has."""
    try:
        known = [find_stage(use)]
    except InputError:
        known = [TrainingStage, *map(find_stage, STAGES)]
    groups: dict[tuple[str, ...], dict[str, str]] = {}
    for stage in known:
        for group in stage.curves if issubclass(stage, TrainingStage) else ():
            groups.setdefault(tuple(group), dict(group))
    return [*groups.values()]


def _is_number(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) < float("inf")


def _thinned(points: list[list[float]]) -> list[list[float]]:
    step = -(-len(points) // _CURVE_POINTS)
    return points[::step]


def _facts(run: RunFolder) -> dict[str, Any]:
    names = (
        "file",
        "seed",
        "command",
        "started",
        "seconds",
        "taxonomy",
        "hardware",
        "versions",
    )
    facts = {name: run.facts.get(name) for name in names}
    return facts | {"stages": run.facts.get("stages", [])}

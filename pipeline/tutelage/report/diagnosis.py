"""Why a training brought little, as far as the run's figures show, and what to run next."""

import shlex
from typing import Any

from tutelage.evaluation.cases import PREFIX
from tutelage.provenance.run_folder import RunFolder, Table
from tutelage.report.format import leaf_name, percent
from tutelage.training.methods.sft import FEWEST_STEPS
from tutelage.training.training_log import LOG, lines_from

_LITTLE = 0.25
"""A training has failed below this share of right answers, however large the gain."""
_NO_GAIN = 0.05
"""A training has failed below this gain, however good the model was before."""
_HALF = 0.5
_LEARNT = 1.0
"""Nats a token: a loss above at the end of a training says that its rows were not learnt."""
_LAST = 10
"""Steps over which that loss is averaged."""


def diagnosis(run: RunFolder, lines: Table, said: dict[str, Any]) -> list[str]:
    """What to say at the top of the report of a run that failed; nothing where it did not."""
    model = str(said.get("after", ""))
    if model not in run.trained() or not _learnt_answers(run, model):
        return []
    taught = [line for line in lines if not _is_benchmark(line) and _is_taught(run, model, line)]
    own = [line for line in taught if line["model"] == model]
    score, start = (_share(taught, name) for name in (model, said["before"]))
    if score is None or (score >= _LITTLE and score - (start or 0.0) >= _NO_GAIN):
        return []
    cause, change = _cause(run, model, own)
    file = shlex.quote(str(run.facts.get("file") or "RECIPE"))
    return [f"The training failed: {cause}. Try: tutelage run {file} {change}"]


def coverage(run: RunFolder) -> Table:
    """By stage and leaf, how much of the documents accepted rows ask about."""
    return [
        {"stage": stage, "leaf": leaf} | found
        for stage in run.of_kind("rows")
        for leaf, found in run.stats(stage).get("coverage", {}).items()
    ]


def _cause(run: RunFolder, model: str, own: Table) -> tuple[str, str]:
    """The likeliest cause in words, and the setting that would change it."""
    logged = lines_from(run.path / model / LOG, 0)[0]
    steps = max((int(line["total_steps"]) for line in logged if "total_steps" in line), default=0)
    rows = run.kept_by_leaf(run.sources(model))
    without = [line["leaf"] for line in own if line["leaf"] not in rows and line["leaf"] != "*"]
    epochs = f"--set stages.{model}.epochs"
    if without:
        named = ", ".join(map(leaf_name, without[:3]))
        return f"no row of {named} was trained on", "--teacher a-stronger-model"
    if 0 < steps < FEWEST_STEPS:
        return f"it took only {steps} steps on {rows.total()} rows", f"{epochs}={_times(steps)}"
    for line in coverage(run):
        if line["statements_with_rows"] < _HALF * line["statements"]:
            share = percent(line["statements_with_rows"] / line["statements"])
            cause = f"accepted rows ask about only {share} of what {leaf_name(line['leaf'])} states"
            return cause, "--teacher a-stronger-model"
    losses = [line["loss"] for line in logged if "loss" in line][-_LAST:]
    if losses and (loss := sum(losses) / len(losses)) > _LEARNT:
        return f"its loss was still {loss:.1f} at the end: the rows were not learnt", f"{epochs}=3"
    cause = "its rows were learnt but do not answer what was asked; look at them in the report"
    return cause, "--teacher a-stronger-model"


def _learnt_answers(run: RunFolder, model: str) -> bool:
    """Whether it was fine-tuned on answers: the causes here are not those of preferences and
    rewards, which mostly start from a model that answers well."""
    names = ("completion", "messages", "text")
    return any(run.has_values(stage, name) for stage in run.sources(model) for name in names)


def _is_taught(run: RunFolder, model: str, line: dict[str, Any]) -> bool:
    """Whether a line is of a leaf that the training was for: a recipe may write rows for some
    `leaves` only, and not train on the others on purpose."""
    leaf, before = line["leaf"], run.ancestors(model)
    if leaf == "*" or leaf in run.kept_by_leaf(run.sources(model)):
        return True
    chosen = [run.manifests[name].get("fields", {}).get("leaves") for name in before]
    named = [path for paths in chosen for path in paths or []]
    return not named or any(leaf == path or leaf.startswith(f"{path}/") for path in named)


def _share(lines: Table, model: str) -> float | None:
    """A model's share of right answers to the questions of some leaves; None without any."""
    own = [line for line in lines if line["model"] == model and line["leaf"] != "*"]
    questions = sum(line["n"] for line in own)
    return sum(line["n"] * line["score"] for line in own) / questions if questions else None


def _times(steps: int) -> int:
    """Passes over the rows that make twice the fewest steps."""
    return -(-2 * FEWEST_STEPS // max(1, steps))


def _is_benchmark(line: dict[str, Any]) -> bool:
    return str(line["leaf"]).startswith(PREFIX)

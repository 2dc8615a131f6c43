"""GRPO beside RAFT, DPO and more of the same, from one start; and a step beside TRL's own script.

    python -m benchmarks.rl [--seeds 1 2 3] [--out FOLDER] [--again] [--go-on]
        [--until STAGE] [--arms cold control grpo] [--judge] [--reward] [--rollouts | --steps]
        [--check] [--quick]

Runs recipes/rl.yaml once for each seed and scores its models on the two held-out files, greedily:
Wilson's 95% intervals over the answers of all seeds, McNemar's exact test of each method against
the control, which trains for as long as GRPO. `--steps` also times a GRPO step against TRL's own
trainer with TRL's generation, and rollouts by OpenVINO against `generate`; `--judge` puts GRPO's
answers and the control's to a reward model; `--reward` runs recipes/rlhf.yaml up to the
examination of its reward model. Writes benchmarks/rl.md, but with `--quick` (step times of a tiny
student). Runs that are finished are read. `--check` exits 1 where GRPO does not beat the control
beyond noise on both tasks, or a step takes over 1.1 times TRL's.
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from scipy.stats import binomtest
from tutelage.core.artifacts import Scores
from tutelage.evaluation.statistics.intervals import score_interval
from tutelage.training.training_log import LOG, lines_from

from benchmarks.recipe_run import Measured, machine, measure
from benchmarks.rl_judge import judge_table
from benchmarks.rl_reward import UNTIL, reward_table
from benchmarks.rl_steps import rollout_table, step_table

ROOT = Path(__file__).parent.parent
TASKS = {"benchmark:replies": "polite replies", "benchmark:demands": "demands on form"}
MODELS = {
    "cold": "the start",
    "control": "more of the examples",
    "raft": "RAFT",
    "dpo": "DPO",
    "grpo": "GRPO",
}
_STAGES = {
    "raft": (
        *("attempts", "right", "chosen", "raft_1"),
        *("raft_attempts", "raft_right", "raft_chosen", "raft"),
    ),
    "dpo": ("attempts", "pairs", "dpo_1", "dpo_attempts", "dpo_pairs", "dpo"),
}
"""All that a rival takes, from the start on."""
Answers = dict[tuple[str, str], dict[tuple[int, str], float]]
"""By model and task: right (1) or wrong (0), by seed and question."""


def main() -> int:
    """Run, compare, write the tables, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "benchmark-rl")
    parser.add_argument("--again", action="store_true", help="run, not read what was run")
    parser.add_argument("--arms", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--go-on", action="store_true", help="run on what a run has finished")
    parser.add_argument("--until", help="stop after this stage")
    parser.add_argument("--steps", action="store_true", help="also time steps")
    parser.add_argument("--rollouts", action="store_true", help="of --steps, sampling alone")
    parser.add_argument("--judge", action="store_true", help="let a judge compare with the control")
    parser.add_argument("--reward", action="store_true", help="the reward model of rlhf.yaml too")
    parser.add_argument("--note", default="", help="what the page should say of the machine's load")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.quick:
        lines, missed = step_table(quick=True)
        print(*lines, *(f"missed: {miss}" for miss in missed), sep="\n")
        return 1 if options.check and missed else 0
    places = {seed: options.out / str(seed) for seed in options.seeds}
    again, fresh = options.again or options.go_on, not options.go_on
    recipe = cut(options.arms, options.out)
    runs = [
        measure(recipe, seed, place, again=again, fresh=fresh, until=options.until)
        for seed, place in places.items()
    ]
    if options.until:
        return 0
    answers = gather(places)
    lines = ["# Reinforcement learning", "", "`python -m benchmarks.rl` wrote this.", ""]
    lines += [options.note, ""] if options.note else []
    lines += outcome(answers, runs) + hacking(places)
    missed = [miss for task in TASKS for miss in not_gained(answers, task)]
    if options.judge:
        lines += ["", "## A judge", "", *judge_table(places, TASKS, options.out / "judged")]
    if options.reward:
        place = options.out / "rlhf"
        run = measure("rlhf", 1, place, again=again, fresh=fresh, until=UNTIL)
        table, poor = reward_table(place, run)
        lines, missed = [*lines, "", "## Reward model", "", *table], [*missed, *poor]
    if options.rollouts:
        student = places[options.seeds[0]] / "student-weights"
        table, slow = rollout_table(student, Path(tempfile.mkdtemp()) / "rates")
        lines, missed = [*lines, "", "## Rollouts", "", *table], [*missed, *slow]
    if options.steps:
        table, slow = step_table(quick=False)
        lines, missed = [*lines, "", "## Steps", "", *table], [*missed, *slow]
    if missed:
        lines += ["", "Not reached:", "", *(f"- {miss}" for miss in missed)]
    text = "\n".join(lines) + "\n"
    (ROOT / "benchmarks" / "rl.md").write_text(text, encoding="utf-8")
    print(text)
    return 1 if options.check and missed else 0


def cut(arms: Sequence[str], folder: Path) -> Path:
    """recipes/rl.yaml, or where not all models are wanted, a copy without the stages of others."""
    file = ROOT / "recipes" / "rl.yaml"
    if set(arms) == set(MODELS):
        return file
    recipe = yaml.safe_load(file.read_text(encoding="utf-8"))
    wanted = {stage for name in arms for stage in _STAGES.get(name, (name,))}
    every = {stage for name in MODELS for stage in _STAGES.get(name, (name,))}
    stages = {n: stage for n, stage in recipe["stages"].items() if n not in every - wanted}
    beside = file.parent
    for stage in stages.values():
        if "file" in stage:
            stage["file"] = str(beside / stage["file"])
    exam = stages["evaluate"]
    exam["models"] = list(arms)
    exam["benchmarks"] = {n: str(beside / path) for n, path in exam["benchmarks"].items()}
    recipe |= {"taxonomy": str(beside / recipe["taxonomy"]), "stages": stages}
    folder.mkdir(parents=True, exist_ok=True)
    smaller = folder / "rl.yaml"
    smaller.write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    return smaller


def gather(places: Mapping[int, Path]) -> Answers:
    """Every answer to the held-out questions, by model and task."""
    found: Answers = {}
    for seed, place in places.items():
        for line in Scores.load(place / "evaluate").answers:
            if line["leaf"] in TASKS:
                scores = found.setdefault((line["model"], line["leaf"]), {})
                scores[seed, str(line["example"])] = float(line["score"])
    return found


def outcome(answers: Answers, runs: Sequence[Measured]) -> list[str]:
    """A line for each model: right answers with intervals, and what it took after the start."""
    ran = {name: [run for run in runs if _seconds(run, name)] for name in MODELS}
    seconds = {name: _mean(_seconds(run, name) for run in ran[name]) for name in MODELS}
    cpu = {name: _mean(_cpu(run, name) for run in ran[name]) for name in MODELS}
    lines = [
        f"{machine(runs[0].report)}. Seeds {', '.join(str(run.seed) for run in runs)}; a run took "
        f"up to {max(run.report['cost']['seconds'] for run in runs) / 60:.0f} minutes and "
        f"{max(run.gigabytes for run in runs):.1f} GB.",
        "",
        "| after the start | " + " | ".join(TASKS.values()) + " | seconds | of the processor |",
        "|---|---|---|--:|--:|",
    ]
    for name, title in MODELS.items():
        if (name, next(iter(TASKS))) not in answers:
            continue
        cells = []
        for task in TASKS:
            scores = [*answers[name, task].values()]
            low, high = score_interval([scores])
            cells.append(f"{_mean(scores):.1%} ({low:.1%}–{high:.1%}) of {len(scores)}")
        spent = f"{cpu[name]:.0f}" if cpu[name] else "–"
        lines.append(f"| {title} | {' | '.join(cells)} | {seconds[name]:.0f} | {spent} |")
    return lines + rivals(answers)


def rivals(answers: Answers) -> list[str]:
    """Each method against the control, question by question."""
    lines = ["", "Against more of the examples, question by question:", ""]
    lines += ["| | | right where the control is wrong | wrong where it is right | p |"]
    lines += ["|---|---|--:|--:|--:|"]
    for name in ("raft", "dpo", "grpo"):
        for task, title in TASKS.items():
            if (name, task) in answers:
                better, worse = _changes(answers, task, name)
                p = _mcnemar(better, worse)
                lines.append(f"| {MODELS[name]} | {title} | {better} | {worse} | {p:.2g} |")
    return lines


def hacking(places: dict[int, Path]) -> list[str]:
    """What GRPO's answers became: length, share cut, held-out reward, entropy."""
    lines = ["", "| seed | steps | reward | held out | tokens | cut | entropy | best step |"]
    lines += ["|---|---|---|---|---|---|---|---|"]
    for seed, place in places.items():
        log = lines_from(place / "grpo" / LOG, 0)[0]
        steps = [line for line in log if "reward" in line]
        held = [line["eval_reward"] for line in log if "eval_reward" in line]
        best = next((line["best_step"] for line in log if "best_step" in line), "-")
        cells = [str(seed), str(len(steps))]
        length = "completions/"
        for name in ("reward", "", f"{length}mean_length", f"{length}clipped_ratio", "entropy"):
            values = held if not name else [line[name] for line in steps]
            cells.append(f"{values[0]:.2f} → {values[-1]:.2f}" if values else "-")
        lines.append("| " + " | ".join([*cells, str(best)]) + " |")
    return lines


def not_gained(answers: Answers, task: str) -> list[str]:
    """Whether GRPO beats the control beyond noise."""
    better, worse = _changes(answers, task)
    p = _mcnemar(better, worse)
    if better > worse and p < 0.05:
        return []
    return [f"{TASKS[task]}: GRPO against the control: {better} better, {worse} worse, p = {p:.2g}"]


def _changes(answers: Answers, task: str, model: str = "grpo") -> tuple[int, int]:
    """Questions that only a model gets right, and only the control, of the seeds that ran both."""
    own, control = answers[model, task], answers["control", task]
    pairs = [(own[key], control[key]) for key in own.keys() & control.keys()]
    return sum(a > b for a, b in pairs), sum(a < b for a, b in pairs)


def _mcnemar(better: int, worse: int) -> float:
    changed = better + worse
    return float(binomtest(better, changed).pvalue) if changed else 1.0


def _seconds(run: Measured, model: str) -> float:
    """Of all stages between the start and a model, sampling and filtering included."""
    names = _STAGES.get(model, (model,))
    stages = run.report["cost"]["by_stage"]
    return sum(float(one["seconds"]) for one in stages if one["stage"] in names)


def _cpu(run: Measured, model: str) -> float:
    return sum(run.cpu.get(stage, 0.0) for stage in _STAGES.get(model, (model,)))


def _mean(values: Any) -> float:
    found = [float(value) for value in values]
    return sum(found) / max(1, len(found))


if __name__ == "__main__":
    raise SystemExit(main())

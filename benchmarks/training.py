"""Speed of SFT and DPO beside a plain TRL script, what each part gives, and whether it learns.

    python -m benchmarks.training --from RUN [RUN ...] [--rounds 3] [--check] [--quick] [--gpu]

RUN is a finished run of the quickstart: its accepted rows are what is trained on, its student's
weights what is trained, its logs the learning curves, beside the loss on a tenth of its rows while
one epoch over the others is trained. Every training for speed is one epoch over the same rows in a
process of its own; rounds are interleaved and medians shown. A DPO pair is a question's answer
against that of another question of its leaf. Writes benchmarks/training.md, but with
`--quick` (16 rows, one round). `--check` exits 1 where we are slower than plain TRL, a validation
loss does not fall, or DPO's margins do not rise. `--gpu` adds the table that needs a GPU.
"""

import argparse
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tutelage.core.artifacts import Row, read_rows
from tutelage.core.digests import derive_seed
from tutelage.core.hardware import hardware
from tutelage.training.training_log import LOG, lines_from

from benchmarks.training_shapes import Result, gpu_table, run_case

ROOT = Path(__file__).parent.parent
PLAIN, MATCHED, OURS = "plain", "plain matched", "tutelage"
CASES = {
    "sft": [
        PLAIN,
        MATCHED,
        OURS,
        "tutelage, TRL's own loop",
        "tutelage, rows in random order",
        "tutelage, every position scored",
        "tutelage, other precision",
        "tutelage, activations recomputed",
    ],
    "dpo": [PLAIN, MATCHED, OURS, "tutelage, TRL's own loop", "tutelage, reference each step"],
}
ROWS = {"sft": 48, "dpo": 24}


def main() -> int:
    """Measure, write the tables, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="runs", type=Path, nargs="+", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--gpu", action="store_true", help="random Llama shapes, on a GPU")
    options = parser.parse_args()
    rounds = 1 if options.quick else options.rounds
    lines, missed = ["# Training", "", "`python -m benchmarks.training` wrote this.", ""], []
    with tempfile.TemporaryDirectory() as place:
        student = options.runs[0] / "student-weights"
        for method in CASES:
            count = 16 if options.quick else ROWS[method]
            file = write_rows(options.runs[0], method, count, Path(place))
            cases = CASES[method][:3] if options.quick else CASES[method]
            results = measure(cases, student, file, method, rounds)
            lines += speed_table(method, results, count, rounds)
            missed += slower(method, results)
    curves = [learning(run) | ({} if options.quick else validated(run)) for run in options.runs]
    lines += curve_table(options.runs, curves)
    missed += [text for curve in curves for text in not_learnt(curve)]
    lines += ["", "## On a GPU", ""]
    lines += gpu_table() if options.gpu else ["Not measured: no GPU could be had for this run."]
    text = "\n".join(lines) + "\n"
    if not options.quick:
        (ROOT / "benchmarks" / "training.md").write_text(text, encoding="utf-8")
    print(text, *(f"missed: {miss}" for miss in missed), sep="\n")
    return 1 if options.check and missed else 0


def write_rows(run: Path, method: str, count: int, place: Path) -> Path:
    """The same rows for every case, drawn by their ids."""
    accepted = read_rows(run / "training_rows")
    drawn = sorted(accepted, key=lambda row: derive_seed(1, row["id"]))
    rows = (list(_pairs(drawn)) if method == "dpo" else drawn)[:count]
    names = ("id", "leaf", "prompt", "completion", "chosen", "rejected")
    file = place / f"{method}.jsonl"
    taken = ({name: row[name] for name in names if name in row} for row in rows)
    file.write_text("".join(json.dumps(row) + "\n" for row in taken), encoding="utf-8")
    return file


def _pairs(rows: list[Row]) -> Iterable[Row]:
    for row in rows:
        others = (r["completion"] for r in rows if r["leaf"] == row["leaf"])
        wrong = next((other for other in others if other != row["completion"]), None)
        if wrong:
            kept = {name: row[name] for name in ("id", "leaf", "prompt")}
            yield kept | {"chosen": row["completion"], "rejected": wrong}


def measure(
    cases: list[str], student: Path, rows: Path, method: str, rounds: int
) -> dict[str, list[Result]]:
    """Every case once a round, one after the other."""
    results: dict[str, list[Result]] = {case: [] for case in cases}
    for _ in range(rounds):
        for case in cases:
            results[case].append(run_case(case, student.resolve(), rows, method))
            print(method, case, results[case][-1], file=sys.stderr)
    return results


def speed(results: list[Result], seconds: str = "seconds") -> float:
    """Median tokens a second; padding does not count."""
    return statistics.median(float(result["tokens"] / result[seconds]) for result in results)


def speed_table(
    method: str, results: dict[str, list[Result]], count: int, rounds: int
) -> list[str]:
    """A line a case, beside plain TRL."""
    facts = hardware()
    lines = [
        f"## {method.upper()}: tokens a second on the embedded model",
        "",
        f"{facts['processor']}, {facts['cores']} cores shared with other work, {rounds} rounds; "
        f"{count} rows, one epoch, 8 rows a step. `plain` is the script of TRL's documentation;",
        "`plain matched` is told to take our precision and not to recompute activations. Rows in",
        "random order are padded more; end to end (packed) they lie under FlashAttention only.",
        "Wall time varies with what else runs; processor seconds hardly do.",
        "",
        "| | tokens/s | beside plain | beside matched | tokens per CPU second | beside matched "
        "| set-up s | peak GB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    plain, matched = speed(results[PLAIN]), speed(results[MATCHED])
    busy = speed(results[MATCHED], "cpu_seconds")
    for case, found in results.items():
        wall, cpu = speed(found), speed(found, "cpu_seconds")
        setup = statistics.median(result["setup_seconds"] for result in found)
        peak = statistics.median(result["peak_gb"] for result in found)
        lines.append(
            f"| {case} | {wall:.0f} | {wall / plain:.2f} | {wall / matched:.2f} | {cpu:.0f} "
            f"| {cpu / busy:.2f} | {setup:.0f} | {peak:.1f} |"
        )
    return [*lines, ""]


def slower(method: str, results: dict[str, list[Result]]) -> list[str]:
    """Where we are slower than plain TRL."""
    ours = speed(results[OURS])
    found = {case: ours / speed(results[case]) for case in (PLAIN, MATCHED)}
    return [f"{method}: {x:.2f} times {case}, at least 1.0" for case, x in found.items() if x < 1]


def learning(run: Path) -> dict[str, list[float]]:
    """The curves of a finished run: the SFT loss and DPO's margins."""
    return {
        "loss": logged(run / "sft", "loss"),
        "rewards/margins": logged(run / "dpo", "rewards/margins"),
    }


def validated(run: Path) -> dict[str, list[float]]:
    """The loss on a tenth of a run's rows while a student is trained on the others."""
    fields = {
        "validation": "0.1",
        "epochs": "1",
        "learning_rate": "1e-4",
        "chat_template": "chatml",
    }
    command = [sys.executable, "-m", "tutelage.cli", "stage", "sft"]
    for name in ("rows=training_mix", "student=student-weights"):
        entry, _, stage = name.partition("=")
        command += ["--in", f"{entry}={(run / stage).resolve()}"]
    command += [part for name, value in fields.items() for part in ("--set", f"{name}={value}")]
    with tempfile.TemporaryDirectory() as place:
        out = Path(place, "sft")
        subprocess.run([*command, "--out", str(out)], cwd=ROOT, stdout=sys.stderr, check=True)
        return {"eval_loss": logged(out, "eval_loss")}


def logged(checkpoint: Path, name: str) -> list[float]:
    """A figure of a training, in the order of its steps."""
    return [line[name] for line in lines_from(checkpoint / LOG, 0)[0] if name in line]


def curve_table(runs: list[Path], curves: list[dict[str, list[float]]]) -> list[str]:
    """Five points of each curve, averaged over what lies around them."""
    lines = ["## Learning curves", "", "Each value is the mean over a fifth of the steps.", ""]
    lines += ["| run | curve | 1 | 2 | 3 | 4 | 5 |", "|---|---|---|---|---|---|---|"]
    for run, found in zip(runs, curves, strict=True):
        for name, values in found.items():
            parts = [f"{value:.3f}" for value in fifths(values)]
            shown = " | ".join([*parts, *[""] * (5 - len(parts))])
            lines.append(f"| {run.name} | {name} | {shown} |")
    return lines


def fifths(values: list[float]) -> list[float]:
    """Means of five parts; of fewer values, the values."""
    count = min(5, len(values))
    edges = [len(values) * at // count for at in range(count + 1)]
    return [statistics.mean(values[a:b]) for a, b in itertools.pairwise(edges)]


def not_learnt(curves: dict[str, list[float]]) -> list[str]:
    """Where a loss does not fall or a margin does not rise."""
    found = []
    for name, values in curves.items():
        parts = fifths(values)
        rises = name == "rewards/margins"
        if (parts[-1] > parts[0]) != rises:
            found.append(f"{name} went from {parts[0]:.3f} to {parts[-1]:.3f}")
    return found


if __name__ == "__main__":
    sys.exit(main())

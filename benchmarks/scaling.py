"""What more data would buy, on the quickstart: is the largest size foretold from the smaller ones?

    python -m benchmarks.scaling [--from DIR] [--seeds N] [--check] [--quick]

Runs the quickstart with a `scaling` stage behind it and writes benchmarks/scaling.md. `--from DIR`
names the folder of a run of the quickstart, whose finished stages are found and not done again.
`--check` exits 1 where the held-out largest size falls outside the band. `--quick` takes the smoke
recipe as far as its rows, which shows the script working: its student learns nothing.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml
from tutelage.core.config import load_yaml
from tutelage.evaluation.statistics.scaling_law import Curve

from benchmarks.ending import finish

ROOT = Path(__file__).parent.parent
FILE = Path(__file__).with_suffix(".md")
ANSWER_TOKENS = 64


def main() -> int:
    """Run, write the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="source", type=Path, help="the folder of a run")
    parser.add_argument("--seeds", type=int, default=2, help="about 27 minutes each on two cores")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    recipe = "smoke" if options.quick else "quickstart"
    out = options.source or ROOT / "runs" / f"benchmark-scaling-{recipe}"
    file = smoke(out) if options.quick else ROOT / "recipes" / "quickstart.yaml"
    fields = load_yaml(ROOT / "recipes" / f"{recipe}.yaml")["stages"]["sft"] | {
        "max_tokens": ANSWER_TOKENS,
        "fractions": [0.4, 0.6, 0.8, 1.0] if options.quick else [0.125, 0.25, 0.5, 1.0],
        "seeds": 1 if options.quick else options.seeds,
    }
    began = time.monotonic()
    run(file, out, fields)
    seconds = time.monotonic() - began
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    (found,) = report["scaling"]
    inside = bool(found["check"] and found["check"]["inside"])
    missed = [] if inside else ["the largest size is not inside the band foretold from the others"]
    return finish(table(recipe, found, report, seconds), missed, FILE, options)


def smoke(out: Path) -> Path:
    """The smoke recipe without the models that it trains and scores itself."""
    recipe = load_yaml(ROOT / "recipes" / "smoke.yaml")
    recipe["taxonomy"] = str(ROOT / "taxonomies" / "smoke")
    stages = recipe["stages"]
    before = list(stages)[: list(stages).index("sft")]
    recipe["stages"] = {name: stages[name] for name in before}
    out.mkdir(parents=True, exist_ok=True)
    file = out / "smoke.yaml"
    file.write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
    return file


def run(recipe: Path, out: Path, fields: dict[str, Any]) -> None:
    """The recipe with a scaling stage as its last, trained as its `sft` is; what is there is found.

    JSON is YAML too.
    """
    command = [sys.executable, "-m", "tutelage.cli", "run", str(recipe)]
    command += ["--set", f"stages.scaling={json.dumps(fields)}", "--out", str(out)]
    subprocess.run(command, cwd=ROOT, check=True)


def table(recipe: str, found: dict[str, Any], report: dict[str, Any], seconds: float) -> str:
    """The Markdown page."""
    hardware = report["run"]["hardware"]
    lines = [
        f"# What more data would buy, on the {recipe}",
        "",
        "`python -m benchmarks.scaling` wrote this. The student trained as the recipe's `sft`,",
        "on nested parts of its rows, for as many steps on each; wrong answers to "
        f"{found['questions']} held-out questions. "
        f"{hardware['processor']}, {hardware['cores']} cores; {seconds / 60:.0f} minutes.",
        "",
        "| rows | wrong | by seed | curve |",
        "|--:|--:|---|--:|",
    ]
    curve = found["curve"]
    for point in found["points"]:
        by_seed = ", ".join(f"{error:.1%}" for error in point["errors"])
        fitted = f"{Curve(**curve).error(point['rows']):.1%}" if curve else "–"
        lines.append(f"| {point['rows']} | {point['error']:.1%} | {by_seed} | {fitted} |")
    lines += ["", *_said(found), ""]
    return "\n".join(lines)


def _said(found: dict[str, Any]) -> list[str]:
    lines = []
    if curve := found["curve"]:
        falling = f"{curve['scale']:.3g} · rows^−{curve['exponent']:.2f}"
        lines.append(f"Fit: error = {curve['floor']:.3f} + {falling}.")
    if check := found["check"]:
        lines.append(
            f"Check: fitted without the largest size, {check['low']:.1%} to {check['high']:.1%} "
            f"wrong were foretold at {check['rows']} rows (middle {check['predicted']:.1%}); "
            f"{check['observed']:.1%} was seen: {'inside' if check['inside'] else 'outside'}."
        )
    return [*lines, found["words"]]


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    sys.exit(main())

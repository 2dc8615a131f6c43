"""The law of error over rows and parameters on students that are really trained.

    python -m benchmarks.sizes [--out DIR] [--seeds N] [--check] [--quick]

Three students with random weights of different widths learn which of six kinds a made-up word
belongs to; held-out sentences use the words in other sentences. Words are as unevenly frequent as
in language (Zipf), so more rows show more of the rare ones, and a student must hold them. Runs the
stage `scaling` with `students` and writes benchmarks/sizes.md: the cells, the fitted law, the cell
that is foretold from the others, and what rounding to 8 and 4 bits costs. `--check` exits 1 where
that cell falls outside its band. `--quick` takes two students, few rows and one seed, which shows
the script working.
"""

import argparse
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import yaml
from tutelage.core.artifacts import Scores

from benchmarks.ablation import execute
from benchmarks.ending import finish

ROOT = Path(__file__).parent.parent
FILE = Path(__file__).with_suffix(".md")
KINDS = ("boat", "bird", "stone", "tool", "tree", "wind")
WORDS, ROWS, ASKED = 400, 384, 200
OPENINGS = ("Look at the", "We saw a", "There was one", "Nobody knows the", "They spoke of a")
ENDS = ("near the gate.", "in the morning.", "again today.", "by the river.", "last year.")
WIDTHS = {"small": 32, "middle": 64, "large": 128}  # of whole blocks of 32, which are rounded


def main() -> int:
    """Run, write the tables, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "benchmark-sizes")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    out = options.out / ("quick" if options.quick else "full")
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    execute(recipe(out, options), out, out / "run")
    stats = Scores.load(out / "run" / "scaling").stats["scaling"]
    check = stats["sizes"]["check"]
    missed = []
    if not (check and check["inside"]):
        missed = ["the largest cell is not inside the band foretold from the others"]
    return finish(page(stats, time.monotonic() - began), missed, FILE, options)


def words() -> dict[str, str]:
    """Made-up words with their kinds, evenly."""
    draw = random.Random(1)
    found: dict[str, str] = {}
    while len(found) < WORDS:
        word = "".join(draw.choice("bdfgklmnprst") + draw.choice("aeiou") for _ in range(3))
        found.setdefault(word, KINDS[len(found) % len(KINDS)])
    return found


def sentences(count: int, seed: int) -> list[dict[str, str]]:
    """Questions with their answers; a word's frequency falls with its rank."""
    draw, known = random.Random(seed), list(words().items())
    weights = [1 / rank for rank in range(1, len(known) + 1)]
    made = []
    for word, kind in draw.choices(known, weights, k=count):
        text = f"{draw.choice(OPENINGS)} {word} {draw.choice(ENDS)}"
        made.append({"question": text, "answer": kind})
    return made


def recipe(out: Path, options: argparse.Namespace) -> dict[str, Any]:
    """The recipe, with its rows and its taxonomy written beside it."""
    rows = sentences(48 if options.quick else ROWS, 2)
    lines = [json.dumps({"prompt": r["question"], "completion": r["answer"]}) for r in rows]
    (out / "rows.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    leaf = out / "tree" / "foundational_skills" / "kinds"
    leaf.mkdir(parents=True, exist_ok=True)
    exam = sentences(40 if options.quick else 2 * ASKED, 3)
    held = {one["question"]: one for one in exam if one not in rows}
    qna = {
        "task_description": "Say what kind of thing it is.",
        "seed_examples": rows[:96],  # of which the tokenizer is made
        "eval_examples": [*held.values()][:ASKED],
    }
    (leaf / "qna.yaml").write_text(yaml.safe_dump(qna), encoding="utf-8")
    widths = dict(list(WIDTHS.items())[: 2 if options.quick else 3])
    first, *others = widths
    students = {
        name: {"use": "random_student", "hidden_size": width} for name, width in widths.items()
    }
    scaling = {
        "student": first,
        "students": others,
        "rows": "rows",
        "fractions": [0.25, 0.5, 1.0] if options.quick else [0.125, 0.25, 0.5, 1.0],
        "seeds": 1 if options.quick else options.seeds,
        "epochs": 2 if options.quick else 12,
        "learning_rate": 3e-3,
        "max_tokens": 4,
        "exports": [] if options.quick else ["Q8_0", "Q4_0"],
        "decontaminate": False,
    }
    return {
        "name": "sizes",
        "seed": 1,
        "taxonomy": str(out / "tree"),
        "stages": students
        | {"rows": {"use": "read", "file": str(out / "rows.jsonl")}}
        | {"scaling": scaling},
    }


def page(stats: dict[str, Any], seconds: float) -> str:
    """The Markdown page."""
    sizes = stats["sizes"]
    lines = [
        "# Rows and parameters",
        "",
        f"`python -m benchmarks.sizes` wrote this in {seconds / 60:.0f} minutes. Share wrong on "
        "held-out sentences.",
        "",
        "| parameters | rows | wrong, by seed |",
        "|--:|--:|---|",
    ]
    for cell in sizes["cells"]:
        errors = ", ".join(f"{error:.0%}" for error in cell["errors"])
        lines.append(f"| {cell['parameters']:,} | {cell['rows']} | {errors} |")
    if law := sizes["law"]:
        said = ", ".join(f"{name} {value:.3g}" for name, value in law.items())
        lines += ["", f"Fitted, E + A N^-alpha + B D^-beta: {said}."]
    if check := sizes["check"]:
        where = "inside" if check["inside"] else "outside"
        lines += [
            "",
            f"The cell of {check['parameters']:,} parameters and {check['rows']} rows, foretold "
            f"from the others: {check['predicted']:.0%} wrong, 95% {check['low']:.0%} to "
            f"{check['high']:.0%}; seen {check['observed']:.0%}, {where} the band.",
        ]
    if by_loss := sizes.get("by_loss"):
        lines += ["", f"Error by the loss of the right answers: {json.dumps(by_loss)[:400]}"]
    if stats.get("exports"):
        lines += ["", "| format | parameters | wrong before | after | difference [95%] |"]
        lines += ["|---|--:|--:|--:|---|"]
        for one in stats["exports"]:
            change = f"{one['difference']:+.1%} [{one['low']:+.1%}, {one['high']:+.1%}]"
            before, after = f"{one['before']:.1%}", f"{one['after']:.1%}"
            cells = [one["format"], f"{one['parameters']:,}", before, after, change]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())

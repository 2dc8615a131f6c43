"""Whether steering by leaf pays: two rounds of `improve` beside one round of as many rows.

    python -m benchmarks.loop [--taxonomies DIR...] [--samples N] [--tokens N] [--epochs N]
                              [--seed N] [--check] [--quick] [--out DIR]

Four students are asked the held-out questions: of the first round; of the second as `improve`
steers it; of a second that asks every leaf for as much as the first did (`even`); and of one round
on the rows of the first and of `even` together (`once`). Every round trains on `--tokens`, `once`
on twice as many. What the steered round trains on once more of the first, so that nothing is
forgotten, `even` and `once` train on once more too, drawn from all leaves: all but the first are
trained on as much. Rows are written as by `plain` in
benchmarks.methods, whose store is used. Writes benchmarks/loop.md. `--check` exits 1 where a round
has fewer tokens than it should; `--quick` takes the scripted teacher and a random student, which
shows the script working, no more.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from tutelage.api import run_recipe
from tutelage.core.artifacts import Row, Scores
from tutelage.core.progress import Display
from tutelage.core.store import Store
from tutelage.recipe.load_recipe import load_recipe
from tutelage.recipe.recipe import Recipe
from tutelage.report.format import points
from tutelage.report.outcome import answers_of, paired
from tutelage.runtime.improvement.loop import LoopSettings, improve
from tutelage.taxonomy.load import load_taxonomy

from benchmarks.ablation import chosen, tokens_of
from benchmarks.ending import finish
from benchmarks.methods import sft_of, stages_of, taxonomies_of, teaching_options
from benchmarks.recipe_run import EMBEDDED

FILE = Path(__file__).with_suffix(".md")
ASKED = {"general": False, "max_tokens": 64}
COMPARED = (("steered", "first"), ("steered", "even"), ("steered", "once"), ("even", "first"))
"""Which student is compared with which."""
NEARLY = 0.9
"""Of the tokens wanted so many are enough: the last row that does not fit is left out."""


def main() -> int:
    """Run every taxonomy, write the table, check."""
    options = teaching_options(__doc__).parse_args()
    measured = [measure(folder, options) for folder in taxonomies_of(options)]
    missed = [miss for one in measured for miss in misses(one)]
    return finish(page(measured), missed, FILE, options)


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the runs of one taxonomy lie, in one store."""

    out: Path

    def run(self, recipe: Recipe, place: Path, after: Sequence[Path] = ()) -> dict[str, Any]:
        """Run a recipe into a folder, after other runs on the same budget; its report."""
        with Display(Console()) as display:
            store = Store(self.out / ".store")
            command = "benchmarks.loop"
            return run_recipe(recipe, place, store, display, None, (), command, after=after)

    def written(self, name: str, recipe: dict[str, Any]) -> Path:
        """The file of a recipe."""
        self.out.mkdir(parents=True, exist_ok=True)
        file = self.out / f"{name}.yaml"
        file.write_text(yaml.safe_dump(recipe, sort_keys=False), encoding="utf-8")
        return file


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """One taxonomy: the rounds, the two controls, and all students asked the same."""
    bench = Bench(options.out.resolve() / ("quick" if options.quick else "") / folder.name)
    tokens = 100 if options.quick else options.tokens
    recipe = round_recipe(folder, options, tokens)
    if options.quick:
        recipe["models"]["student"] = str(_random_student(bench, recipe))
    file = bench.written("loop", recipe)
    loop = LoopSettings(file, [], {}, None, rounds=2)
    *_, state = improve(loop, bench.out / "loop", bench.run)
    places = {"first": bench.out / "loop" / "round-1"}
    sets, models = [f"seed={options.seed + 1}"], {"student": str(state.rounds[0].checkpoint)}
    if len(state.rounds) > 1:
        places["steered"] = bench.out / "loop" / "round-2"
        places["even"] = bench.out / "even"
        again = sum(map(tokens_of, state.rounds[1].again))
        before = again_stages(places["first"] / "taken", again)
        sets += [f"stages.sft.rows={name}" for name in list(before)[-1:]]
        bench.run(load_recipe(file, sets, models, before={"sft": before}), places["even"])
        places["once"] = bench.out / "once"
        once = once_recipe(recipe, places, bool(again))
        bench.run(load_recipe(bench.written("once", once)), places["once"])
    answers: dict[str, dict[tuple[str, str], float]] = {}
    rows: dict[str, list[Row]] = {}
    for name, place in places.items():
        scores = Scores.load(place / "evaluate")
        answers |= {"untrained": answers_of(scores, "student")} if name == "first" else {}
        answers[name] = answers_of(scores, "sft")
        parts = ("first_rows", "taken") if name == "once" else ("taken",)
        rows[name] = [row for part in parts for row in chosen(place, part)]
    weights = state.weights[1] if len(state.rounds) > 1 else {}
    facts = {"name": folder.name, "answers": answers, "rows": rows, "weights": weights}
    again = sum(map(tokens_of, state.rounds[-1].again))
    return facts | {"why": state.why, "tokens": tokens, "again": again}


def round_recipe(folder: Path, options: argparse.Namespace, tokens: int) -> dict[str, Any]:
    """A round: rows of the plain kind, as many tokens of them, a student, its exam."""
    leaves = load_taxonomy(folder).leaves
    stages = stages_of("plain", leaves, options.samples)
    stages["plain"] |= {"allow_empty": True, "max_failed": 1.0, "give_up_after": 0}
    stages["taken"] = {"use": "benchmarks.ablation:Take", "rows": "plain", "tokens": tokens}
    stages["sft"] = sft_of(options, "taken")
    stages["evaluate"] = {"models": ["student", "sft"]} | ASKED
    models = {"teacher": "scripted:", "student": ""} if options.quick else {}
    return {
        "name": "loop",
        "seed": options.seed,
        "taxonomy": str(folder.resolve()),
        "models": models or {"teacher": EMBEDDED, "student": EMBEDDED},
        "stages": stages,
    }


def again_stages(rows: Path, tokens: int) -> dict[str, dict[str, Any]]:
    """Stages that bring so many tokens of rows; none for none."""
    if not tokens:
        return {}
    return {
        "first_rows": {"use": "read", "file": str(rows.resolve())},
        "again": {"use": "benchmarks.ablation:Take", "rows": "first_rows", "tokens": tokens},
        "both": {"use": "filter", "rows": ["taken", "again"]},
    }


def once_recipe(recipe: dict[str, Any], places: dict[str, Path], again: bool) -> dict[str, Any]:
    """One round on the rows of the first and of the even one, some of the first twice."""
    parts = {"first_rows": places["first"] / "taken", "taken": places["even"] / "taken"}
    parts |= {"again": places["even"] / "again"} if again else {}
    stages: dict[str, Any] = {
        **{name: {"use": "read", "file": str(place)} for name, place in parts.items()},
        "both": {"use": "filter", "rows": [*parts]},
        "sft": recipe["stages"]["sft"] | {"rows": "both"},
        "evaluate": {"models": ["student", "sft"]} | ASKED,
    }
    return recipe | {"stages": stages}


def _random_student(bench: Bench, recipe: dict[str, Any]) -> Path:
    """A student with random weights, as a folder."""
    own = {"name": "random", "seed": 1, "taxonomy": recipe["taxonomy"]}
    own |= {"stages": {"student": {"use": "random_student"}}}
    bench.run(load_recipe(bench.written("random", own)), bench.out / "random")
    return (bench.out / "random" / "student").resolve()


def page(measured: list[dict[str, Any]]) -> str:
    """The Markdown page."""
    lines = [
        "# Whether steering by leaf pays",
        "",
        "`python -m benchmarks.loop` wrote this: the embedded SmolLM2-135M as teacher and student,",
        "rows of the plain kind. `first` is the first round; `steered` the second of `tutelage",
        "improve`, which asks weak leaves for more; `even` a second round that asks every leaf for",
        "as much as the first; `once` one round on the rows of `first` and `even`. Comparisons are",
        "paired, on the same held-out questions. One seed.",
    ]
    for one in measured:
        lines += ["", f"## {one['name']}", "", *_tables(one)]
    return "\n".join([*lines, ""])


def _tables(one: dict[str, Any]) -> Iterator[str]:
    answers, leaves = one["answers"], sorted({leaf for leaf, _ in one["answers"]["first"]})
    yield (
        f"{one['tokens']} tokens a round; {one['again']} tokens of the first once more in every "
        "later one."
    )
    yield ""
    yield f"| leaf | weight | {' | '.join(answers)} |"
    yield "|---|--:|" + "--:|" * len(answers)
    for leaf in leaves:
        cells = [_share(found, leaf) for found in answers.values()]
        yield f"| {leaf} | {one['weights'].get(leaf, 1)} | {' | '.join(cells)} |"
    yield f"| all | | {' | '.join(_share(found, '') for found in answers.values())} |"
    counts = ["–", *(f"{len(rows)}" for rows in one["rows"].values())]
    yield f"| rows trained on | | {' | '.join(counts)} |"
    yield ""
    if "steered" not in answers:
        yield f"There was no second round: {one['why']}."
        return
    yield "| students | difference | p | right and wrong only here |"
    yield "|---|--:|--:|--:|"
    for new, old in COMPARED:
        found = next(x for x in paired(answers[old], answers[new]) if x["leaf"] == "*")
        counts = [f"{found['better']} / {found['worse']}"]
        cells = [f"{new} over {old}", points(found["difference"]), f"{found['p']:.2f}", *counts]
        yield f"| {' | '.join(cells)} |"


def _share(found: dict[tuple[str, str], float], leaf: str) -> str:
    scores = [score for (one, _), score in found.items() if one.startswith(leaf)]
    return f"{sum(scores) / len(scores):.0%}"


def misses(one: dict[str, Any]) -> list[str]:
    """Rounds with fewer tokens than they should have."""
    found = []
    for name, rows in one["rows"].items():
        wanted = one["tokens"] * (2 if name == "once" else 1)
        if (has := sum(map(tokens_of, rows))) < NEARLY * wanted:
            found.append(f"{one['name']}: {name} has {has} tokens of {wanted}")
    return found


if __name__ == "__main__":
    sys.exit(main())

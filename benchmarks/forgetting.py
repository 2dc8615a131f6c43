"""Ways to hold forgetting: how each trains on the quickstart's rows, what is learnt and what lost.

    python -m benchmarks.forgetting --taxonomies DIR... [--seeds 1] [--arms NAME...] [--check]
        [--quick] [--from DIR]

Each DIR is a taxonomy, or a folder of taxonomies. Rows are made once for each; then every arm
trains on them in its own way and is asked the same questions. Writes benchmarks/forgetting.md.
`--check` exits 1 where the recipe as it stands loses more than it may, or learns less than half of
what the best arm does; `--quick` runs the smoke recipe, which shows the script working; `--from
DIR` reads finished runs.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

from benchmarks.ending import finish
from benchmarks.recipe_run import ROOT, Measured, machine, measure
from benchmarks.unseen import AFTER, BEFORE, DROP, GENERAL, PERPLEXITY, perplexity, taxonomies

FILE = Path(__file__).with_suffix(".md")
RECIPE = "the recipe"
MIX, SFT, REPLAY = "stages.training_mix", "stages.sft", "stages.replay"
ARMS: dict[str, list[str]] = {
    RECIPE: [],
    "trained on what is replayed, not held to it": [f"{SFT}.replay_divergence=0"],
    "no replay": [f"{MIX}.replay=0"],
    "replay 20%": [f"{MIX}.replay=0.2"],
    "divergence weighs a third": [f"{SFT}.replay_divergence=0.3"],
    "divergence weighs three times": [f"{SFT}.replay_divergence=3"],
    "no plain texts": [f"{REPLAY}.texts=0", f"{REPLAY}.prompts=360"],
    "questions of its own, no people's prompts": [f"{REPLAY}.prompts=0", f"{REPLAY}.questions=300"],
    "all answers whole": [f"{MIX}.whole_answers=null", f"{MIX}.replay_opening=null"],
    "start's weights 20%": [f"{SFT}.start_share=0.2"],
    "all layers": [f"{SFT}.frozen=0"],
    "LoRA, rank 32": [
        f"{SFT}.frozen=0",
        f"{SFT}.adapter={{rank: 32, alpha: 64}}",
        f"{SFT}.learning_rate=1e-3",
    ],
    "a higher rate, 5e-4": [f"{SFT}.learning_rate=5e-4"],
    "half the exposures": [f"{MIX}.exposures=25"],
    "questions alone": [f"{MIX}.weights=[4, 0, 4]"],
    "rules alone": [f"{MIX}.weights=[0, 4, 4]"],
}
"""By name, what each arm sets differently from the recipe."""
Runs = dict[tuple[str, int], dict[str, Measured]]
"""By set and seed, then by arm."""


def main() -> int:
    """Run all, write the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--taxonomies", type=Path, nargs="+", default=[ROOT / "taxonomies" / "helpdesk"]
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=list(ARMS))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--from", dest="source", type=Path, help="a folder of finished runs")
    options = parser.parse_args()
    place = options.source or ROOT / "runs" / "forgetting"
    arms = [RECIPE] if options.quick else options.arms
    runs: Runs = {}
    for folder in taxonomies(options.taxonomies):
        for seed in options.seeds:
            run = _read if options.source else _run
            recipe = "smoke" if options.quick else "quickstart"
            runs[folder.name, seed] = run(recipe, folder, seed, place / folder.name, arms)
    if not any(runs.values()):
        raise SystemExit("no run there: give folders that hold knowledge/ or skills")
    return finish(page(runs, place), misses(runs, place), FILE, options)


def _run(recipe: str, folder: Path, seed: int, place: Path, arms: list[str]) -> dict[str, Measured]:
    """Every arm in one folder, whose store keeps the rows; what each found is copied beside."""
    found = {}
    for number, arm in enumerate(arms):
        over = [f"taxonomy={folder.resolve()}", *ARMS[arm]]
        out, fresh = place / f"seed-{seed}", number == 0
        found[arm] = measure(recipe, seed, out, again=True, overrides=over, fresh=fresh)
        kept = arm_folder(place, seed, arm)
        (kept / "evaluate").mkdir(parents=True, exist_ok=True)
        for name in ("report.json", "measured.json", "evaluate/stats.json"):
            if (out / name).exists():
                shutil.copy(out / name, kept / name)
    return found


def _read(
    recipe: str, folder: Path, seed: int, place: Path, arms: list[str]
) -> dict[str, Measured]:
    """The arms that have finished."""
    folders = {arm: arm_folder(place, seed, arm) for arm in arms}
    return {
        arm: measure(recipe, seed, out, again=False)
        for arm, out in folders.items()
        if (out / "report.json").exists()
    }


def arm_folder(place: Path, seed: int, arm: str) -> Path:
    """Where what an arm found is kept."""
    return place / f"seed-{seed}-arms" / "".join(c if c.isalnum() else "-" for c in arm)


def page(runs: Runs, place: Path) -> str:
    """The Markdown page."""
    first = next(run for arms in runs.values() for run in arms.values())
    lines = [
        "# Forgetting: what is learnt and what is lost",
        "",
        "`python -m benchmarks.forgetting` wrote this: the quickstart's rows of each set,",
        "trained on in several ways; held-out questions of the set, shipped questions of general",
        "knowledge and the perplexity of the shipped texts, against the student before.",
        f"Machine: {machine(first.report)}.",
        "",
        "| set | seed | arm | right [95%] | general | perplexity |",
        "|---|---|---|---|---|---|",
    ]
    for (name, seed), arms in runs.items():
        for arm, run in arms.items():
            score, before = run.score(AFTER, "*"), run.score(BEFORE, GENERAL)["score"]
            more = perplexity(arm_folder(place / name, seed, arm))
            lines.append(
                f"| {name} | {seed} | {arm} | {score['score']:.0%} [{score['low']:.0%}, "
                f"{score['high']:.0%}] | {before:.0%} → {run.score(AFTER, GENERAL)['score']:.0%} | "
                f"{'–' if more is None else f'{more:+.0%}'} |"
            )
    return "\n".join([*lines, ""])


def misses(runs: Runs, place: Path) -> list[str]:
    """What the recipe as it stands loses beyond what it may, and where another arm learns twice."""
    found: list[str] = []
    for (name, seed), arms in runs.items():
        if RECIPE not in arms:
            continue
        run = arms[RECIPE]
        drop = run.score(BEFORE, GENERAL)["score"] - run.score(AFTER, GENERAL)["score"]
        more = perplexity(arm_folder(place / name, seed, RECIPE))
        best = max(one.score(AFTER, "*")["score"] for one in arms.values())
        score = run.score(AFTER, "*")["score"]
        checks = [
            (f"general −{drop:.0%}, at most {DROP:.0%}", drop <= DROP + 1e-9),
            (f"perplexity {more or 0:+.0%}, at most {PERPLEXITY:+.0%}", (more or 0) <= PERPLEXITY),
            (f"{score:.0%} right, the best arm {best:.0%}", score >= best / 2),
        ]
        found += [f"{name}, seed {seed}: {text}" for text, met in checks if not met]
    return found


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    sys.exit(main())

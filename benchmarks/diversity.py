"""Finding planted near-duplicates: time, memory, precision and recall beside the libraries.

    python -m benchmarks.diversity [--rounds 3] [--check] [--quick]

Writes benchmarks/diversity.md, in half an hour on a quiet machine. Every finder runs in a process
of its own, the finders of a size in turn, so that what else the machine does hits all alike; times
are medians of the rounds. Needs the extras `embed` and `bench`. `--check` exits 1 where the best
library, or the best of the lexical ones, finds more than any of ours does in its time, or where a
million rows take too long or too much; `--quick` shows the script working on 3,000 rows.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.diversity_corpus import KINDS, corpus
from benchmarks.duplicate_finders import PACKAGED, Finder, ours, with_datasketch, with_rensa
from benchmarks.duplicate_finders import with_semhash as semhash
from benchmarks.ending import finish
from benchmarks.static_model import make_static

ROOT = Path(__file__).parent.parent
FILE = Path(__file__).with_suffix(".md")
STATIC = ROOT / "runs" / "benchmark-static"
"""A static model distilled from the packaged one, once."""
MINUTES, GIGABYTES = 5.0, 4.0
LEXICAL = ("rensa", "datasketch")
SIZES = (20_000, 100_000)
SMALL = 20_000
"""Rows up to which the transformer is tried too, once: it embeds some 160 texts a second."""
OURS = (
    *("exact", "exact, near", "exact, near, semantic (hashing)"),
    *("exact, near, semantic (static)", "exact, near, semantic (MiniLM)"),
)
FINDERS = (*OURS[:-1], *LEXICAL, "semhash (static)")
WITH_MINILM = (OURS[-1], "semhash (MiniLM)")


@dataclass(frozen=True, slots=True)
class Measured:
    """One finder on one corpus."""

    finder: str
    rows: int
    seconds: float
    cpu_seconds: float
    megabytes: float
    """Peak of the whole process, the corpus included."""
    precision: float
    recall: float
    by_kind: dict[str, float]
    """Recall of each kind of repeat."""

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def finder(name: str) -> Finder:
    """The finder of a name; what it needs is imported here, before the clock starts."""
    lexical = ["exact_duplicate", "near_duplicate"]
    made: dict[str, Callable[[], Finder]] = {
        "exact": lambda: ours("exact_duplicate"),
        "exact, near": lambda: ours(*lexical),
        "exact, near, semantic (hashing)": lambda: ours(*lexical, _semantic("hashing")),
        "exact, near, semantic (static)": lambda: ours(*lexical, _semantic(str(STATIC))),
        "exact, near, semantic (MiniLM)": lambda: ours(*lexical, _semantic(PACKAGED)),
        "rensa": with_rensa,
        "datasketch": with_datasketch,
        "semhash (static)": lambda: semhash(STATIC),
        "semhash (MiniLM)": lambda: semhash(PACKAGED),
    }
    return made[name]()


def _semantic(embedder: str) -> dict[str, dict[str, str]]:
    return {"semantic_duplicate": {"embedder": embedder}}


def measure_here(name: str, rows: int) -> Measured:
    """Run one finder in this process."""
    written = corpus(rows)
    find = finder(name)
    find([one.text for one in corpus(50, seed=1)])  # what loads at first use is loaded
    texts = [one.text for one in written]
    began, cpu_began = time.perf_counter(), time.process_time()
    flags = find(texts)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    repeats = [one.kind in KINDS for one in written]
    right = sum(flag and repeat for flag, repeat in zip(flags, repeats, strict=True))
    by_kind = {}
    for kind in KINDS:
        of_kind = [flag for flag, one in zip(flags, written, strict=True) if one.kind == kind]
        by_kind[kind] = sum(of_kind) / len(of_kind)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    precision = right / max(1, sum(flags))
    return Measured(name, rows, seconds, cpu, peak, precision, right / sum(repeats), by_kind)


def measure(name: str, rows: int) -> Measured:
    """Run one finder in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.diversity", "--one", name, "--rows", str(rows)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found = Measured(**json.loads(done.stdout.splitlines()[-1]))
    print(f"{rows} {name}: {found.seconds:.1f} s, F1 {found.f1:.3f}", file=sys.stderr, flush=True)
    return found


def medians(runs: list[Measured]) -> Measured:
    """The same finder on the same corpus, several times: medians of time and memory."""
    first = asdict(runs[0])
    for field in ("seconds", "cpu_seconds", "megabytes"):
        first[field] = statistics.median(getattr(run, field) for run in runs)
    return Measured(**first)


def measure_all(rounds: int, *, quick: bool) -> list[Measured]:
    """Every finder on every size, the finders in turn."""
    if quick:
        return [measure(name, 3000) for name in FINDERS]
    found = []
    for rows in SIZES:
        runs = [[measure(name, rows) for name in FINDERS] for _ in range(rounds)]
        found += [medians(list(of_finder)) for of_finder in zip(*runs, strict=True)]
        if rows <= SMALL:
            found += [measure(name, rows) for name in WITH_MINILM]
    return [*found, measure("exact, near", 1_000_000)]


def table(found: list[Measured]) -> str:
    """The Markdown page."""
    lines = [*_HEAD]
    for rows in dict.fromkeys(one.rows for one in found):
        lines += [f"## {rows:,} rows", "", *_COLUMNS]
        for one in found:
            if one.rows == rows:
                kinds = " | ".join(f"{one.by_kind[kind]:.2f}" for kind in KINDS)
                lines.append(
                    f"| {_shown(one.finder)} | {one.seconds:.1f} | {one.cpu_seconds:.1f} | "
                    f"{one.megabytes:.0f} | {one.precision:.3f} | {one.recall:.3f} | "
                    f"**{one.f1:.3f}** | {kinds} |"
                )
        lines.append("")
    return "\n".join([*lines, *_CHOICE])


_HEAD = (
    "# Planted near-duplicates",
    "",
    "`python -m benchmarks.diversity` wrote this. Short instructions from templates and slots, 34%",
    "of them repeating an earlier one, dense with hard negatives (an earlier row with one slot",
    "filled otherwise); how they are made is in `diversity_corpus.py`. A row counts as found when",
    "it is dropped and repeats an earlier row. Two shared cores, each finder in a process of its",
    "own, embedding included. *Static*: token vectors distilled from the packaged MiniLM.",
    "",
)
_CHOICE = (
    "## What was chosen, and why",
    "",
    "- rensa makes the signatures for `near_duplicate`, from numpy's hashes of all shingles at",
    "  once: that costs less than reading the text. Its own deduplicator judges by the signature's",
    "  estimate and leaves out of its index what it takes for a repeat, so that a pair which only",
    "  differs in a number hides others. Here candidates are compared exactly, and numbers and",
    "  names must agree.",
    "- datasketch also compares exactly, and signs each text in Python: see its processor time.",
    "- semhash compares embeddings by an approximate index; `semantic_duplicate` does so by matrix",
    "  products, exactly, after the cheaper filters, and numbers and names must agree.",
    "",
)
_COLUMNS = (
    f"| finder | wall s | CPU s | peak MB | precision | recall | F1 | {' | '.join(KINDS)} |",
    "|---|---|---|---|---|---|---|" + "---|" * len(KINDS),
)


def _shown(name: str) -> str:
    return f"ours: {name}" if name.startswith("exact") else name


def misses(found: list[Measured]) -> list[str]:
    """The targets that were missed, each with its figures."""
    missed = []
    for rows in dict.fromkeys(one.rows for one in found if one.rows < 1_000_000):
        here = [one for one in found if one.rows == rows]
        rivals = [one for one in here if one.finder not in OURS]
        for best in (
            max(rivals, key=lambda one: one.f1),
            max((one for one in rivals if one.finder in LEXICAL), key=lambda one: one.f1),
        ):
            mine = [one for one in here if one.finder in OURS and one.seconds <= best.seconds]
            if all(one.f1 < best.f1 for one in mine):
                missed.append(
                    f"{rows} rows: {best.finder} has F1 {best.f1:.3f} in {best.seconds:.1f} s; "
                    f"ours in that time {max((one.f1 for one in mine), default=0.0):.3f}"
                )
    for one in found:
        if one.rows == 1_000_000 and one.seconds > MINUTES * 60:
            missed.append(f"a million rows took {one.seconds:.0f} s")
        if one.rows == 1_000_000 and one.megabytes > GIGABYTES * 1000:
            missed.append(f"a million rows took {one.megabytes:.0f} MB")
    return missed


def main() -> int:
    """Run, write the table, check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(asdict(measure_here(options.one, options.rows))))
        return 0
    if not (STATIC / "config.json").exists():
        make_static(PACKAGED, STATIC)
    found = measure_all(options.rounds, quick=options.quick)
    return finish(table(found), misses(found), FILE, options)


if __name__ == "__main__":
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    sys.exit(main())

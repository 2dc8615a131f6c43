"""How long a large taxonomy takes to load, cut into chunks and lint.

`python -m benchmarks.taxonomy [--quick] [--check]` makes a taxonomy of 1,000 leaves whose documents
give 10,000 chunks, reads it in fresh processes, writes `benchmarks/taxonomy.md` and, with
`--check`, ends with 1 where a promise is broken.
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_REPORT = Path(__file__).with_suffix(".md")
_CHUNK_TOKENS = 512
_MOST_SECONDS = 5.0
_STEPS = ("load", "chunk", "lint")
_QNA = """version: 3
created_by: benchmark
domain: {subject}
document_outline: All about {subject}.
document: {{path: [docs/*.md]}}
seed_examples:
{seeds}
eval_examples:
{held}
"""


def main() -> int:
    """Measure, report, and check where asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail where a promise is broken")
    parser.add_argument("--quick", action="store_true", help="fewer leaves and rounds")
    parser.add_argument("--read", metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        print(json.dumps(_read(Path(options.read))))
        return 0
    leaves, rounds = (100, 2) if options.quick else (1_000, 5)
    with tempfile.TemporaryDirectory() as folder:
        _make(Path(folder), leaves)
        runs = [_run(folder) for _ in range(rounds)]
    medians = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    report = _report(medians, quick=options.quick)
    print(report)
    if not options.quick:
        _REPORT.write_text(report, encoding="utf-8")
    return int(options.check and medians["load"] + medians["chunk"] > _MOST_SECONDS)


def _make(folder: Path, leaves: int) -> None:
    """Leaves with five seeds, three held-out examples and a document of ten sections each."""
    chance = random.Random(7)
    nouns = [f"{a}{b}" for a in ("Kel", "Or", "Tam", "Brin", "Val") for b in ("da", "vin", "so")]
    for number in range(leaves):
        subject = f"{chance.choice(nouns)} {number}"
        leaf = folder / "knowledge" / f"area{number % 20}" / f"leaf{number}"
        (leaf / "docs").mkdir(parents=True)
        facts = [f"The {subject} has {n} parts of grade {chance.randrange(99)}." for n in range(8)]
        pairs = [
            f"  - context: {fact}\n    questions_and_answers:\n"
            f"      - {{question: 'How many parts has the {subject} in case {n}?', answer: '{n}'}}"
            for n, fact in enumerate(facts[:5])
        ]
        held = [
            f"  - {{question: 'Say the count of parts, {subject}, no. {n}.', answer: '{n}'}}"
            for n in range(5, 8)
        ]
        text = _QNA.format(subject=subject, seeds="\n".join(pairs), eval_examples="\n".join(held))
        (leaf / "qna.yaml").write_text(text, encoding="utf-8")
        (leaf / "docs" / "book.md").write_text(_document(subject, facts, chance), encoding="utf-8")


def _document(subject: str, facts: list[str], chance: random.Random) -> str:
    """About a thousand letters to a section: prose, often a list, now and then a table."""
    parts = [f"# {subject}"]
    for section in range(10):
        prose = [" ".join(chance.choices(facts, k=5)) for _ in range(3)]
        items = "\n".join(f"- {fact}" for fact in facts[:4]) if section % 2 else ""
        table = "| part | **grade** |\n|---|---|\n" + "| 1 | 2 |\n" * 6 if section % 5 == 0 else ""
        parts += [f"## Section {section}", *prose, items, table]
    return "\n\n".join(part for part in parts if part) + "\n"


def _read(folder: Path) -> dict[str, float]:
    """What one process takes; the modules are loaded ahead."""
    import resource

    from tutelage.authoring.lint.lint_taxonomy import lint_taxonomy
    from tutelage.models.token_estimate import estimate_tokens
    from tutelage.taxonomy.documents.passages import chunks
    from tutelage.taxonomy.load import load_taxonomy

    marks = [_clocks()]
    taxonomy = load_taxonomy(folder)
    marks.append(_clocks())
    documents = [document for leaf in taxonomy.leaves for document in leaf.documents]
    cut = (chunks(document, _CHUNK_TOKENS, 32, estimate_tokens) for document in documents)
    count = sum(1 for found in cut for _ in found)
    marks.append(_clocks())
    lint_taxonomy(folder)
    marks.append(_clocks())
    told: dict[str, float] = {"leaves": len(taxonomy.leaves), "chunks": count}
    for step, before, after in zip(_STEPS, marks, marks[1:], strict=False):
        told |= {step: after[0] - before[0], f"{step} CPU": after[1] - before[1]}
    return told | {"mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _clocks() -> tuple[float, float]:
    """Seconds of the wall and of this process."""
    return time.perf_counter(), time.process_time()


def _run(folder: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.taxonomy", "--read", folder]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def _report(medians: dict[str, float], *, quick: bool) -> str:
    when, load = time.strftime("%Y-%m-%d"), os.getloadavg()[0]
    total = medians["load"] + medians["chunk"]
    mark = "kept" if total <= _MOST_SECONDS else "BROKEN"
    size = " A quick run: fewer leaves and rounds." if quick else ""
    what = f"{medians['leaves']:,.0f} leaves, {medians['chunks']:,.0f} chunks"
    lines = (f"| {s} | {medians[s]:.2f} | {medians[f'{s} CPU']:.2f} |" for s in _STEPS)
    return (
        f"# Taxonomy\n\n{when}, Python {platform.python_version()}, {os.cpu_count()} shared cores "
        f"(load {load:.1f} when it ended). Medians over fresh processes, module loading apart; "
        f"tokens are estimated.{size} Made by `python -m benchmarks.taxonomy`.\n\n"
        "| promise | measured | at most | |\n|---|---|---|---|\n"
        f"| {what}: seconds to load and cut | {total:.2f} | {_MOST_SECONDS:g} | {mark} |\n\n"
        f"| step | seconds | of CPU |\n|---|---|---|\n{chr(10).join(lines)}\n\n"
        f"Peak memory {medians['mb']:.0f} MB.\n"
    )


if __name__ == "__main__":
    sys.exit(main())

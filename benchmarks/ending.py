"""How a benchmark ends: the page, what was missed, and the exit code."""

import argparse
from collections.abc import Sequence
from pathlib import Path


def finish(page: str, missed: Sequence[str], file: Path, options: argparse.Namespace) -> int:
    """Print the page and what was missed; write it, and fail under --check, but with --quick."""
    if not options.quick:
        file.write_text(page, encoding="utf-8")
    print(page, *(f"missed: {miss}" for miss in missed), sep="\n")
    return int(options.check and bool(missed) and not options.quick)

"""The hooks that hold recipes and `qna.yaml` files against their schemas: pass, and see a typo."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HOOKS: dict[str, Any] = {
    hook["id"]: hook
    for repo in yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    for hook in repo["hooks"]
}


def _hook(name: str, files: list[Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a hook on files, with this tree's own `tutelage` on the path."""
    command = folder / "bin" / "tutelage"
    command.parent.mkdir(exist_ok=True)
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tutelage.cli "$@"\n')
    command.chmod(0o755)
    path = os.pathsep.join(
        [str(command.parent), str(Path(sys.executable).parent), os.environ["PATH"]]
    )
    words = [*shlex.split(HOOKS[name]["entry"]), *map(str, files)]
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT / "pipeline")}
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "files", "slip"),
    [
        ("qna-schema", "taxonomies/*/*/**/qna.yaml", ("seed_examples:", "seed_example:")),
        ("recipe-schema", "recipes/*.yaml", ("stages:", "stage:")),
    ],
)
def test_shipped_files_pass_and_a_typo_is_seen(
    name: str, files: str, slip: tuple[str, str], tmp_path: Path
) -> None:
    shipped = sorted(ROOT.glob(files))
    assert shipped
    passed = _hook(name, shipped, tmp_path)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(shipped[0].read_text(encoding="utf-8").replace(*slip), encoding="utf-8")
    assert _hook(name, [wrong], tmp_path).returncode != 0

"""Files and folders whose names hide a leaf from the loader."""

from pathlib import Path

from tutelage.core.config import nearest
from tutelage.taxonomy.finding import Finding, Report
from tutelage.taxonomy.leaf import ROOTS

_MEANT = {"qna.yml", "qna.yaml.txt", "qna.txt", "qna.json", "qa.yaml", "qna"}


def check_names(folder: Path, report: Report) -> None:
    """Note what was meant as a leaf and is not read, and roots that are misspelt."""
    for file in sorted(folder.rglob("*")):
        name = file.name.lower()
        if file.is_file() and file.name != "qna.yaml" and (name in _MEANT or name == "qna.yaml"):
            message = "is not read: a leaf's file is called qna.yaml; rename it"
            report(Finding(file, None, "warning", "unread-file", "", message))
    for root in sorted(path for path in folder.iterdir() if path.is_dir()):
        hint = nearest(root.name, ROOTS)
        if root.name not in ROOTS and "did you mean" in hint:
            message = f"unknown root{hint}"
            report(Finding(root, None, "warning", "unknown-root", "", message))

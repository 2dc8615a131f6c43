"""Files and folders whose names hide a leaf from the loader."""

from pathlib import Path

from tutelage.core.nearest import nearest
from tutelage.taxonomy.finding import Finding, Report
from tutelage.taxonomy.leaf import ROOTS
from tutelage.taxonomy.load import RENAME, misnamed_leaves

_MEANT = {"qna.yml", "qna.yaml.txt", "qna.txt", "qna.json", "qa.yaml", "qna"}


def check_names(folder: Path, report: Report) -> None:
    """Note what was meant as a leaf and is not read, and roots that are misspelt."""
    misnamed = set(misnamed_leaves(folder))  # which no run passes over
    for file in sorted(folder.rglob("*")):
        name = file.name.lower()
        is_meant = file.name != "qna.yaml" and (name in _MEANT or name == "qna.yaml")
        if is_meant and file.is_file() and file not in misnamed:
            report(Finding(file, None, "warning", "unread-file", "", RENAME))
    for root in sorted(path for path in folder.iterdir() if path.is_dir()):
        hint = nearest(root.name, ROOTS)
        if root.name not in ROOTS and "did you mean" in hint:
            message = f"unknown root{hint}"
            report(Finding(root, None, "warning", "unknown-root", "", message))

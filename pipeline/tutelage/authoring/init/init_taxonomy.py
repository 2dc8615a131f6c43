"""Making a taxonomy and a recipe of documents and tasks; what is there already is left as it is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tutelage.authoring.init.covered import documents_read, tasks_written
from tutelage.authoring.init.found_documents import FoundDocuments, find_documents
from tutelage.authoring.init.leaf_outline import LeafOutline, outline
from tutelage.authoring.init.qna_text import knowledge_text, skill_text
from tutelage.authoring.init.starter_recipe import check_recipe, write_recipe
from tutelage.authoring.init.task_list import TaskOutline, read_tasks
from tutelage.core.disk_errors import writing
from tutelage.core.errors import InputError
from tutelage.recipe.json_schema import SCHEMAS
from tutelage.recipe.schema_files import write_schema


@dataclass(frozen=True, slots=True)
class NewLeaf:
    """A leaf that was made."""

    path: str
    file: Path
    documents: int
    sections: int
    statements: int


@dataclass(slots=True)
class NewTaxonomy:
    """What was made, and what was found there."""

    folder: Path
    recipe: Path
    leaves: list[NewLeaf] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)
    """Files that were there and are as they were."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Files that were not read, and why."""
    blank: set[str] = field(default_factory=set)
    """Leaves, new ones and others, that nobody has written anything into."""
    roots: tuple[Path, ...] = ()
    """Folders outside of the taxonomy that its leaves read from."""


def init_taxonomy(
    places: Sequence[Path],
    tasks: Path | None,
    folder: Path,
    *,
    base: str = "quickstart",
    teacher: str | None = None,
    student: str | None = None,
) -> NewTaxonomy:
    """Write leaves for documents and tasks that no leaf covers, schemas and a recipe.

    Raises InputError where a place is not there, or holds nothing that a leaf could be made of.
    """
    if not places and tasks is None:
        raise InputError("give files or folders of documents, or --tasks FILE")
    check_recipe(base, teacher, student)
    wanted = read_tasks(tasks) if tasks else []
    found = find_documents(places, folder)
    if places and not found.documents and not wanted:
        raise InputError(_nothing(places, found))
    made = NewTaxonomy(folder, folder / f"{folder.resolve().name or 'taxonomy'}.yaml")
    made.left_out = found.left_out
    made.roots = _outside(folder, found)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _write_leaves(made, found, wanted)
        for what in SCHEMAS:
            write_schema(folder, what)
        if made.recipe.exists():
            made.kept.append(made.recipe)
        else:
            write_recipe(made.recipe, base, made.roots, teacher, student)
    return made


def _write_leaves(made: NewTaxonomy, found: FoundDocuments, tasks: Sequence[TaskOutline]) -> None:
    covered, written = documents_read(made.folder), tasks_written(made.folder)
    there = [covered.get(one.file.resolve()) for one in found.documents]
    new = [one for one, file in zip(found.documents, there, strict=True) if file is None]
    made.kept += dict.fromkeys(file for file in there if file is not None)
    made.blank.update(_untouched(made.folder, found, tasks))
    for leaf in outline(new):
        _write(made, leaf.path, knowledge_text(leaf, made.folder), leaf)
    for task in tasks:
        if task.text in written:
            made.kept.append(written[task.text])
        else:
            _write(made, task.path, skill_text(task))


def _untouched(folder: Path, found: FoundDocuments, tasks: Iterable[TaskOutline]) -> Iterator[str]:
    """The leaves whose file is as it was written: blank."""
    texts = {leaf.path: knowledge_text(leaf, folder) for leaf in outline(found.documents)}
    texts |= {task.path: skill_text(task) for task in tasks}
    for path, text in texts.items():
        file = folder / path / "qna.yaml"
        if file.exists() and file.read_text(encoding="utf-8") == text:
            yield path


def _write(made: NewTaxonomy, path: str, text: str, leaf: LeafOutline | None = None) -> None:
    """Write the file of a leaf; one of the same name that is there stays, and this one moves."""
    name, number = path, 1
    while (file := made.folder / name / "qna.yaml").exists():
        number += 1
        name = f"{path}_{number}"
    if number > 1 and leaf is not None:
        text = knowledge_text(replace(leaf, path=name), made.folder)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    there = leaf.statements if leaf else []
    sections = {(one.document, one.headings) for one in there}
    documents = len(leaf.documents) if leaf else 0
    made.blank.add(name)
    made.leaves.append(NewLeaf(name, file, documents, len(sections), len(there)))


def _outside(folder: Path, found: FoundDocuments) -> tuple[Path, ...]:
    roots = dict.fromkeys(one.root for one in found.documents)
    return tuple(root for root in roots if not root.is_relative_to(folder.resolve()))


def _nothing(places: Sequence[Path], found: FoundDocuments) -> str:
    named = ", ".join(map(str, places))
    some = "; ".join(f"{name}: {why}" for name, why in list(found.left_out.items())[:5])
    return f"{named}: no document to make a leaf of{f' ({some})' if some else ''}"

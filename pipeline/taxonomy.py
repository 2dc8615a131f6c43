"""Reading a taxonomy: a folder tree whose leaves hold seeds, documents and held-out examples."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, field_validator

from pipeline.config import Strict, at, load_yaml, nearest, parse
from pipeline.documents import Document, read_document
from pipeline.errors import TaxonomyError
from pipeline.store import digest

Kind = Literal["knowledge", "foundational", "compositional"]
ROOTS: dict[str, Kind] = {
    "knowledge": "knowledge",
    "foundational_skills": "foundational",
    "compositional_skills": "compositional",
}
Text = str | int | float | bool


class QuestionAnswer(Strict):
    """One hand-written question with its answer."""

    question: str = Field(min_length=1)
    answer: str = Field(min_length=1)

    @field_validator("question", "answer", mode="before")
    @classmethod
    def _plain_scalars_are_text(cls, value: Any) -> Any:
        return _text(value)


class SeedExample(Strict):
    """A seed of a `qna.yaml`: a question and answer, or a context with several of them."""

    context: str | None = None
    """The passage that the answer rests on."""
    question: str | None = None
    answer: str | None = None
    questions_and_answers: list[QuestionAnswer] = []
    attributes: dict[str, str] = {}
    """Where in the leaf's attribute grid this example stands."""
    attribution: Any = None
    """InstructLab's older note on the origin; read, not used."""

    @field_validator("question", "answer", mode="before")
    @classmethod
    def _plain_scalars_are_text(cls, value: Any) -> Any:
        return _text(value)


class EvalExample(Strict):
    """A held-out question: never in a prompt, never in training."""

    question: str = Field(min_length=1)
    answer: str | None = None
    """A reference answer; counts as right like those under `accept`."""
    accept: list[str] = []
    """Any one, as whole words and in any case, counts as right."""
    verify: list[dict[str, Any]] = []
    """Or: every verifier passes."""

    @field_validator("answer", mode="before")
    @classmethod
    def _plain_scalars_are_text(cls, value: Any) -> Any:
        return _text(value)

    @field_validator("accept", mode="before")
    @classmethod
    def _plain_items_are_text(cls, value: Any) -> Any:
        return [_text(item) for item in value] if isinstance(value, list) else value


class DocumentSource(Strict):
    """Where a knowledge leaf's documents are: local paths (ours), a repository (InstructLab's)."""

    path: list[str] = []
    repo: str | None = None
    commit: str | None = None
    patterns: list[str] = []


class QnaFile(Strict):
    """A `qna.yaml` as written: InstructLab's keys, then ours."""

    version: int | None = None
    created_by: str | None = None
    task_description: str | None = None
    domain: str | None = None
    document_outline: str | None = None
    document: DocumentSource | None = None
    seed_examples: list[SeedExample] = Field(min_length=1)
    eval_examples: list[EvalExample] = []
    verify: list[dict[str, Any]] = []
    """Demands on every generated answer of this leaf."""
    attributes: dict[str, list[str]] = {}
    """A grid that generation covers evenly."""
    persona: Literal["precise", "creative"] | None = None
    """How the teacher answers; by default precise for knowledge and foundational skills."""
    samples: int | None = Field(None, gt=0)
    """Accepted rows wanted from this leaf."""


@dataclass(frozen=True, slots=True)
class Seed:
    """One seed question and answer, with the passage it rests on where there is one."""

    id: str
    question: str
    answer: str
    context: str | None
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """One held-out example of a leaf."""

    id: str
    question: str
    accept: tuple[str, ...]
    verify: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf of the taxonomy; `path` is its folder relative to the taxonomy, with `/`."""

    path: str
    kind: Kind
    file: Path
    task_description: str
    seeds: tuple[Seed, ...]
    held: tuple[Held, ...]
    documents: tuple[Document, ...]
    verify: tuple[dict[str, Any], ...]
    attributes: dict[str, list[str]]
    persona: Literal["precise", "creative"]
    samples: int | None


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All leaves, ordered by path; `digest` covers their content, held-out examples included."""

    folder: Path
    leaves: tuple[Leaf, ...]
    digest: str

    def leaf(self, path: str) -> Leaf:
        """The leaf at a path; raises TaxonomyError with the nearest one."""
        for leaf in self.leaves:
            if leaf.path == path:
                return leaf
        hint = nearest(path, [leaf.path for leaf in self.leaves])
        raise TaxonomyError(f"{self.folder}: no leaf '{path}'{hint}")


def load_taxonomy(folder: Path) -> Taxonomy:
    """Read every `qna.yaml` under a folder; raises TaxonomyError with file, line and path."""
    if not folder.is_dir():
        raise TaxonomyError(f"{folder}: no such taxonomy folder")
    leaves = tuple(_load_leaf(folder, file) for file in _qna_files(folder))
    if not leaves:
        roots = ", ".join(f"{root}/" for root in ROOTS)
        raise TaxonomyError(f"{folder}: no qna.yaml found under {roots}")
    return Taxonomy(folder, leaves, digest([_content(leaf) for leaf in leaves]))


def _qna_files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("qna.yaml")):
        if file.relative_to(folder).parts[0] not in ROOTS:
            roots = ", ".join(f"{root}/" for root in ROOTS)
            raise TaxonomyError(f"{file}: a leaf must stand under one of {roots}")
        yield file


def _load_leaf(taxonomy: Path, file: Path) -> Leaf:
    qna = parse(QnaFile, load_yaml(file, TaxonomyError), file, error=TaxonomyError)
    path = file.parent.relative_to(taxonomy).as_posix()
    kind = ROOTS[path.split("/")[0]]
    documents = tuple(_documents(file, qna.document)) if qna.document else ()
    if kind == "knowledge" and not documents and not any(s.context for s in qna.seed_examples):
        raise TaxonomyError(f"{file}: a knowledge leaf needs `document` or seeds with `context`")
    return Leaf(
        path=path,
        kind=kind,
        file=file,
        task_description=(
            qna.task_description or qna.document_outline or qna.domain or path
        ).strip(),
        seeds=tuple(_seeds(path, file, qna)),
        held=tuple(_held(path, file, qna)),
        documents=documents,
        verify=tuple(qna.verify),
        attributes=qna.attributes,
        persona=qna.persona or ("creative" if kind == "compositional" else "precise"),
        samples=qna.samples,
    )


def _seeds(path: str, file: Path, qna: QnaFile) -> Iterator[Seed]:
    for number, seed in enumerate(qna.seed_examples):
        pairs = [(pair.question, pair.answer) for pair in seed.questions_and_answers]
        if seed.question is not None and seed.answer is not None:
            pairs.append((seed.question, seed.answer))
        if not pairs:
            where = at(file, f"seed_examples.{number}")
            raise TaxonomyError(f"{where}: needs `question` and `answer`")
        context = seed.context.strip() if seed.context else None
        for question, answer in pairs:
            name = f"seed:{digest(path, question, answer, context)[:12]}"
            yield Seed(name, question.strip(), answer.strip(), context, seed.attributes)


def _held(path: str, file: Path, qna: QnaFile) -> Iterator[Held]:
    for number, example in enumerate(qna.eval_examples):
        accept = list(example.accept)
        if example.answer is not None and not example.verify:
            accept.insert(0, example.answer)
        if not accept and not example.verify:
            where = at(file, f"eval_examples.{number}")
            raise TaxonomyError(f"{where}: needs `answer`, `accept` or `verify`")
        yield Held(
            f"held:{digest(path, example.question)[:12]}",
            example.question.strip(),
            tuple(dict.fromkeys(text.strip() for text in accept)),
            tuple(example.verify),
        )


def _documents(file: Path, source: DocumentSource) -> Iterator[Document]:
    if source.repo:
        raise TaxonomyError(
            f"{at(file, 'document.repo')}: git documents are not fetched; copy the files beside "
            f"qna.yaml and name them with `document: {{path: [docs/*.md]}}`"
        )
    root = file.parent.resolve()
    for number, pattern in enumerate(source.path):
        where = at(file, f"document.path.{number}")
        if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            raise TaxonomyError(f"{where}: '{pattern}' leads out of the leaf's folder")
        found = sorted(path for path in root.glob(pattern) if path.is_file())
        if not found:
            raise TaxonomyError(f"{where}: '{pattern}' matches no file")
        for path in found:
            if not path.resolve().is_relative_to(root):
                raise TaxonomyError(f"{where}: '{path.name}' is a link out of the leaf's folder")
            yield read_document(path, path.relative_to(root).as_posix())


def _content(leaf: Leaf) -> list[Any]:
    seeds = [[seed.id, seed.attributes] for seed in leaf.seeds]
    held = [[held.id, held.accept, held.verify] for held in leaf.held]
    documents = [[document.name, document.digest] for document in leaf.documents]
    settings = [
        leaf.task_description,
        leaf.verify,
        leaf.attributes,
        leaf.persona,
        leaf.samples,
    ]
    return [leaf.path, seeds, held, documents, settings]


def _text(value: Any) -> Any:
    """YAML reads `answer: 12` as a number; where text is meant, that is text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, get_args(Text)) else value

"""Reading one leaf: its `qna.yaml` and documents; what is wrong in it goes to a report."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.digests import digest
from tutelage.core.text import plain
from tutelage.core.yaml_io import YamlText, read_yaml
from tutelage.taxonomy.finding import Notes, Report
from tutelage.taxonomy.leaf import ROOTS, EvalExample, Leaf, Seed
from tutelage.taxonomy.qna import keep_text
from tutelage.taxonomy.sources import read_documents
from tutelage.taxonomy.validate_partially import PartlyValid, validate_partially

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class LeafRead:
    """A leaf beside its file as written, and where to note what is wrong with it."""

    leaf: Leaf
    written: PartlyValid
    notes: Notes


def read_leaf(taxonomy: Path, file: Path, report: Report) -> LeafRead | None:
    """The leaf of a `qna.yaml`, with what is usable of it; None where nothing is."""
    notes = _read_file(taxonomy, file, report)
    if notes is None:
        return None
    for fault in notes.text.faults:
        notes.error(fault.code, "", f"not valid YAML: {fault.text}", line=fault.line)
    if notes.text.value is None:
        if not notes.text.faults:
            notes.error("no-seeds", "", "the file is empty; write `seed_examples`")
        return None
    written = validate_partially(notes.text.value, notes)
    return LeafRead(_leaf(taxonomy, written, notes), written, notes) if written else None


def _read_file(taxonomy: Path, file: Path, report: Report) -> Notes | None:
    blank = Notes(file, YamlText(None, (), None), report)
    try:
        if not file.resolve().is_relative_to(taxonomy.resolve()):
            blank.error("leaf-outside", "", "is a link out of the taxonomy; copy the file into it")
            return None
        data = file.read_bytes()
        text = data.decode("utf-8")
    except OSError as exc:
        blank.error("unreadable", "", f"cannot be read: {exc.strerror}")
        return None
    except UnicodeDecodeError as exc:
        line = data[: exc.start].count(b"\n") + 1
        message = f"is not UTF-8 text ({exc.reason}); save it as UTF-8"
        blank.error("encoding", "", message, line=line)
        return None
    if text.startswith(_BOM):
        message = "begins with a byte order mark; save it as UTF-8 without one"
        blank.warning("encoding", "", message, line=1)
    return Notes(file, read_yaml(text.removeprefix(_BOM), keep_text), report)


def _leaf(taxonomy: Path, written: PartlyValid, notes: Notes) -> Leaf:
    qna, file = written.qna, notes.file
    path = file.parent.relative_to(taxonomy).as_posix()
    kind = ROOTS[path.split("/")[0]]
    seeds = tuple(_seeds(path, written, notes))
    source = qna.document
    documents, unavailable = read_documents(source, notes) if source else ((), "")
    fetched = source if source and source.repo and not source.path else None
    grounded = source or any(seed.context for seed in seeds)
    if kind == "knowledge" and not grounded and not written.broken & {"document", "seed_examples"}:
        notes.error("no-documents", "", "a knowledge leaf needs `document` or seeds with `context`")
    return Leaf(
        path=path,
        kind=kind,
        file=file,
        task_description=(
            qna.task_description or qna.document_outline or qna.domain or path
        ).strip(),
        seeds=seeds,
        eval_examples=tuple(_held(path, written, notes)),
        documents=documents,
        verify=tuple(qna.verify),
        attributes=qna.attributes,
        persona=qna.persona or ("creative" if kind == "compositional" else "precise"),
        samples=qna.samples,
        origin=(fetched.repo or "", fetched.commit or "", *fetched.patterns) if fetched else (),
        unavailable=unavailable,
    )


def _seeds(path: str, written: PartlyValid, notes: Notes) -> Iterator[Seed]:
    if not written.seeds and "seed_examples" not in written.broken:
        notes.error("no-seeds", "seed_examples", "needs at least one example, better five")
    for place, seed in written.seeds:
        pairs = [
            (f"{place}.questions_and_answers.{number}", pair.question, pair.answer)
            for number, pair in enumerate(seed.questions_and_answers)
        ]
        if seed.question is not None and seed.answer is not None:
            pairs.append((place, seed.question, seed.answer))
        elif not pairs or seed.question is not None or seed.answer is not None:
            notes.error("incomplete-seed", place, "needs `question` and `answer`")
        context = seed.context.strip() if seed.context else None
        for where, question, answer in pairs:
            name = f"seed:{digest(path, question, answer, context)[:12]}"
            text = (question.strip(), answer.strip())
            yield Seed(name, *text, context, seed.attributes, where)


def _held(path: str, written: PartlyValid, notes: Notes) -> Iterator[EvalExample]:
    asked: dict[tuple[str, str], str] = {}
    for place, example in written.eval_examples:
        context = example.context.strip() if example.context else None
        earlier = asked.setdefault((plain(context or ""), plain(example.question)), place)
        if earlier != place:
            line = notes.text.line(f"{earlier}.question")
            message = f"asks the same as line {line} and would count twice; remove one"
            notes.error("duplicate-eval", f"{place}.question", message)
        accept = list(example.accept)
        if example.answer is not None and not example.verify:
            accept.insert(0, example.answer)
        if not accept and not example.verify:
            notes.error("unscorable", place, "needs `answer`, `accept` or `verify`")
            continue
        said = (context, example.question) if context else (example.question,)
        yield EvalExample(
            f"held:{digest(path, *said)[:12]}",
            example.question.strip(),
            tuple(dict.fromkeys(text.strip() for text in accept)),
            tuple(example.verify),
            place,
            context,
        )

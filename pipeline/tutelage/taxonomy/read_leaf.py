"""Reading one leaf: its `qna.yaml` and documents; what is wrong in it goes to a report."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tutelage.core.yaml_io import YamlText, read_yaml
from tutelage.taxonomy.attribute_rules import rules_of, values_of
from tutelage.taxonomy.examples import ExampleReader
from tutelage.taxonomy.finding import Notes, Report
from tutelage.taxonomy.leaf import ROOTS, Leaf
from tutelage.taxonomy.qna import keep_text
from tutelage.taxonomy.read_tools import check_calls, read_tools
from tutelage.taxonomy.sources import read_documents
from tutelage.taxonomy.validate_partially import PartlyValid, validate_partially

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class LeafRead:
    """A leaf beside its file as written, and where to note what is wrong with it."""

    leaf: Leaf
    written: PartlyValid
    notes: Notes


def read_leaf(
    taxonomy: Path,
    file: Path,
    report: Report,
    documents: Sequence[Path] = (),
    *,
    unfinished: bool = False,
) -> LeafRead | None:
    """The leaf of a `qna.yaml`, with what is usable of it; None where nothing is.

    `documents` and `unfinished` as for `load_taxonomy`.
    """
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
    if written is None:
        return None
    examples = ExampleReader(_path(taxonomy, file), written, notes, unfinished)
    leaf = _leaf(examples, (taxonomy, *documents))
    return LeafRead(leaf, written, notes)


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


def _path(taxonomy: Path, file: Path) -> str:
    return file.parent.relative_to(taxonomy).as_posix()


def _leaf(examples: ExampleReader, folders: Sequence[Path]) -> Leaf:
    """A leaf, whose documents may lie in some folders."""
    written, notes, path = examples.written, examples.notes, examples.path
    qna, kind = written.qna, ROOTS[path.split("/")[0]]
    seeds, held = examples.seeds(), examples.eval_examples()
    source = qna.document
    documents, unavailable = read_documents(source, notes, folders) if source else ((), "")
    fetched = source if source and source.repo and not source.path else None
    tools = read_tools(qna.tools, notes)
    check_calls(tools, written, notes)
    grounded = source or any(seed.context for _, seed in written.seeds)
    if kind == "knowledge" and not grounded and not written.broken & {"document", "seed_examples"}:
        notes.error("no-documents", "", "a knowledge leaf needs `document` or seeds with `context`")
    return Leaf(
        path=path,
        kind=kind,
        file=notes.file,
        task_description=(
            qna.task_description or qna.document_outline or qna.domain or path
        ).strip(),
        seeds=seeds,
        eval_examples=held,
        documents=documents,
        verify=tuple(qna.verify),
        attributes={name: values_of(one) for name, one in qna.attributes.items()},
        tools=tools,
        conversations=examples.conversations(),
        attribute_rules=rules_of(qna.attributes, notes),
        persona=qna.persona or ("creative" if kind == "compositional" else "precise"),
        samples=qna.samples,
        origin=(fetched.repo or "", fetched.commit or "", *fetched.patterns) if fetched else (),
        unavailable=unavailable,
        waiting=examples.waiting,
    )

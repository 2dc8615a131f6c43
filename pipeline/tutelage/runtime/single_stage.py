"""One stage alone, on the user's own files: what `tutelage stage` does."""

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tutelage.contract.call_stage import count_inputs, import_weights
from tutelage.contract.context import Progress, local_context
from tutelage.contract.empty_stage import why_empty
from tutelage.contract.inputs import Input
from tutelage.contract.known_inputs import known_inputs
from tutelage.contract.plain_inputs import make_input
from tutelage.contract.stage import Stage, carry_out
from tutelage.core.artifacts import Checkpoint, Rows
from tutelage.core.config import parse, parse_yaml, read_setting
from tutelage.core.errors import InputError, RecipeError
from tutelage.core.json_files import write_json
from tutelage.core.nearest import nearest
from tutelage.core.store import MANIFEST
from tutelage.models.journal import JOURNAL
from tutelage.models.model import Model
from tutelage.recipe.shipped import find_taxonomy
from tutelage.runtime.contamination_check import refuse_examined
from tutelage.runtime.keys import Given
from tutelage.runtime.record import Made, in_stage, manifest, refuse_empty
from tutelage.stages import find_stage
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.taxonomy.load import load_taxonomy

_TAXONOMY = "taxonomy"


def run_alone(
    name: str,
    given: list[str],
    out: Path,
    sets: list[str],
    taxonomy: str | Path | None,
    seed: int,
    progress: Progress,
    documents: Sequence[Path] = (),
) -> None:
    """Run a stage with inputs `name=file` and fields `name=value`; its artifact goes to `out`."""
    _check_place(out)
    kind = find_stage(name)
    stage = parse(kind, _fields(sets), f"stage {name}", error=RecipeError)
    loaded = _taxonomy(taxonomy, given, documents)
    stage.check(loaded)
    inputs = _inputs(kind, given, loaded)
    stage.check_inputs(count_inputs(inputs), loaded)
    stage.check_known(known_inputs(inputs), loaded)
    refuse_examined(stage, inputs.values(), loaded)
    context, began = local_context(out, name, seed, progress), time.monotonic()
    (out / MANIFEST).unlink(missing_ok=True)
    try:
        artifact = carry_out(stage, context, import_weights(stage, inputs, context))
        content = artifact.save(out)
    except (Exception, KeyboardInterrupt) as exc:
        raise in_stage(exc, name) from exc
    finally:
        context.pool.release()
        context.journal.close()
    context.ledger.save(out / "ledger.jsonl")
    made = manifest(name, stage, _files(given), artifact, content, context.ledger)
    seconds = time.monotonic() - began
    made |= {"seed": seed, "seconds": seconds}
    made["empty"] = why_empty(stage, artifact, inputs, context.ledger.total().requests)
    write_json(out / MANIFEST, made)
    if isinstance(artifact, Rows):
        write_json(out / "funnel.json", artifact.funnel())
        progress.say(f"{name}: {_in_words(artifact)}")
    progress.say(f"written to {out}")
    done = Made(name, out, made, hit=False, seconds=seconds)
    refuse_empty(done, stage, f"tutelage show {out}", "--set allow_empty=true")


def _check_place(out: Path) -> None:
    """Raise InputError where there is something that no stage made here, or began to make."""
    if (out / JOURNAL).exists():
        return
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(
            f"{out}: exists and is not a result of `tutelage stage`; give a new folder"
        )


def _files(given: list[str]) -> Given:
    """The inputs as a manifest names them."""
    found: Given = {}
    for text in given:
        name, _, value = text.partition("=")
        found.setdefault(name, []).append({"file": value})
    return found


def _in_words(rows: Rows) -> str:
    """`412 rows kept, 188 rejected: too_short 120, exact_duplicate 68`."""
    reasons: Counter[str] = Counter()
    for counts in rows.funnel().values():
        reasons.update(counts["rejected"])
    why = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
    said = f"{len(rows.kept)} rows kept, {len(rows.rejected)} rejected"
    return f"{said}: {why}" if why else said


def _fields(sets: list[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for text in sets:
        (*parents, last), value = read_setting(text, RecipeError)
        node: Any = fields
        for number, part in enumerate(parents, 1):
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                parent = ".".join(parents[:number])
                raise RecipeError(f"--set {text}: '{parent}' is not a mapping")
        node[last] = value
    return fields


def _taxonomy(
    folder: str | Path | None, given: list[str], documents: Sequence[Path]
) -> Taxonomy | None:
    """The taxonomy of `--taxonomy` or of `--in taxonomy=`: a folder, or the name of a shipped one.

    Every stage that works on one calls its input so.
    """
    beginning = f"{_TAXONOMY}="
    named = [text.removeprefix(beginning) for text in given if text.startswith(beginning)]
    if named and folder is not None:
        raise RecipeError(f"--in {_TAXONOMY}={named[-1]}: there is a --taxonomy too; give one")
    if named:
        return load_taxonomy(find_taxonomy(named[-1], f"--in {_TAXONOMY}"), documents)
    return load_taxonomy(find_taxonomy(folder), documents) if folder else None


def _inputs(kind: type[Stage], given: list[str], taxonomy: Taxonomy | None) -> dict[str, Any]:
    wanted = kind.inputs()
    found: dict[str, Any] = {}
    texts: dict[str, list[Any]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise RecipeError(f"--in {text}: write it as name=file")
        if name not in wanted:
            raise RecipeError(f"--in {text}: no input '{name}'{nearest(name, wanted)}")
        if wanted[name].type is not Taxonomy:  # that is read already
            texts.setdefault(name, []).append(_read(wanted[name], value))
    for name, values in texts.items():
        entry = wanted[name]
        found[name] = make_input(entry, values if entry.many else values[-1], f"--in {name}")
    for name, entry in wanted.items():
        if entry.type is Taxonomy and taxonomy is not None:
            found[name] = taxonomy
        if entry.required and name not in found:
            how = "--taxonomy DIR" if entry.type is Taxonomy else f"--in {name}=..."
            raise RecipeError(f"input '{name}' is required: give {how}")
    return found


def _read(entry: Input, value: str) -> Any:
    """What a text of `--in` says: a model may have settings, a folder need not begin with ./ ."""
    if entry.type is Model and value.startswith("{"):
        return parse_yaml(value, f"--in {entry.name}", RecipeError)
    return f"./{value}" if entry.type is Checkpoint and "/" not in value else value

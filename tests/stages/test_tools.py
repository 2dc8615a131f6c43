"""Tool use: functions and schemas as tools, calls that are run, answers that use results."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tutelage.contract.context import Context
from tutelage.core.artifacts import Row, Rows
from tutelage.core.errors import TaxonomyError
from tutelage.generation.tool_use import failure_in, uses
from tutelage.models.chat import Message
from tutelage.stages import SFT, Tools
from tutelage.taxonomy.leaf import Taxonomy
from tutelage.taxonomy.load import load_taxonomy
from tutelage.taxonomy.tool import tools_of_file
from tutelage.verifiers.tool_calls import ToolInvocation, misfit
from tutelage.verifiers.verifier import build_verifiers

from tests.stages.fakes import scripted
from tests.trees import plant, write

PATH = "compositional_skills/pilot"
LEAF = """
task_description: Help pilots with depths and tides.
tools:
  - depths.py
  - {name: tide, description: The tide of a place., parameters:
      {type: object, properties: {place: {type: string}}, required: [place]}}
seed_examples:
  - {question: How deep is berth 7?, answer: 4.5 metres}
"""
CODE = '''
from typing import Literal

_DEPTHS = {7: 4.5}


def depth(berth: int, unit: Literal["m", "ft"] = "m") -> dict[str, float]:
    """The depth of a berth.

    More of it.
    """
    return {"depth": _DEPTHS[berth] * (1 if unit == "m" else 3.28)}


def wait(seconds: float) -> None:
    """Wait for a while."""
    open("/etc/passwd").read()
'''
_NAMED = re.compile(r'"name": "(\w+)"')
CALLS = {
    "depth": {"name": "depth", "arguments": {"berth": 7}},
    "tide": {"name": "tide", "arguments": {"place": "Elsmere"}},
    "wait": {"name": "wait", "arguments": {"seconds": 1}},
}


def pilot(messages: tuple[Message, ...], seed: int) -> str:
    """Asks for what the tool is for, calls it, says what it returned."""
    asked = messages[-1]["content"]
    if "Write what it returns" in asked:
        return '{"height": "low water"}'
    if "needs none" in asked or "Hello" in asked:
        return f"Hello {seed}."
    if "Write a request" in asked:
        return f"Use {_NAMED.findall(asked)[0]}, {seed}."
    if result := re.search(r"<(result-\w+)>\n(.*?)\n</\1>", asked, re.DOTALL):
        return f"It is {next(iter(json.loads(result[2]).values()))}."
    return json.dumps(CALLS[re.findall(r"Use (\w+)", asked)[0]])


def careless(messages: tuple[Message, ...], seed: int) -> str:
    """Calls with arguments that do not fit."""
    if "Write a request" in messages[-1]["content"]:
        return f"What of {seed}?"
    return '{"name": "depth", "arguments": {"berth": "seven"}}'


def forgetful(messages: tuple[Message, ...], seed: int) -> str:
    """Does not say what was returned."""
    said = pilot(messages, seed)
    return "I do not know." if said.startswith("It is") else said


@pytest.fixture
def tree(tmp_path: Path) -> Taxonomy:
    write(tmp_path / "tree" / PATH / "depths.py", CODE)
    return load_taxonomy(plant(tmp_path / "tree", {PATH: LEAF}))


def made(context: Context, tree: Taxonomy, name: str, **fields: Any) -> Rows:
    stage = Tools.model_validate({"samples": 9} | fields)
    stage.check(tree)
    rows: Rows = stage.run(context, tree, scripted(name, __name__))
    return rows


def test_functions_and_schemas_become_tools(tree: Taxonomy) -> None:
    depth, wait, tide = tree.leaf(PATH).tools
    assert (depth.name, wait.name, tide.name) == ("depth", "wait", "tide")
    assert depth.description == "The depth of a berth."
    assert depth.parameters["properties"]["unit"] == {"enum": ["m", "ft"]}
    assert depth.parameters["required"] == ["berth"]


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        ("Optional[int]", {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        ("int | None", {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        ("typing.List[str]", {"type": "array", "items": {"type": "string"}}),
        ("Union[int, str]", {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
        ("Dict[str, int]", {"type": "object"}),
        ("typing.Dict", {"type": "object"}),
    ],
)
def test_annotations_become_schemas(
    tmp_path: Path, annotation: str, schema: dict[str, Any]
) -> None:
    file = write(tmp_path / "t.py", f'def f(x: {annotation}):\n    """Do."""\n')
    (tool,) = tools_of_file(file)
    assert tool.parameters["properties"] == {"x": schema}


def test_calls_are_run_and_their_results_used(context: Context, tree: Taxonomy) -> None:
    rows = made(context, tree, "pilot", no_call=0)
    by_tool: dict[str, list[Row]] = {}
    for row in rows.kept:
        by_tool.setdefault(row["tool"], []).append(row)
    assert set(by_tool) == {"depth", "tide"} and len(rows.kept) == 6
    (first, *_) = by_tool["depth"]
    _, call, result, answer = first["messages"]
    assert call["tool_calls"][0]["function"] == CALLS["depth"]
    assert result == {"role": "tool", "name": "depth", "content": '{"depth": 4.5}'}
    assert answer["content"] == "It is 4.5."
    assert len(first["tools"]) == 3  # one needed, two beside it
    assert SFT(learning_rate=1e-3).columns(first)["tools"] == first["tools"]
    # A tool cannot read beyond the sandbox, which is told.
    assert all("'wait' failed" in row["reason"] for row in rows.rejected)


def test_a_share_needs_no_tool(context: Context, tree: Taxonomy, tmp_path: Path) -> None:
    rows = made(context, tree, "pilot", no_call=0.9)
    plain = [row for row in rows.kept if not row["tool"]]
    assert plain and all([t["role"] for t in r["messages"]] == ["user", "assistant"] for r in plain)
    rows.save(tmp_path / "rows")
    assert Rows.load(tmp_path / "rows").kept[0]["messages"] == rows.kept[0]["messages"]


@pytest.mark.parametrize(
    ("name", "why"),
    [("careless", "the arguments of 'depth' do not fit"), ("forgetful", "does not use what")],
)
def test_what_does_not_hold_is_rejected(
    context: Context, tree: Taxonomy, name: str, why: str
) -> None:
    rows = made(context, tree, name, no_call=0)
    assert not rows.kept and any(why in row["reason"] for row in rows.rejected)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("[1]", "tools.0: is no tool|tools.0"),
        ("[{description: x}]", "tools.0: needs a `name`"),
        ("[{name: a, parameters: {type: thing}}]", "tool 'a': `parameters` are no JSON Schema"),
        ("[{name: a, parameters: {type: array}}]", "must be a schema of `type: object`"),
        ("[none.py]", "none.py: cannot be read"),
        ("[../../x.py]", "leads out of the leaf's folder"),
        ("[bare.py]", "tool 'f': argument 'x' needs a type"),
        ("[broken.py]", "broken.py: is no Python"),
        ("[empty.py]", "empty.py: has no public function"),
        ("[{name: a}, {name: a}]", "a tool 'a' stands above already"),
        (
            "[{name: a, parameters: {type: object, properties: {x: {$ref: '#/$defs/no'}}}}]",
            "no JSON Schema: it refers to",
        ),
        (
            "[{name: a, parameters: {type: object, properties: {x: {$ref: 'http://h/x.json'}}}}]",
            "no JSON Schema: it refers to http://h/x.json, which is not in it",
        ),
        (
            "[{name: a, parameters: {type: object, properties: {x: {$ref: '#/properties/x'}}}}]",
            "no JSON Schema: it refers to itself without end",
        ),
    ],
)
def test_a_schema_that_is_none_is_said_ahead(tmp_path: Path, entry: str, message: str) -> None:
    folder = tmp_path / "tree" / PATH
    write(folder / "bare.py", 'def f(x):\n    """Do."""\n')
    write(folder / "broken.py", "def f(:\n")
    write(folder / "empty.py", "X = 1\n")
    text = re.sub(
        r"tools:.*?seed_examples", f"tools: {entry}\nseed_examples", LEAF, flags=re.DOTALL
    )
    with pytest.raises(TaxonomyError, match=message):
        load_taxonomy(plant(tmp_path / "tree", {PATH: text}))


def test_the_scripted_teacher_calls_tools(context: Context, tree: Taxonomy) -> None:
    rows = Tools(samples=9, leaves=[PATH], no_call=0.3).run(context, tree, scripted())
    used = {row["tool"] for row in rows.kept}
    assert {"", "tide"} <= used


def garbled(messages: tuple[Message, ...], seed: int) -> str:
    """Writes what nobody can read as a call."""
    asked = messages[-1]["content"]
    if "Write a request" in asked:
        return f"Use it, {seed}."
    return '<tool_call>{"berth": }</tool_call>'


def test_a_call_that_cannot_be_read_is_no_answer(context: Context, tree: Taxonomy) -> None:
    rows = made(context, tree, "garbled", no_call=0.9)
    assert not rows.kept
    assert {row["reason"] for row in rows.rejected} == {"tool: a call that cannot be read"}


def test_a_file_that_cannot_be_loaded_is_said_ahead(tmp_path: Path) -> None:
    code = CODE.replace("_DEPTHS = {7: 4.5}", "raise ValueError('no depths today')")
    write(tmp_path / "tree" / PATH / "depths.py", code)
    taxonomy = load_taxonomy(plant(tmp_path / "tree", {PATH: LEAF}))
    with pytest.raises(TaxonomyError, match=r"depth, wait cannot be loaded.*no depths today"):
        Tools().check(taxonomy)


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("It is calm.", True),
        ("Write `name` there.", True),
        ('{"name": "depth", "arguments": {}}', False),
        ('<tool_call>{"name": "depth", "arguments": {}', False),
        ("<tool_call>depth of 7</tool_call>", False),
        ('I look.\n```json\n{"name": "depth", "arguments": {"berth": 7}}\n```', False),
    ],
)
def test_who_needs_no_tool_must_not_try_to_call_one(text: str, passes: bool) -> None:
    (verifier,) = build_verifiers([{"tool_call": {"none": True}}], "verify")
    assert (verifier.check(text, {}) is None) == passes


def test_what_was_known_before_is_not_what_a_tool_returned() -> None:
    result = {"place": "Elsmere", "leaves": "14:20"}
    known = ["When is the ferry to Elsmere?"]
    assert not uses("I find no ferry to Elsmere.", result, known)
    assert uses("It leaves Elsmere at 14:20.", result, known)
    assert failure_in({"error": "no such place"}) == "no such place"
    assert failure_in({"error": None, "depth": 4}) is None


def test_results_of_any_size_are_compared() -> None:
    assert uses(f"It is {10**400}.", 10**400) and not uses("It is 4.", 10**400)
    deep: Any = "harbour"
    for _ in range(5000):
        deep = [deep]
    assert uses("In the harbour.", deep) and not uses("At sea.", deep)


def test_arguments_that_no_schema_names_are_made_up(tree: Taxonomy) -> None:
    tools = [tool.schema for tool in tree.leaf(PATH).tools]
    call = ToolInvocation("tide", {"place": "Elsmere", "wheelchair": True})
    assert misfit(call, tools) == "'tide' has no argument 'wheelchair'"
    assert misfit(ToolInvocation("tide", {"place": "Elsmere"}), tools) is None


def test_a_taxonomy_without_tools_is_said_ahead(taxonomy: Taxonomy) -> None:
    with pytest.raises(TaxonomyError, match="no leaf to work on has `tools`"):
        Tools().check(taxonomy)


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ('{"name": "depth", "arguments": {"berth": 7, "unit": "m"}}', 1.0),
        ('<tool_call>\n{"name": "depth", "arguments": {"berth": 7}}\n</tool_call>', 0.75),
        (
            '{"function": {"name": "depth", "arguments": "{\\"berth\\": 7, \\"unit\\": \\"m\\"}"}}',
            1.0,
        ),
        ('{"name": "tide", "arguments": {}}', 0.0),
        ("It is 7 metres.", 0.0),
        (
            '<tool_call>{"name": "depth", "arguments": {"berth": 7, "unit": "m"}}</tool_call>'
            '<tool_call>{"name": "tide", "arguments": {}}</tool_call>',
            0.0,
        ),
    ],
)
def test_a_call_is_scored_by_name_and_arguments(answer: str, score: float) -> None:
    demand = {"tool_call": {"name": "depth", "arguments": {"berth": 7, "unit": "m"}}}
    (verifier,) = build_verifiers([demand], "verify")
    found = verifier.score(answer, {})
    assert found.value == score and bool(found.reason) == (score < 1)
    (none,) = build_verifiers([{"tool_call": {"none": True}}], "verify")
    assert none.score(answer, {}).value == (1.0 if answer.startswith("It") else 0.0)

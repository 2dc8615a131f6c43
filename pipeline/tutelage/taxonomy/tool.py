"""Tools of a leaf: schemas as written, or the functions of a Python file.

A function becomes a schema by its annotations and its docstring. The file is never imported: its
code runs in the sandbox alone.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import regex

from tutelage.core.json_schemas import FAILS, checked_schema, validator_of

_NAME = regex.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_MOST_BYTES = 200_000


class ToolError(ValueError):
    """What is wrong with a tool, in a sentence."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that a model may call; `code` is the Python file that its function stands in."""

    name: str
    description: str
    parameters: dict[str, Any]
    code: str = ""

    @property
    def schema(self) -> dict[str, Any]:
        """The tool in the form that chat templates and servers take."""
        function = {"name": self.name, "description": self.description}
        return {"type": "function", "function": function | {"parameters": self.parameters}}

    def misfit(self, arguments: Mapping[str, Any]) -> str | None:
        """Why the tool takes no call with these arguments, whatever else is given; None where it
        does."""
        return misfit_of(self.name, arguments, self.parameters | {"required": []})


def misfit_of(name: str, arguments: Mapping[str, Any], parameters: Mapping[str, Any]) -> str | None:
    """Why a call's arguments do not fit a tool's schema; None where they do.

    An argument that the schema does not name is made up, unless it says that it takes others.
    """
    named = parameters.get("properties")
    takes_more = parameters.get("additionalProperties") or parameters.get("patternProperties")
    unknown = set() if named is None or takes_more else set(arguments) - set(named)
    if unknown:
        return f"'{name}' has no argument '{min(unknown)}'"
    try:
        problem = next(validator_of(parameters).iter_errors(dict(arguments)), None)
    except FAILS as exc:
        return f"the arguments of '{name}' cannot be held against its schema: {type(exc).__name__}"
    return problem and f"the arguments of '{name}' do not fit: {problem.message}"[:200]


def tool_of_schema(given: Any) -> Tool:
    """A tool of its schema: OpenAI's form, or what stands in it; raises ToolError."""
    function = given.get("function", given) if isinstance(given, dict) else None
    if not isinstance(function, dict):
        raise ToolError("is no tool: write `name`, `description` and `parameters`")
    name = function.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ToolError("needs a `name` of letters, digits, `_` and `-`")
    parameters = function.get("parameters", {"type": "object", "properties": {}})
    try:
        checked_schema(parameters if isinstance(parameters, dict) else {})
    except ValueError as exc:
        raise ToolError(f"tool '{name}': `parameters` are no JSON Schema: {exc}") from exc
    if not isinstance(parameters, dict) or parameters.get("type") != "object":
        raise ToolError(f"tool '{name}': `parameters` must be a schema of `type: object`")
    return Tool(name, str(function.get("description") or ""), parameters)


def tools_of_file(file: Path) -> list[Tool]:
    """The public functions of a Python file; raises ToolError for what cannot be a tool."""
    try:
        code = file.read_text(encoding="utf-8")
        tree = ast.parse(code)
    except OSError as exc:
        raise ToolError(f"{file.name}: cannot be read: {exc.strerror}") from exc
    except (SyntaxError, ValueError) as exc:
        raise ToolError(f"{file.name}: is no Python: {exc}") from exc
    if len(code) > _MOST_BYTES:
        raise ToolError(f"{file.name}: is longer than {_MOST_BYTES} letters")
    public = [f for f in tree.body if isinstance(f, ast.FunctionDef) and not f.name.startswith("_")]
    if not public:
        raise ToolError(f"{file.name}: has no public function; each becomes a tool")
    return [_tool(function, code) for function in public]


def _tool(function: ast.FunctionDef, code: str) -> Tool:
    arguments = function.args
    if arguments.vararg or arguments.kwarg or arguments.posonlyargs:
        raise ToolError(f"tool '{function.name}': takes arguments without a name of their own")
    text = (ast.get_docstring(function) or "").partition("\n\n")[0]
    if not text:
        raise ToolError(f"tool '{function.name}': needs a docstring that says what it does")
    given = [*arguments.args, *arguments.kwonlyargs]
    without = len(arguments.args) - len(arguments.defaults)
    defaults = [None] * without + list(arguments.defaults) + list(arguments.kw_defaults)
    required = [one.arg for one, default in zip(given, defaults, strict=True) if default is None]
    parameters = {
        "type": "object",
        "properties": {one.arg: _schema(one, function.name) for one in given},
        "required": required,
        "additionalProperties": False,
    }
    return Tool(function.name, " ".join(text.split()), parameters, code)


def _schema(argument: ast.arg, function: str) -> dict[str, Any]:
    if argument.annotation is None:
        raise ToolError(f"tool '{function}': argument '{argument.arg}' needs a type")
    try:
        return _typed(argument.annotation)
    except ToolError as exc:
        raise ToolError(f"tool '{function}': argument '{argument.arg}': {exc}") from exc


def _typed(node: ast.expr) -> dict[str, Any]:
    """The schema of an annotation."""
    match node:
        case ast.Name(id=name) if name in _TYPES:
            return {"type": _TYPES[name]}
        case ast.Attribute(value=ast.Name(id="typing"), attr=name):
            return _typed(ast.Name(name))
        case ast.Subscript(
            value=ast.Attribute(value=ast.Name(id="typing"), attr=name), slice=inner
        ):
            return _typed(ast.Subscript(ast.Name(name), inner))
        case ast.Name(id="list" | "List"):
            return {"type": "array"}
        case ast.Name(id="dict" | "Dict") | ast.Subscript(value=ast.Name(id="dict" | "Dict")):
            return {"type": "object"}
        case ast.Subscript(value=ast.Name(id="list" | "List"), slice=inner):
            return {"type": "array", "items": _typed(inner)}
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            return {"anyOf": [_typed(inner), {"type": "null"}]}
        case ast.Subscript(value=ast.Name(id="Union"), slice=ast.Tuple(elts=several)):
            return {"anyOf": [_typed(one) for one in several]}
        case ast.Subscript(value=ast.Name(id="Literal"), slice=inner):
            return {"enum": list(_literals(inner))}
        case ast.Constant(value=None):
            return {"type": "null"}
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return {"anyOf": [_typed(left), _typed(right)]}
    raise ToolError(
        f"the type `{ast.unparse(node)}` has no JSON Schema; use str, int, list[str] ..."
    )


def _literals(node: ast.expr) -> Iterator[Any]:
    for one in node.elts if isinstance(node, ast.Tuple) else [node]:
        if not isinstance(one, ast.Constant):
            raise ToolError(f"`{ast.unparse(one)}` is no value of a Literal")
        yield one.value

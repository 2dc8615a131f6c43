"""Whatever the code reads of a row, or writes into one, is a column that the reference explains."""

import ast
from collections.abc import Iterator
from pathlib import Path

import tutelage
from tutelage.core.row_columns import ROW_COLUMNS

PACKAGE = Path(tutelage.__file__).parent
Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_every_column_of_a_row_is_explained() -> None:
    unknown = {
        f"{file.relative_to(PACKAGE)}:{line}: {name}"
        for file in PACKAGE.rglob("*.py")
        if "row_formats" not in file.parts  # other tools' columns
        for name, line in _columns(ast.parse(file.read_text(encoding="utf-8")))
        if name not in ROW_COLUMNS
    }
    assert not unknown


def test_what_is_looked_for_is_found() -> None:
    """The check itself: columns of parameters and variables of the type `Row`, of nothing else."""
    text = """
def one(row: Row, other: dict, rows: list[Row]) -> Row:
    made: Row = {"id": row["id"], "leaf": row.get("laef")}
    made |= {"text": other["no_column"]}
    return made | {"reason": made.pop("score")}
"""
    found = {name for name, _ in _columns(ast.parse(text))}
    assert found == {"id", "leaf", "laef", "text", "reason", "score"}


def _columns(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The columns that functions name of rows, each with its line."""
    for function in ast.walk(tree):
        if isinstance(function, Function):
            names = set(_rows_in(function))
            for node in ast.walk(function):
                yield from _named(node, names)


def _rows_in(function: Function) -> Iterator[str]:
    """The parameters and variables of a function whose type is `Row`."""
    arguments = function.args
    for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if _is_row(one.annotation):
            yield one.arg
    annotated = (node for node in ast.walk(function) if isinstance(node, ast.AnnAssign))
    for node in annotated:
        if isinstance(node.target, ast.Name) and _is_row(node.annotation):
            yield node.target.id


def _is_row(annotation: ast.expr | None) -> bool:
    return isinstance(annotation, ast.Name) and annotation.id == "Row"


def _named(node: ast.AST, rows: set[str]) -> Iterator[tuple[str, int]]:
    """The columns that one node of the tree names."""
    parts: list[ast.expr | None] = []
    if isinstance(node, ast.Subscript) and _is_one(node.value, rows):
        parts = [node.slice]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in ("get", "pop") and _is_one(node.func.value, rows):
            parts = list(node.args[:1])
    elif isinstance(node, ast.AnnAssign | ast.AugAssign) and _is_one(node.target, rows):
        parts = list(node.value.keys) if isinstance(node.value, ast.Dict) else []
    elif isinstance(node, ast.BinOp) and _is_one(node.left, rows):
        parts = list(node.right.keys) if isinstance(node.right, ast.Dict) else []
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value, part.lineno


def _is_one(node: ast.expr, rows: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in rows

"""What the fields of a pydantic class mean: the docstrings under them, for help and docs."""

import ast
import inspect
import textwrap
from itertools import pairwise, takewhile

from pydantic import BaseModel


def field_texts(kind: type[BaseModel]) -> dict[str, str]:
    """The docstrings under a class's fields, and under those it inherits, by the field's name.

    Read when they are shown: pydantic would read the source of every class at every start.
    """
    texts: dict[str, str] = {}
    for base in takewhile(lambda base: base is not BaseModel, kind.__mro__):
        (body,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        assert isinstance(body, ast.ClassDef)
        for field, text in pairwise(body.body):
            match field, text:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(words))),
                ):
                    texts.setdefault(name, inspect.cleandoc(words))
    return texts

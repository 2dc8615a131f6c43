"""What the scripted model answers to the prompts of the further ways to write data."""

import json
import re
from typing import Any

from tutelage.core.fences import unfenced

_LISTED = re.compile(r"Write (\d+) (?:different|simpler) (topics|subtopics|questions).*")
_SAYS_FLAW = ("Say in one or two sentences where the answer", "Who is likely")
_WRITES_ANEW = ("Write the answer", "Write what comes next", "Write the request", "Translate this")
_USER_SPEAKS = ("Write the first thing that the user", "Write what the user says next")


def reply(asked: str, seed: int) -> str | None:
    """The answer to the last turn of a prompt; None where it is of no such way."""
    last = (asked.splitlines() or [""])[-1]
    if found := _LISTED.fullmatch(last):
        count = min(int(found[1]), 9)
        return numbered([f"The {found[2].rstrip('s')} {(seed + n) % 997}" for n in range(count)])
    if last == "New instruction:":
        return f"{_shown(asked, 'instruction')} Say why, in point {seed % 97}."
    if "Answer with the word `Same` or `Different`." in asked:
        return "Different"
    if last.startswith(_SAYS_FLAW):
        return f"It could be said in fewer words, for reader {seed % 97}."
    if last.startswith(_WRITES_ANEW):
        return f"So it is, in other words, {seed % 997}."
    if last.startswith("Write ") and ", for " in last and "Use the word" in last:
        words = re.findall(r'"([^"]+)"', last)
        return f"This is text {seed % 997} of {', '.join(words)}. It ends here."
    if last.startswith(_USER_SPEAKS):
        return f"What about matter {seed % 997}?"
    return _with_tools(asked, last, seed)


def numbered(texts: list[str]) -> str:
    """Texts as a numbered list."""
    return "\n".join(f"{number}. {text}" for number, text in enumerate(texts, 1))


def _with_tools(asked: str, last: str, seed: int) -> str | None:
    """A request that names the tool it needs, the call of a tool that is named, what a tool
    returns, and an answer that says it."""
    if last.startswith("Write a request of a user for which the assistant needs this tool"):
        return f"Please use {json.loads(_shown(asked, 'tool'))['name']} for case {seed % 997}."
    if last.startswith("Write a request of a user, on the same matter"):
        return f"Please greet guest {seed % 997}."
    if last.startswith("Write the call, or the answer in words"):
        request = _shown(asked, "request")
        for tool in map(json.loads, _shown(asked, "tools").splitlines()):
            if re.search(rf"\b{re.escape(tool['name'])}\b", request):
                arguments = _of_schema(tool["parameters"], seed)
                return json.dumps({"name": tool["name"], "arguments": arguments})
        return f"Good day, this is answer {seed % 997}."
    if last.startswith("Write your next call, or the answer to the user"):
        return f"The tool says: {_shown(asked, 'result')}"
    return f'{{"value": {seed % 97}}}' if last == "Write what it returns." else None


def _of_schema(schema: dict[str, Any], seed: int) -> Any:
    """A value of a JSON Schema, of its commonest keywords."""
    if "enum" in schema:
        return schema["enum"][seed % len(schema["enum"])]
    if "anyOf" in schema:
        return _of_schema(schema["anyOf"][0], seed)
    kind = schema.get("type", "string")
    if kind == "object":
        named = schema.get("properties", {})
        required = schema.get("required", [])
        return {name: _of_schema(named.get(name, {}), seed) for name in required}
    if kind == "array":
        return [_of_schema(schema.get("items", {}), seed)]
    values = {"integer": 3, "number": 3.5, "boolean": True, "null": None}
    return values.get(kind, f"case {seed % 997}")


def _shown(asked: str, name: str) -> str:
    """The last text that a prompt shows under a name."""
    found = re.findall(rf"<({name}-\w+)>\n(.*?)\n</\1>", asked, re.DOTALL)
    return unfenced(found[-1][1]) if found else ""

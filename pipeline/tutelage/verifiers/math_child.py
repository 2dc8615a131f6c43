"""The child that compares mathematics: `math_equal` starts it as a file; nothing imports it.

One line of JSON in ({"wanted", "found"}), one out (true or false). Simplifying may take for ever or
all memory: the parent ends the child then. math-verify's own limit is a signal that works in a main
thread alone, so it is off here.
"""

import contextlib
import json
import logging
import sys

_MEMORY = 2 << 30


def main() -> None:
    """Answer line by line until the input ends."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    logging.disable(logging.CRITICAL)
    sys.set_int_max_str_digits(10_000)
    import math_verify  # type: ignore[import-untyped]

    for line in sys.stdin:
        pair = json.loads(line)
        try:
            wanted = math_verify.parse(f"${pair['wanted']}$", parsing_timeout=None)
            same = any(
                math_verify.verify(
                    wanted, math_verify.parse(text, parsing_timeout=None), timeout_seconds=None
                )
                for text in (pair["found"], f"${pair['found']}$")
            )
        except (
            Exception
        ):  # whatever a parser of other people's text raises, they are not shown equal
            same = False
        print(json.dumps(bool(same)), flush=True)


if __name__ == "__main__":
    main()

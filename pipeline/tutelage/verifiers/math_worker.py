"""The child that compares formulas with math-verify: `math_equal` starts it as a file.

A line of JSON with two formulas comes in, `1` or `0` goes out; the parent bounds the time.
"""

import json
import logging
import sys


def main() -> None:
    """Answer until standard input closes."""
    logging.disable(logging.CRITICAL)
    from math_verify import parse, verify

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        try:
            sides = [
                parse(text if "$" in text else f"${text}$", parsing_timeout=None)
                for text in json.loads(line)
            ]
            equal = all(sides) and verify(*sides, timeout_seconds=None)
        except Exception:  # whatever a parser of others' texts may raise
            equal = False
        sys.stdout.write(f"{int(bool(equal))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

"""How commands answer: results on stdout, the rest on stderr."""

import json
import sys
from typing import Any


def say(text: str) -> None:
    """What is not a result: a remark, an error."""
    print(text, file=sys.stderr, flush=True)


def answer(value: Any, as_json: bool, text: str) -> None:
    """A result, as JSON or as text."""
    print(json.dumps(value, indent=1) if as_json else text)

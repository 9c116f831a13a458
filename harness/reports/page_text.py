"""Text and data, written so that none of it becomes markup or script."""

import json
import re
from typing import Any

from markupsafe import Markup, escape

from harness.results.printable import printable

_SEPARATOR = re.compile(r"(?<=[/._-])(?=[^/._-])(?!(?<=\.)[A-Za-z0-9]{1,5}$)")
"""After a separator, but not before the suffix of a file's name."""
_IN_SCRIPT = "<>&\u2028\u2029"
"""What could end a script element or a line of script; JSON has it inside strings only."""


def breakable(text: str) -> Markup:
    """Escaped text that a browser may wrap after `/`, `.`, `_` and `-`, before it cuts a word.

    >>> breakable("a_b/<c>.jpg")
    Markup('a_<wbr>b/<wbr>&lt;c&gt;.jpg')
    """
    parts = _SEPARATOR.split(printable(text))
    return Markup("<wbr>").join(escape(part) for part in parts)


def script_json(value: Any) -> Markup:
    r"""JSON that can stand in a script element, whatever text is in it.

    >>> script_json({"a": "</script>&"})
    Markup('{"a":"\\u003c/script\\u003e\\u0026"}')
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in _IN_SCRIPT:
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - no markup is left in it

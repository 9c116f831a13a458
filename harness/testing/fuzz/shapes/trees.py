"""JSON values, and changes of them: the journal, run.json, label lists, manifests, case files."""

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

from harness.testing.fuzz.shapes.damage import NUMBERS, TEXTS, sometimes_damaged


def value(random: Random, depth: int = 3) -> Any:
    """Any JSON value, at times a strange one."""
    kind = random.randint(0, 6 if depth else 4)
    if kind == 0:
        return random.choice((None, True, False))
    if kind == 1:
        return random.choice((-1, *NUMBERS, 10**400))
    if kind == 2:
        return random.choice((0.0, -0.0, 0.1, 1e308, float("nan"), float("inf")))
    if kind <= 4:
        return random.choice(TEXTS)
    items = [value(random, depth - 1) for _ in range(random.randint(0, 3))]
    return items if kind == 5 else {random.choice(TEXTS): item for item in items}


def altered(random: Random, tree: Any, most: int = 3) -> Any:
    """A copy with one to `most` changes, each at a random place."""
    root = [copy.deepcopy(tree)]
    for _ in range(random.randint(1, most)):
        if places := list(_places(root)):
            _change(random, *random.choice(places))
    return root[0] if root else None


def _places(holder: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(holder) if isinstance(holder, dict) else range(len(holder))
    for key in keys:
        yield holder, key
        if isinstance(holder[key], (dict, list)):
            yield from _places(holder[key])


def _change(random: Random, holder: Any, key: Any) -> None:
    kind = random.randint(0, 5)
    if kind <= 1:
        holder[key] = value(random)
    elif kind == 2:
        del holder[key]
    elif kind == 3 and isinstance(holder, dict):
        holder[random.choice(TEXTS)] = holder.pop(key)
    elif kind == 4 and isinstance(holder[key], list) and holder[key]:
        holder[key] = holder[key] * random.choice((2, 20, 300))
    elif isinstance(holder[key], str):
        holder[key] += random.choice(TEXTS)
    else:
        holder[key] = [holder[key]]


def nested(random: Random) -> bytes:
    """JSON of great depth."""
    depth = random.choice((50, 900, 20_000))
    start, end = random.choice(((b"[", b"]"), (b'{"a":', b"}")))
    return start * depth + b"1" + end * random.choice((0, depth))


def as_json(random: Random, tree: Any) -> bytes:
    """A changed tree as JSON, at times with damaged bytes or with a value of great depth in it."""
    text = json.dumps(altered(random, tree), ensure_ascii=random.random() < 0.5).encode()
    if random.random() < 0.05:
        text = text.replace(random.choice((b'""', b"null", b"0", b"1")), nested(random), 1)
    return sometimes_damaged(random, text)

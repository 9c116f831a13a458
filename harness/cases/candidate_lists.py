"""Tables of `[[candidates]]` in which a key holds a list: one candidate for each combination.

A stack that compiles nothing is one candidate, whatever the lists of targets and the like.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

from pydantic import ValidatorFunctionWrapHandler

from harness.cases.candidate import Candidate, compiles

LISTED = ("stack", "target", "layout", "opt_level", "pipeline", "precision")
"""Keys that may hold a list."""
OF_PROGRAMS = ("stack", "precision")
"""Those that count for a stack that compiles nothing."""
MAX_COMBINATIONS = 1000
"""Candidates of one case."""


class CombinedCandidate(Candidate):
    """One of the combinations of a table with lists.

    Where its stack lacks a layout or a pipeline its rows say so, while the same in a table without
    lists is a mistake of the case file: there it was asked for, here it came about.
    """


def expanded(tables: Any, validate: ValidatorFunctionWrapHandler) -> tuple[Candidate, ...]:
    """The candidates of a case's tables, in their order; the last list varies fastest.

    Raises ValueError where a list is empty, a table with lists has a name, or there are more than
    MAX_COMBINATIONS.
    """
    if not isinstance(tables, list | tuple):
        return tuple(validate(tables))
    count = sum(prod(map(len, _lists(table).values())) for table in tables)
    if count > MAX_COMBINATIONS:
        raise ValueError(f"these are {count} candidates; a case has at most {MAX_COMBINATIONS}")
    single: list[Any] = []
    combined: list[bool] = []
    for table in tables:
        those = list(_combinations(table))
        single += those
        combined += [bool(_lists(table))] * len(those)
    candidates = validate(single)
    return tuple(
        CombinedCandidate.model_construct(one.model_fields_set, **one.__dict__) if many else one
        for one, many in zip(candidates, combined, strict=True)
    )


def with_lists(schema: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a single candidate, with lists where a table may have them."""
    properties = dict(schema["properties"])
    for name in LISTED:
        about = {key: properties[name][key] for key in ("description", "default", "title")}
        plain = {key: value for key, value in properties[name].items() if key not in about}
        items = {"type": "array", "minItems": 1, "items": plain}
        properties[name] = about | {"anyOf": [plain, items]}
    return schema | {"properties": properties}


def _lists(table: Any) -> dict[str, list[Any]]:
    if not isinstance(table, Mapping):
        return {}
    return {key: table[key] for key in LISTED if isinstance(table.get(key), list)}


def _combinations(table: Any) -> Iterator[Any]:
    lists = _lists(table)
    for key, values in lists.items():
        if not values:
            raise ValueError(f"{key} is an empty list; give it a value, or leave it out")
    if lists and table.get("name") is not None:
        raise ValueError(
            f"a table with a list ({', '.join(lists)}) is several candidates, which can't have one "
            "name; leave the name out, or the list"
        )
    plain: list[dict[str, Any]] = []
    for chosen in product(*lists.values()):
        one = {**table, **dict(zip(lists, chosen, strict=True))} if lists else table
        if lists and not compiles(one.get("stack")):
            one = {
                key: value for key, value in one.items() if key in OF_PROGRAMS or key not in lists
            }
            if one in plain:
                continue
            plain.append(one)
        yield one

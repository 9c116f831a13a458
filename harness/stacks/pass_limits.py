"""A build of which only the first n applications of optional passes run.

The compiler's pass instruments ask before each application of a pass whether it shall run. A pass
is optional unless code can't be generated without it; every stack declares which those are. The
first n applications are the same in every build, whatever n is.

Imports TVM inside functions alone: what is here runs in worker processes.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.stacks.protocol import StepPayload

PASSES = "passes.json"
"""File that a limited step writes beside its others: `PassRecord` as JSON."""
ALL = -1
"""A limit that lets every application run, and has their names written."""
MAX_FUNCTIONS, MAX_CHARS = 20, 200_000
"""Changed functions whose text is kept, and characters of each."""
Texts = dict[str, str]
"""Name of a function → its text."""


@dataclass(frozen=True)
class PassRules:
    """Which passes of a compiler are not optional."""

    needed: frozenset[str]
    """Names of passes without which no code, or wrong code, is generated."""
    follows: Mapping[str, str] = field(default_factory=dict)
    """Pass → the pass that it completes: it runs, without being counted, where that one ran last.
    """


@dataclass
class PassRecord:
    """What a limited step saw; its fields are the keys of the file."""

    applications: list[str] = field(default_factory=list)
    """Name of each optional application in the order in which they were offered."""
    functions: list[str] = field(default_factory=list)
    """For each the one function of its module; empty where there are more."""
    before: Texts = field(default_factory=dict)
    """The functions that the last application which ran changed, before it."""
    after: Texts = field(default_factory=dict)
    """The same after it."""
    changed: int = 0
    """How many functions it changed; the texts are of the first MAX_FUNCTIONS."""


@contextmanager
def limited_passes(payload: StepPayload, rules: PassRules) -> Iterator[list[Any]]:
    """The instruments for the PassContext of a step: none unless its payload has a `pass_limit`.

    Writes PASSES into the payload's folder at the end.
    """
    if "pass_limit" not in payload:
        yield []
        return
    record = PassRecord()
    limiter = _Limiter(payload["pass_limit"], rules, record)
    yield [_instrument(limiter)]
    limiter.finish()
    text = json.dumps(vars(record))
    (Path(payload["folder"]) / PASSES).write_text(text, encoding="utf-8")


def _instrument(limiter: "_Limiter") -> Any:
    from tvm.ir.instrument import pass_instrument

    class Limit:
        """TVM's form of the limiter."""

        def should_run(self, module: Any, info: Any) -> bool:
            return limiter.should_run(module, str(info.name))

        def run_before_pass(self, module: Any, _: Any) -> None:
            limiter.before(module)

        def run_after_pass(self, module: Any, _: Any) -> None:
            limiter.after(module)

    return pass_instrument(Limit)()


class _Limiter:
    """Counts applications, stops them, and keeps the text around the last one that runs."""

    def __init__(self, limit: int, rules: PassRules, record: PassRecord) -> None:
        self._limit, self._rules, self._record = limit, rules, record
        self._last_ran: dict[str, bool] = {}
        self._shown: list[bool] = []
        self._next_is_last = False
        self._modules: tuple[Any, Any] = (None, None)
        self._begun: Any = None

    def should_run(self, module: Any, name: str) -> bool:
        """Whether an application shall run."""
        leader = self._rules.follows.get(name)
        if leader is not None:
            return self._last_ran.get(leader, True)
        if name in self._rules.needed:
            return True
        names = [str(variable.name_hint) for variable in module.get_global_vars()]
        self._record.applications.append(name)
        self._record.functions.append(names[0] if len(names) == 1 else "")
        count = len(self._record.applications)
        self._next_is_last = self._limit in (ALL, count)
        self._last_ran[name] = self._limit == ALL or count <= self._limit
        return self._last_ran[name]

    def before(self, module: Any) -> None:
        """An application begins; others may begin inside it."""
        self._shown.append(self._next_is_last)
        if self._next_is_last:
            self._next_is_last = False
            self._begun = module

    def after(self, module: Any) -> None:
        """The innermost application that has begun ends."""
        if self._shown.pop():
            self._modules = self._begun, module

    def finish(self) -> None:
        """Put the text around the last application that ran into the record.

        Modules are kept rather than text, since which application is the last one shows at the
        end; a pass copies a module that somebody else keeps before it changes it.
        """
        first, last = self._modules
        if first is None:
            return
        before, after = _texts(first), _texts(last)
        names = [*before, *(name for name in after if name not in before)]
        changed = [name for name in names if before.get(name) != after.get(name)]
        self._record.changed = len(changed)
        for name in changed[:MAX_FUNCTIONS]:
            self._record.before[name] = before.get(name, "")[:MAX_CHARS]
            self._record.after[name] = after.get(name, "")[:MAX_CHARS]


def _texts(module: Any) -> Texts:
    variables = module.get_global_vars()
    return {str(variable.name_hint): _text(module[variable]) for variable in variables}


def _text(function: Any) -> str:
    """TVM's own text of a function, without the values of constants."""
    if hasattr(function, "script"):
        return str(function.script(show_meta=False))
    return str(function.astext(show_meta_data=False))  # a function of Relay

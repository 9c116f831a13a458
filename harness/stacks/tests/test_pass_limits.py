"""Optional applications are counted, those beyond the limit stopped, and code is kept."""

from types import SimpleNamespace
from typing import Any

from harness.stacks.pass_limits import ALL, PassRecord, PassRules, _Limiter

RULES = PassRules(needed=frozenset({"Lower"}), follows={"FuseTIR": "FuseOps"})


class Module:
    """What the limiter reads of an IRModule: texts of functions by name."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts

    def get_global_vars(self) -> list[Any]:
        return [SimpleNamespace(name_hint=name) for name in self.texts]

    def __getitem__(self, variable: Any) -> Any:
        text = self.texts[variable.name_hint]
        return SimpleNamespace(script=lambda show_meta: text)


def run(limit: int, *passes: tuple[str, Module, Module]) -> tuple[list[str], PassRecord]:
    """Offer passes one after the other; the names of those that ran."""
    record = PassRecord()
    limiter, ran = _Limiter(limit, RULES, record), []
    for name, before, after in passes:
        if limiter.should_run(before, name):
            limiter.before(before)
            limiter.after(after)
            ran.append(name)
    limiter.finish()
    return ran, record


EMPTY = Module()
PLAIN = ("Fold", "Lower", "FuseOps", "FuseTIR", "Unroll")


def test_only_optional_applications_are_counted_and_stopped() -> None:
    ran, record = run(1, *((name, EMPTY, EMPTY) for name in PLAIN))
    assert ran == ["Fold", "Lower"]
    assert record.applications == ["Fold", "FuseOps", "Unroll"]


def test_a_pass_that_completes_another_runs_where_that_one_ran() -> None:
    assert run(2, *((name, EMPTY, EMPTY) for name in PLAIN))[0] == [*PLAIN[:4]]


def test_without_a_limit_all_run_and_the_code_around_the_last_one_is_kept() -> None:
    first, last = Module(f="a", g="b"), Module(f="a", g="c", h="d")
    ran, record = run(ALL, ("Fold", EMPTY, first), ("Unroll", first, last))
    assert ran == ["Fold", "Unroll"]
    assert (record.before, record.after) == ({"g": "b", "h": ""}, {"g": "c", "h": "d"})
    assert record.changed == 2


def test_the_code_around_the_last_application_that_ran_is_kept() -> None:
    first, last = Module(f="a"), Module(f="b")
    _, record = run(1, ("Fold", first, last), ("Unroll", last, EMPTY))
    assert (record.before, record.after, record.functions) == ({"f": "a"}, {"f": "b"}, ["f", "f"])


def test_the_code_around_an_application_that_holds_others_is_its_own() -> None:
    record = PassRecord()
    limiter = _Limiter(1, RULES, record)
    outer, inner = Module(f="outer"), Module(f="inner")
    assert limiter.should_run(outer, "Fold")
    limiter.before(outer)
    assert limiter.should_run(inner, "Lower")
    limiter.before(inner)
    limiter.after(inner)
    limiter.after(Module(f="done"))
    limiter.finish()
    assert (record.before, record.after) == ({"f": "outer"}, {"f": "done"})

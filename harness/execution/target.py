"""The target that a candidate is built for on this machine."""

from harness.cases.candidate import Candidate
from harness.execution.outcome import NoAnswer
from harness.results.status import Status
from harness.stacks.protocol import Stack, StackDescription


def resolve_target(candidate: Candidate, stack: Stack, description: StackDescription) -> str:
    """The target string; `host` and a bare kind of device become what is here.

    Empty where the stack compiles nothing. Raises NoAnswer as no_device where the target can't run
    here.
    """
    if not stack.compiles:
        return ""
    target = candidate.target.strip()
    kind = target.split()[0] if target else ""
    if target == "host":
        if "host_target" not in description:
            reason = (
                f"stack '{stack.name}' does not say what target this machine's CPU is; name one in "
                "place of host"
            )
            raise NoAnswer(Status.COMPILE_FAILED, reason, "build")
        return description["host_target"]
    devices = description.get("devices", {})
    if devices.get(target):
        return devices[target]
    if kind in devices and not devices[kind]:
        raise NoAnswer(
            Status.NO_DEVICE,
            f"target '{target}' needs a {kind} device and a {stack.program} built for it; none is "
            "here. Run this candidate on a machine that has one, or leave it out with -k",
        )
    return target

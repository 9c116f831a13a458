"""What rows kept of their scores, damaged or not there: what `rejudge` and `replay` make of it."""

import json

from harness.testing.campaign.fault import CampaignFault, nothing, parity, refused
from harness.testing.campaign.journals import HERE, in_run
from harness.testing.campaign.run_folders import LINES, Maker, journal

F32, KEPT_WRONG = "float32:AACAPwAAAAA=", "what was kept of a row can't be read"
KEPT = {"case": {}, "folder": "/", "reference_stack": "tensorflow"}
CAPTURES: dict[str, tuple[dict[str, object], str]] = {
    "scores that are no base64": ({"reference": "float32:*", "candidate": "float32:*"}, KEPT_WRONG),
    "scores of objects": ({"reference": "object:AAAA", "candidate": "object:AAAA"}, KEPT_WRONG),
    "scores cut short": ({"reference": "float32:AAA=", "candidate": "float32:AAA="}, KEPT_WRONG),
    "evidence of other fields": (
        {"reference": F32, "candidate": F32, "evidence": {"speed": 1.0}},
        KEPT_WRONG,
    ),
    "no case": ({"reference": F32, "candidate": F32}, KEPT_WRONG),
}
"""What a row kept of its scores, which `rejudge` refuses to judge."""


def _kept(scores: dict[str, object]) -> Maker:
    """A journal whose second row kept these scores, and a case without content."""
    value = json.loads(LINES[1])
    value["capture"] = {**KEPT, "scores": scores}
    return journal(LINES[0], json.dumps(value).encode())


FAULTS = [
    *(
        CampaignFault(
            f"rejudge: {name}",
            in_run(_kept(scores)),
            parity("rejudge", HERE, "--scope", "end_to_end", "--atol", "0"),
            refused(words),
        )
        for name, (scores, words) in CAPTURES.items()
    ),
    *(
        CampaignFault(
            f"{command[0]}: a run that kept nothing",
            in_run(nothing),
            parity(*command),
            refused("keep-scores"),
        )
        for command in (("rejudge", HERE), ("replay", HERE, "1"))
    ),
    CampaignFault(
        "replay: a case without content",
        in_run(_kept({"reference": F32, "candidate": F32})),
        parity("replay", HERE, "2"),
        refused(KEPT_WRONG),
    ),
    CampaignFault(
        "replay: a row that there is not",
        in_run(nothing),
        parity("replay", HERE, "[/red]x\x1b[2J"),
        refused("no task is called"),
    ),
]

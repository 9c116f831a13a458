"""Command lines that say something wrong; forks of a process that has imported the command."""

from harness.testing.campaign.fault import (
    IMAGE,
    MODEL,
    CampaignFault,
    CampaignRun,
    Done,
    Expected,
    check,
    nothing,
    parity,
    pytest_run,
    refused,
    rows,
)
from harness.testing.tiny import write_case

CHECK: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "an unknown option": (("--nope",), ("No such option", "--nope")),
    "a misspelt option": (("--sise", "8"), ("No such option", "--size")),
    "an option without its value": (("--size",), ("--size",)),
    "a size in words": (("--size", "big"), ("--size takes 299 or 224x320",)),
    "a size of zero": (("--size", "0"), ("--size takes",)),
    "a size below zero": (("--size", "-8"), ("--size takes",)),
    "a size of a fraction": (("--size", "8.5"), ("--size takes",)),
    "a size of three": (("--size", "8x8x8"), ("--size takes",)),
    "a size that is huge": (("--size", "999999999"), ("size", "16384")),
    "a size of 5000 digits": (("--size", "9" * 5000), ("size",)),
    "a size in other digits": (("--size", "٨"), ("--size takes",)),
    "a size of superscripts": (("--size", "²"), ("--size takes",)),
    "a mean in words": (("--mean", "x"), ("--mean takes one number or three",)),
    "a mean of two": (("--mean", "1,2"), ("mean", "one number or three")),
    "a mean that is NaN": (("--mean", "nan"), ("mean", "finite")),
    "a mean that is infinite": (("--mean", "inf"), ("mean", "finite")),
    "a mean that is empty": (("--mean", ""), ("--mean takes",)),
    "a scale beyond floats": (("--scale", "1e999"), ("scale", "finite")),
    "an unknown filter": (("--resample", "cubic"), ("resample", "bicubic")),
    "an unknown decoder": (("--decoder", "opencv"), ("decoder", "pillow")),
    "an unknown exif": (("--exif", "rotate"), ("exif", "ignore")),
    "an unknown scope": (("--scope", "all"), ("scope", "graph")),
    "a scope twice": (("--scope", "graph", "--scope", "graph"), ("scope",)),
    "top of zero": (("-k", "0"), ("-k",)),
    "top in words": (("-k", "five"), ("-k",)),
    "top of a fraction": (("-k", "2.5"), ("-k",)),
    "atol below zero": (("--atol", "-1"), ("--atol",)),
    "atol in words": (("--atol", "small"), ("--atol",)),
    "atol that is NaN": (("--atol", "nan"), ("atol",)),
    "atol that is infinite": (("--atol", "inf"), ("atol", "finite")),
    "rtol below zero": (("--rtol", "-1"), ("--rtol",)),
    "rtol that is infinite": (("--rtol", "inf"), ("rtol", "finite")),
    "end-to-end atol that is NaN": (("--end-to-end-atol", "nan"), ("atol",)),
    "a timeout of zero": (("--run-timeout", "0"), ("--run-timeout takes a number above 0",)),
    "a timeout below zero": (("--build-timeout", "-5"), ("--build-timeout takes a number",)),
    "a timeout in words": (("--build-timeout", "5min"), ("--build-timeout takes a number",)),
    "a timeout that is NaN": (("--run-timeout", "nan"), ("--run-timeout takes a number",)),
    "memory in words": (("--memory-gib", "much"), ("--memory-gib takes a number above 0",)),
    "an unknown reference": (("--reference", "tensorflw"), ("nearest: tensorflow",)),
    "an input that the graph lacks": (("--input", "DecodeJpg"), ("nearest: DecodeJpeg",)),
    "an output that the graph lacks": (("--output", "softmx"), ("nearest: softmax",)),
    "an output of two colons": (("--output", "softmax:0:0"), ("no output tensor",)),
    "an output of no name": (("--output", ""), ("no output tensor",)),
    "an output of a control input": (("--output", "^softmax"), ("no output tensor",)),
    "an output of a port that is a word": (("--output", "softmax:x"), ("no output tensor",)),
    "an output that the node lacks": (("--output", "softmax:99"), ("softmax:99",)),
    "an output with an escape": (("--output", "a\x1b[2J"), ("no output tensor",)),
    "an output of 100 000 letters": (("--output", "o" * 100_000), ("no output tensor",)),
    "an output before the pixels": (
        ("--output", "DecodeJpeg/contents"),
        ("does not depend on input",),
    ),
    "an input that is a constant": (("--input", "conv/kernel"), ("expected a Placeholder",)),
    "no such candidate model": (("--candidate-model", "gone.pb"), ("gone.pb",)),
    "a candidate model that is a folder": (("--candidate-model", "."), ("no file",)),
    "a report folder that is a file": (("--report-dir", IMAGE), ("folder for reports",)),
    "a report folder below a file": (("--report-dir", f"{IMAGE}/x"), ("folder for reports",)),
    "a report folder of 5000 letters": (("--report-dir", "r" * 5000), ("folder for reports",)),
    "a report folder in /proc": (("--report-dir", "/proc/x"), ("folder for reports",)),
}
"""Words behind a good `parity check`, and words of the message."""

CANDIDATES: dict[str, tuple[str, tuple[str, ...]]] = {
    "no stack": ("", ("candidate",)),
    "an unknown stack": ("rely-llvm", ("nearest: relay",)),
    "an unknown key": ("stack=fake,taget=x", ("unknown key 'taget'", "nearest: target")),
    "a key twice": ("stack=fake,target=a,target=b", ("gives target twice",)),
    "a layout twice": ("relay-nchw-nhwc", ("gives layout twice",)),
    "an unknown layout": ("stack=fake,layout=NCWH", ("layout", "NCHW")),
    "opt_level of nine": ("relay-llvm-o9", ("opt_level",)),
    "opt_level in words": ("stack=fake,opt_level=high", ("opt_level",)),
    "a target that is empty": ("stack=fake,target=", ("target",)),
    "a target of a thousand letters": (f"stack=fake,target={'t' * 1000}", ("target",)),
    "a pipeline that the stack lacks": ("stack=fake,pipeline=packed", ("pipeline",)),
    "an equals sign": ("=", ("candidate",)),
    "commas": (",,,", ("candidate",)),
    "a name with a slash": ("stack=fake,name=../x", ("name",)),
    "markup": ("[red]relay[/bird]", ("[red]relay[/bird]",)),
    "a line break": ("relay\nllvm", ("candidate",)),
    "100 000 letters": ("x" * 100_000, ("candidate",)),
}
"""Values of --candidate, and words of the message."""

OTHERS: dict[str, tuple[CampaignRun, Expected]] = {
    "an unknown command": (parity("chekc"), refused("No such command", "check")),
    "an unknown option of parity": (parity("--nope"), refused("No such option")),
    "check without a model": (parity("check"), refused("Missing argument")),
    "check without an image": (parity("check", MODEL), refused("Missing argument", "IMAGE")),
    "a model of the zoo that is unknown": (check(model="zoo:lenet"), refused("efficientnet-lite0")),
    "a model of the zoo without a name": (check(model="zoo:"), refused("efficientnet-lite0")),
    "an image as the model": (check(model=IMAGE), refused("Expected a frozen GraphDef")),
    "a model as the image": (
        check("--json", image=MODEL),
        rows("no_evidence", "Pillow can't read"),
    ),
    "two candidates of one id": (
        check("--candidate", "stack=fake,target=calm"),
        refused("share the id fake-calm"),
    ),
    "one image twice": (check(IMAGE), refused("is named twice")),
    "explain with an unknown key": (
        parity("explain", MODEL, IMAGE, "--candidate", "stack=fake", "--with", "dekoder=x"),
        refused("nearest: decoder"),
    ),
    "explain with an unknown value": (
        parity("explain", MODEL, IMAGE, "--candidate", "stack=fake", "--with", "resample=zzz"),
        refused("resample", "bicubic"),
    ),
    "explain with no value": (
        parity("explain", MODEL, IMAGE, "--candidate", "stack=fake", "--with", "decoder"),
        refused("--with takes key=value"),
    ),
    "explain with a size in words": (
        parity("explain", MODEL, IMAGE, "--candidate", "stack=fake", "--with", "size=big"),
        refused("size takes"),
    ),
    "explain with an unknown output": (
        parity("explain", MODEL, IMAGE, "--candidate", "stack=fake", "--output", "softmx"),
        refused("nearest: softmax"),
    ),
    "bench of no rounds": (parity("bench", MODEL, "--rounds", "0"), refused("--rounds")),
    "bench of rounds in words": (parity("bench", MODEL, "--rounds", "x"), refused("--rounds")),
    "bench without the image": (
        parity("bench", MODEL, "--image", "gone.jpg", "--candidate", "stack=fake"),
        refused("no image file gone.jpg"),
    ),
    "bench of an unknown stack": (
        parity("bench", MODEL, "--candidate", "rely"),
        refused("nearest: relay"),
    ),
    "prove without a photo": (parity("prove"), refused("--photo")),
    "prove with a photo that is missing": (
        parity("prove", "--photo", "gone.jpg"),
        refused("gone.jpg"),
    ),
    "prove of an unknown kind": (
        parity("prove", "--photo", IMAGE, "--kind", "zzz"),
        refused("zzz"),
    ),
    "prove into a folder that is missing": (
        parity("prove", "--photo", IMAGE, "--into", "gone/x.md"),
        refused("gone"),
    ),
    "prove of a model that is text": (
        parity("prove", "pytest.ini", "--photo", IMAGE),
        refused("pytest.ini"),
    ),
    "schema with an argument": (parity("schema", "x"), refused("unexpected extra argument")),
    "doctor with an argument": (parity("doctor", "x"), refused("unexpected extra argument")),
    "doctor of an unknown reference": (
        parity("doctor", "--reference", "zzz"),
        refused("zzz", "fake-reference"),
    ),
}
"""Other command lines, on good files."""

PYTEST: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "a timeout in words": (("--parity-run-timeout", "x"), ("--parity-run-timeout takes a number",)),
    "a timeout below zero": (("--parity-build-timeout", "-1"), ("takes a number above 0",)),
    "memory that is NaN": (("--parity-memory-gib", "nan"), ("takes a number above 0",)),
    "an unknown reference": (("--parity-reference", "zzz"), ("zzz", "fake-reference")),
    "an unknown option": (("--parity-nope",), ("unrecognized arguments",)),
}
"""Words behind `pytest cases`, and words of the message."""


FAULTS = [
    *(
        CampaignFault(f"check: {name}", nothing, check(*words), refused(*message))
        for name, (words, message) in CHECK.items()
    ),
    *(
        CampaignFault(
            f"candidate: {name}",
            nothing,
            parity("check", MODEL, IMAGE, "--candidate", word),
            refused(*message),
        )
        for name, (word, message) in CANDIDATES.items()
    ),
    *(CampaignFault(name, nothing, run, expected) for name, (run, expected) in OTHERS.items()),
    *(
        CampaignFault(
            f"pytest: {name}", write_case, pytest_run("cases", *words), Done(message, code=4)
        )
        for name, (words, message) in PYTEST.items()
    ),
    CampaignFault(
        "markup as a target", nothing, check("--json", target="[red]x[/y]"), rows("match", code=0)
    ),
    CampaignFault(
        "markup as a target, as a table", nothing, check(target="[red]x[/y]"), Done(("fake",))
    ),
    CampaignFault("markup as a folder", nothing, check("--cache", "[red]c[/y]"), Done(("fake",))),
    CampaignFault(
        "a mean for a graph of bytes",
        nothing,
        check("--mean", "127.5"),
        refused("mean would do nothing"),
    ),
]

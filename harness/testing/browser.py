"""A Chromium without a window, driven over the DevTools protocol through two pipes.

Nothing is installed for it and nothing listens on a port. Tests of report.html skip where there is
no Chromium; `apt-get install chromium` is enough.
"""

import json
import os
import select
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--remote-debugging-pipe",
)
PATIENCE = 60
"""Seconds without a word from the browser after which it counts as hanging."""
_READ, _WRITE = 3, 4
"""Chromium reads requests from the one descriptor and writes answers to the other."""


def chromium() -> str | None:
    """Path of the first Chromium found; None where there is none."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Page:
    """One tab; methods return when the browser has answered."""

    def __init__(self, requests: int, answers: int) -> None:
        self._requests, self._answers = requests, answers
        self._number, self._pending, self._session = 0, b"", ""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self.call("Page.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """Send one request and return its result; raises RuntimeError for an error."""
        self._number += 1
        request = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            request["sessionId"] = self._session
        _write(self._requests, json.dumps(request).encode() + b"\0")
        while (message := self._next()).get("id") != self._number:
            pass
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return message["result"]

    def open(self, path: Path, fragment: str = "") -> None:
        """Load a file and return once its scripts ran and its load event fired."""
        for url in ("about:blank", path.resolve().as_uri() + fragment):  # never a mere fragment
            self.call("Page.navigate", url=url)
            while self._next().get("method") != "Page.loadEventFired":
                pass

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, once it is settled; raises RuntimeError."""
        how = {"returnByValue": True, "awaitPromise": True}
        found = self.call("Runtime.evaluate", expression=expression, **how)
        if "exceptionDetails" in found:
            raise RuntimeError(str(found["exceptionDetails"]))
        return found["result"].get("value")

    def resize(self, width: int, height: int = 900) -> None:
        """Set the viewport in CSS pixels."""
        size = {"width": width, "height": height}
        self.call("Emulation.setDeviceMetricsOverride", **size, deviceScaleFactor=1, mobile=False)

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press and release a key, for example `press("Enter", 13, "\\r")`."""
        event = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", **event, text=text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def close_browser(self) -> None:
        """End the browser; the tab can't be used any more."""
        self._session = ""
        self.call("Browser.close")

    def _next(self) -> Mapping[str, Any]:
        while b"\0" not in self._pending:
            if not select.select([self._answers], [], [], PATIENCE)[0]:
                raise RuntimeError(f"the browser said nothing for {PATIENCE} s")
            found = os.read(self._answers, 1 << 20)
            if not found:
                raise RuntimeError("the browser ended")
            self._pending += found
        message, _, self._pending = self._pending.partition(b"\0")
        return dict(json.loads(message))


@contextmanager
def browser(program: str, profile: Path) -> Iterator[Page]:
    """A tab of a browser that ends with the block; its profile is written to a folder."""
    child_in, requests = os.pipe()
    answers, child_out = os.pipe()
    moves = [
        (os.POSIX_SPAWN_DUP2, child_in, _READ),
        (os.POSIX_SPAWN_DUP2, child_out, _WRITE),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    command = [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    process = os.posix_spawn(program, command, dict(os.environ), file_actions=moves)
    os.close(child_in)
    os.close(child_out)
    try:
        page = Page(requests, answers)
        yield page
        page.close_browser()
    except BaseException:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        raise
    finally:
        os.close(requests)
        os.close(answers)
        os.waitpid(process, 0)


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]

"""Headless Chromium for the judges of pages, over the DevTools protocol on two pipes: nothing but the browser is needed.

    with Chromium.start() as browser:
        page = browser.page(width=1280, height=900, dark=True, scripts=False)
        page.open(path)
        page.log, page.requests      what the console said, and what was asked of any server or disk
        page.evaluate("1 + 1"), page.screenshot(), page.pdf()
"""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import threading

import judging

# Nothing of the browser's own may call home; root needs --no-sandbox.
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-pipe",
]  # fmt: skip


def binary():
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        if path := shutil.which(name):
            return path
    judging.absent("NOT JUDGED: there is no Chromium on this machine (Debian: apt-get install chromium), pages are not looked at in a browser")


class Chromium:
    """A browser whose messages are answered one after the other."""

    @classmethod
    @contextlib.contextmanager
    def start(cls):
        command = [binary(), *FLAGS]
        profile = tempfile.mkdtemp(prefix="pickshard-chromium-")
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()

        def pipes():  # the browser reads descriptor 3 and writes 4
            os.dup2(to_read, 30)
            os.dup2(from_write, 31)
            os.dup2(30, 3)
            os.dup2(31, 4)

        process = subprocess.Popen(
            [*command, f"--user-data-dir={profile}"], preexec_fn=pipes, close_fds=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_read)
        os.close(from_write)
        try:
            yield cls(to_write, from_read)
        finally:
            process.kill()
            process.wait()
            os.close(to_write)
            os.close(from_read)
            shutil.rmtree(profile, ignore_errors=True)

    def __init__(self, write, read):
        self.write, self.read, self.rest, self.id, self.events = write, read, b"", 0, []

    def message(self):
        while b"\0" not in self.rest:
            data = os.read(self.read, 1 << 20)
            assert data, "Chromium is gone"
            self.rest += data
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, session=None, **params):
        self.id += 1
        request = {"id": self.id, "method": method, "params": params}
        if session:
            request["sessionId"] = session
        data = json.dumps(request).encode() + b"\0"
        writer = threading.Thread(target=lambda: os.write(self.write, data))  # an answer may come before all is written
        writer.start()
        while True:
            m = self.message()
            if m.get("id") == self.id:
                writer.join()
                assert "error" not in m, f"{method}: {m['error']}"
                return m["result"]
            self.events.append(m)

    def wait(self, method, session):
        while True:
            for i, m in enumerate(self.events):
                if m.get("method") == method and m.get("sessionId") == session:
                    return self.events.pop(i)["params"]
            self.events.append(self.message())

    def page(self, **kind):
        return Page(self, **kind)


class Page:
    def __init__(self, browser, width=1280, height=900, dark=False, scripts=True, media="screen"):
        self.browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def open(self, path):
        self.call("Page.navigate", url=path.as_uri())
        self.browser.wait("Page.loadEventFired", self.session)

    def events(self, *methods):
        self.call("Runtime.evaluate", expression="1")  # what came before is told by then
        return [m["params"] for m in self.browser.events if m.get("sessionId") == self.session and m.get("method") in methods]

    @property
    def log(self):
        return self.events("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Page.javascriptDialogOpening")

    @property
    def requests(self):
        urls = [e["request"]["url"] for e in self.events("Network.requestWillBeSent")]
        return [u for u in urls if not u.startswith("data:")]

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def width(self):
        return self.call("Page.getLayoutMetrics")["cssContentSize"]["width"]

    def screenshot(self, whole=False):
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"])

    def pdf(self):
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def named(self):
        """The accessibility tree as (role, name), what is hidden left out."""
        nodes = self.call("Accessibility.getFullAXTree")["nodes"]
        return [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in nodes if not n.get("ignored") and "role" in n]

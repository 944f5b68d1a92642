"""report.html: what Pillow says of its pictures, pandas of its numbers, and a real browser of all of it."""

import base64
import functools
import html
import io
import json
import pickle
import re
import shutil
import subprocess

import conftest
import pandas as pd
import pytest
from chromium import Chromium
from PIL import Image, ImageChops, ImageDraw, ImageStat

HOSTILE = [
    "</script><script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "</style><style>body{display:none}</style>",
    "nul \0 and \x1b[31m", "\u202eright to left\u2066", "javascript:alert(3)", "<svg onload=alert(4)>", "http://example.com/a.png",
    "long " * 209_716, "' onmouseover='alert(5)", "<!--", "{{.Title}}", "👩‍🎨 über 語", "<meta http-equiv=refresh content='0;url=http://example.com'>",
]  # fmt: skip

CONFIG = """
version: 1
name: hostile
splits: {train: {records: train.pkl}, test: {records: test.pkl}}
fields:
  prompt: {type: string}
  image_lose: {type: image, file: "{lose}"}
  image_win: {type: image, file: "{win}"}
  many: {type: "list[image]", file: "{many}"}
  score_lose: {type: float64}
  score_win: {type: float64, nullable: true}
  label: {type: string, doc: '<b>hostile</b> "doc"'}
output: {formats: [parquet]}
"""


def picture(k, size):
    image = Image.new("RGB", size, (40 + 12 * k, 120, 250 - 10 * k))
    draw = ImageDraw.Draw(image)
    for i in range(0, size[0], 16):
        draw.rectangle([i, i % size[1], i + 7, size[1]], fill=(255 - 9 * k, (i * 3) % 256, 30 * (k % 8)))
    return image


@functools.cache
def hostile():
    """A dataset whose texts, names and numbers are what nobody hopes for, and its output."""
    folder = conftest.SCRATCH / "hostile"
    folder.mkdir(exist_ok=True)
    sizes = [(640, 480), (300, 900), (160, 160), (50, 31), (1200, 161)]
    for k in range(len(HOSTILE)):
        kind = ["jpg", "png", "webp", "gif"][k % 4]
        picture(k, sizes[k % 5]).save(folder / f"{k}.jpg", "JPEG", quality=92)
        picture(k + 1, sizes[(k + 1) % 5]).save(folder / f"{k}.{kind}x", {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF"}[kind])
    rows = []
    for k, text in enumerate(HOSTILE):
        kind = ["jpg", "png", "webp", "gif"][k % 4]
        rows.append([text, f"{k}.jpg", f"{k}.{kind}x", [f"{k}.jpg"] * (k % 3), k / 7, [None, float("nan"), float("inf"), -1e300, 0.5][k % 5], "ab"[k % 2]])
    frame = pd.DataFrame(rows, columns=["prompt", "lose", "win", "many", "score_lose", "score_win", "label"])
    (folder / "train.pkl").write_bytes(pickle.dumps(frame, protocol=4))
    (folder / "test.pkl").write_bytes(pickle.dumps(frame[:3], protocol=4))
    config = conftest.SCRATCH / "hostile.yaml"
    config.write_text(CONFIG)
    output = conftest.SCRATCH / "hostile-output"
    conftest.run(conftest.pickshard(), "convert", config, folder, output, "--quiet", "--report-records", "60")
    return folder, output


def thumbnails(page, anchor):
    """The pictures of a record, in order, as Pillow opens them."""
    row = re.search(rf'<article class="record" id="{anchor}".*?</article>', page, re.S).group()
    return [Image.open(io.BytesIO(base64.b64decode(m))) for m in re.findall(r'src="data:image/jpeg;base64,([^"]+)"', row)]


def test_pictures_are_those_of_the_images(binary):
    folder, output = hostile()
    page = html.unescape((output / "report.html").read_text())
    for k in range(len(HOSTILE)):
        kind = ["jpg", "png", "webp", "gif"][k % 4]
        shown = thumbnails(page, f"train-{k}")
        assert len(shown) == 2 + k % 3
        for name, thumbnail in zip([f"{k}.jpg", f"{k}.{kind}x"], shown, strict=False):
            with Image.open(folder / name) as image:
                want = image.convert("RGB")
            if max(want.size) > 160:
                assert max(thumbnail.size) == 160 and abs(thumbnail.size[0] / thumbnail.size[1] / (want.size[0] / want.size[1]) - 1) < 0.1
                want = want.resize(thumbnail.size, Image.Resampling.BOX)
            assert thumbnail.format == "JPEG" and thumbnail.size == want.size
            # A JPEG keeps half of the colours: light is compared by pixel, colours in larger pieces.
            off = ImageStat.Stat(ImageChops.difference(thumbnail.convert("L"), want.convert("L"))).mean
            rough = [image.convert("RGB").resize((3, 3), Image.Resampling.BOX) for image in (thumbnail, want)]
            off += ImageStat.Stat(ImageChops.difference(*rough)).mean
            assert max(off) < 8, f"{name}: {off} from Pillow's"


def test_numbers_are_those_of_the_frame(made):
    if not (made.output / "report.html").exists():
        judging.absent("the output was given without a report")
    page = html.unescape((made.output / "report.html").read_text())
    manifest = json.loads((made.output / "manifest.json").read_text())
    for split in manifest["splits"]:
        row = re.search(rf"<span>{split['name']}</span></th>(.*?)</tr>", page).group(1)
        assert f">{split['rows']:,}<" in row and f">{split['rows_read']:,}<" in row
    charts = re.findall(r'<figcaption><bdi>Δ E2 − E1</bdi>.*?<tbody>(.*?)</tbody>', page, re.S)
    assert len(charts) == 1
    rows = dict(re.findall(r"<span>(\w+)</span></th>(.*?)</tr>", charts[0]))
    for split, frame in made.truth.frames.items():
        delta = (frame["E2"] - frame["E1"]).dropna()
        if len(delta) == 0:
            continue
        cells = re.findall(r'<td class="n">([^<]*)', rows[split])
        assert int(cells[0].replace(",", "")) == len(delta)
        number = lambda text: float(text.replace("−", "-").replace(",", ""))  # noqa: E731
        reach = delta.max() - delta.min()
        assert abs(number(cells[1]) - delta.quantile(0.5, interpolation="lower")) <= 0.011 * reach + 1e-9
        assert abs(number(cells[2]) - delta.mean()) <= 0.006 * abs(delta.mean()) + 1e-9 * delta.abs().max()
        for cell, share in ((cells[3], (delta < 0).mean()), (cells[4], (delta == 0).mean())):
            assert abs(float(cell.split()[0 if cell[0] not in "<>" else 1]) - 100 * share) < 0.06


def test_report_of_shards_is_the_same_page(binary, output, tmp_path):
    if not (output / "report.html").exists():
        judging.absent("the output was given without a report")
    conftest.run(binary, "report", output, "--out", tmp_path / "a.html", "--report-records", "24")
    assert (tmp_path / "a.html").read_bytes() == (output / "report.html").read_bytes()


@functools.cache
def checked():
    """The page of a check of the demo with four of its images spoilt, and of what is hostile."""
    folder = conftest.SCRATCH / "spoilt"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(conftest.job("demo").input, folder)
    images = sorted(folder.rglob("*_0.jpg"))
    images[0].write_bytes(images[0].read_bytes()[:2000])
    images[1].unlink()
    images[2].write_bytes(b"")
    images[3].write_bytes(b"<!DOCTYPE html><title>404</title>" + b" " * 3000)
    page, again = conftest.SCRATCH / "checked.html", conftest.SCRATCH / "checked-again.html"
    for name, workers in ((page, 1), (again, 4)):
        done = subprocess.run([conftest.pickshard(), "check", "pick-high", folder, "--html", name, "--workers", str(workers), "--json"], capture_output=True, check=False)
        assert done.returncode == 1, done.stderr
    assert page.read_bytes() == again.read_bytes(), "another number of workers, another page"
    return page, json.loads(done.stdout), images[:4]


def test_page_of_check_shows_what_is_wrong(binary):
    page, found, images = checked()
    text = html.unescape(page.read_text())
    assert f"A conversion would stop: {sum(r['outcome'] != 'passed' for r in found['rules'])} results" in text
    assert f"<b>{sum(s['broken'] for s in found['splits'])}</b> <span>to be left out" in text
    for image in images:
        assert re.search(rf'<li><a href="#\w+-\d+">[^<]*</a>: <bdi>[^<]*{image.name}', text), f"{image.name} leads to no record"
    for what in ("cut after 2,000", "no such file", "HTML", "What to do:", "fetch the file again"):
        assert what in text
    assert "http:" not in re.sub(r"<bdi>.*?</bdi>", "", text) and "OUTPUT" in text and "manifest.json" not in text


def test_page_of_check_counts_as_that_of_convert(binary, tmp_path):
    """Distributions and repeats of the same records are the same, from tables and from shards."""
    job = conftest.job("demo")
    conftest.run(binary, "check", "pick-high", job.input, "--html", tmp_path / "c.html", "-q")
    pages = [p.read_text() for p in (tmp_path / "c.html", job.output / "report.html")]
    # The files' names are whole in a check, and pictures are chosen by them nowhere.
    section = [re.search(r'<section id="distributions">.*?<section id="provenance">', p, re.S).group() for p in pages]
    assert section[0] == section[1]
    assert pages[0].count('<article class="record"') == 36


KINDS = {
    "desktop": {}, "without scripts": {"scripts": False}, "dark": {"dark": True}, "phone": {"width": 390, "height": 844},
    "phone without scripts": {"width": 360, "height": 800, "scripts": False},
}  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    with Chromium.start() as started:
        yield started


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("data", ["demo", "hostile", "check"])
def test_browser(browser, kind, data):
    output = hostile()[1] if data == "hostile" else conftest.job("demo").output
    path = checked()[0] if data == "check" else output / "report.html"
    page = browser.page(**KINDS[kind])
    page.open(path)
    assert page.requests == [path.as_uri()], "the page asks for more than itself"
    assert page.width() <= KINDS[kind].get("width", 1280), "the page is wider than the window"
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        shades = ImageStat.Stat(shot.convert("L"))
        assert shades.stddev[0] > 10, "nothing is to be seen"
        assert (shades.mean[0] < 110) == KINDS[kind].get("dark", False), f"mean brightness {shades.mean[0]}"
    # evaluate is the browser's own: it answers where the page's scripts may not run.
    if KINDS[kind].get("scripts", True):
        broken = page.evaluate(
            "(async () => { const all = [...document.images]; all.forEach(i => i.loading = 'eager');"
            " await Promise.all(all.map(i => i.decode().catch(() => {})));"
            " return all.filter(i => !i.naturalWidth).length + '/' + all.length })()"
        )
        assert broken.startswith("0/") and broken != "0/0", f"pictures that do not show: {broken}"
        assert page.evaluate("document.querySelectorAll('script, style').length") == 2
        assert page.evaluate("[...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^(on|style$)/.test(a.name))).length") == 0
        assert page.evaluate("document.querySelector('.tools').hidden") is False
    names = page.named()
    images = [name for role, name in names if role in ("image", "img")]
    assert images and all(images), "an image has no name"
    headings = [name for role, name in names if role == "heading"]
    for want in ("Splits", "Records", "Distributions", "Provenance", "How to convert" if data == "check" else "How to load"):
        assert want in headings
    assert page.log == [], "the console has something to say"


def test_links_lead_somewhere_and_filters_work(browser):
    page = browser.page()
    page.open(conftest.job("demo").output / "report.html")
    lost = page.evaluate("[...document.querySelectorAll('a')].filter(a => !document.getElementById(a.hash.slice(1))).map(a => a.outerHTML)")
    assert lost == []
    page.evaluate("(() => { const s = document.getElementById('split'); s.value = 'test'; s.dispatchEvent(new Event('change')) })()")
    there = page.evaluate("document.querySelectorAll('.record').length")
    tests = page.evaluate("[...document.querySelectorAll('.record')].filter(r => r.id.startsWith('test-')).map(r => r.id)")
    assert page.evaluate("document.getElementById('count').textContent") == f"{len(tests)} of {there} shown" and tests
    for type in ("keyDown", "keyUp"):
        page.call("Input.dispatchKeyEvent", type=type, key="j", text="j" if type == "keyDown" else "")
    assert page.evaluate("document.activeElement.id") == tests[0]
    assert page.log == []


def test_prints(browser):
    page = browser.page()
    page.open(conftest.job("demo").output / "report.html")
    pdf = page.pdf()
    assert pdf.startswith(b"%PDF-") and 5 <= len(re.findall(rb"/Type /Page\b", pdf)) <= 60
    assert pdf.count(b"/Subtype /Image") >= 60, "pictures are missing in print"
    assert page.log == []

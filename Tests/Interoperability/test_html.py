"""The report's page in a real browser: quiet, by itself, readable in both colour schemes, wide and narrow."""

import pathlib
import shutil

import onnx
import pytest
from playwright.sync_api import sync_playwright

from command import run
from reported import HOSTILE, chain, named, reports, riddles, wrong

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIGITS = ROOT / "Fixtures/digits"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="module")
def browser():
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.fail(f"a browser is needed: {' or '.join(BROWSERS)}", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


def fusion(folder):
    return reports(folder, "r", DIGITS / "digits.onnx", "-o", "f.onnx")[2], 1


def proof(folder):
    return reports(folder, "r", DIGITS / "digits.onnx", "-o", "f.onnx", "--check")[2], 5


def one_fold(folder):
    onnx.save(chain(1), folder / "model.onnx")
    return reports(folder, "r", "model.onnx", "-o", "f.onnx", "--check")[2], 5


def many_folds(folder):
    onnx.save(chain(500, size=6, zeros=True), folder / "model.onnx")
    return reports(folder, "r", "model.onnx", "-o", "f.onnx", "--check")[2], 5


def zeros(folder):
    onnx.save(chain(12, zeros=True), folder / "model.onnx")
    return reports(folder, "r", "model.onnx", "-o", "f.onnx", "--check")[2], 5


def declines(folder):
    onnx.save(chain(60, declines=True), folder / "model.onnx")
    return reports(folder, "r", "model.onnx", "-o", "f.onnx")[2], 1


def no_norms(folder):
    return reports(folder, "r", "f.onnx", "--dry-run")[2], 0


def difference(folder):
    onnx.save(chain(20), folder / "model.onnx")
    assert run("model.onnx", "-o", "f.onnx").exit == 0
    onnx.save(wrong(onnx.load(folder / "f.onnx"), "n11"), folder / "wrong.onnx")
    return reports(folder, "r", "check", "model.onnx", "wrong.onnx", status=2)[2], 5


def infinity(folder):
    onnx.save(chain(20), folder / "model.onnx")
    assert run("model.onnx", "-o", "f.onnx").exit == 0
    onnx.save(wrong(onnx.load(folder / "f.onnx"), "n11", float("inf")), folder / "wrong.onnx")
    return reports(folder, "r", "check", "model.onnx", "wrong.onnx", status=2)[2], 5


def not_run(folder):
    riddles(folder)
    return reports(folder, "r", "check", "model.onnx", "other.onnx", status=4)[2], 1


def recorded(folder):
    return reports(folder, "r", "check", DIGITS / "digits.onnx", "--data", DIGITS)[2], 0


def hostile(folder):
    name = "".join(HOSTILE[kind] for kind in ("script", "image", "attribute", "style", "entity", "bidi"))
    (folder / "model.onnx").write_bytes(named(name))
    return reports(folder, "r", "model.onnx", "-o", "f.onnx", "--check")[2], 5


CASES = [fusion, proof, one_fold, many_folds, zeros, declines, difference, infinity, not_run, recorded, hostile]

# What a reader sees of each chart: its size, what is drawn, and the labels that lie on one another.
CHARTS = """
() => [...document.querySelectorAll('svg')].filter(svg => svg.getClientRects().length).map(svg => {
  const box = svg.getBBox(), view = svg.viewBox.baseVal;
  const labels = [...svg.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()]);
  const touching = [];
  labels.forEach(([first, a], index) => labels.slice(index + 1).forEach(([second, b]) => {
    const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top + 2 || b.bottom <= a.top + 2;
    if (!apart) touching.push([first, second]);
  }));
  const drawn = svg.getBoundingClientRect();
  return {
    title: svg.querySelector('title').textContent, description: svg.querySelector('desc').textContent,
    box: [box.x, box.y, box.x + box.width, box.y + box.height], view: [view.x, view.y, view.width, view.height],
    width: drawn.width, marks: svg.querySelectorAll('.mark, .bar, .line').length, touching,
    letter: Math.min(...[...svg.querySelectorAll('text')].map(text => text.getBoundingClientRect().height)),
  };
})
"""

# The text colours of a page, each with what is behind it.
COLOURS = """
() => [...document.querySelectorAll('h1, h2, p, dt, dd, th, td, summary, footer, text')].map(element => {
  const style = getComputedStyle(element);
  return (element.tagName == 'text' ? style.fill : style.color) + ' ' + getComputedStyle(document.body).backgroundColor;
}).filter((text, index, all) => all.indexOf(text) == index)
"""


def luminance(colour):
    parts = [int(part) / 255 for part in colour]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(pair):
    """How far apart two colours are, given as 'rgb(1, 2, 3) rgb(4, 5, 6)'."""
    numbers = pair.replace("rgb(", "").replace(")", "").replace(",", "").split()
    light, dark = sorted((luminance(numbers[:3]), luminance(numbers[3:])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_page_is_quiet_and_readable(folder, browser, case):
    charts = case(folder)[1]
    file = folder / "r.html"
    backgrounds = set()
    for scheme in ("light", "dark"):
        for width in (1400, 760, 400):
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            said, asked = [], []
            page.on("console", lambda message: said.append((message.type, message.text)))
            page.on("pageerror", lambda error: said.append(("error", str(error))))
            page.on("request", lambda request: asked.append(request.url))
            page.goto(file.as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
            where = f"{scheme}, {width} px"
            assert said == [], where
            assert asked == [file.as_uri()], where
            assert page.evaluate("document.documentElement.scrollWidth") <= width, where
            assert page.evaluate("document.scripts.length + document.images.length") == 0
            assert page.evaluate("window.hacked") is None
            found = page.evaluate(CHARTS)
            assert len(found) == charts, [chart["title"] for chart in found]
            for chart in found:
                assert_sound(chart, f"{chart['title']}, {where}")
            colours = page.evaluate(COLOURS)
            assert all(contrast(pair) >= 4.5 for pair in colours), [pair for pair in colours if contrast(pair) < 4.5]
            backgrounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
            page.close()
    assert len(backgrounds) == 2, "light and dark are not the same"


def assert_sound(chart, where):
    left, top, right, bottom = chart["box"]
    x, y, width, height = chart["view"]
    assert chart["title"] and chart["description"], where
    assert chart["marks"] > 0, f"{where}: nothing is drawn"
    assert left >= x - 0.5 and top >= y - 0.5 and right <= x + width + 0.5 and bottom <= y + height + 0.5, (
        f"{where}: {chart['box']} is not within {chart['view']}"
    )
    assert right - left > 0.8 * width and bottom - top > 0.8 * height, f"{where}: most of it is empty"
    assert chart["touching"] == [], where
    assert chart["letter"] > 9, f"{where}: letters of {chart['letter']} px"


def test_what_a_page_might_do_is_noticed(folder, browser):
    """The listeners of the test above hear what they should."""
    (folder / "bad.html").write_text("<script>console.error('a')</script><img src='http://127.0.0.1:9/x.png'>")
    page = browser.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.type))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((folder / "bad.html").as_uri())
    assert "error" in said and "http://127.0.0.1:9/x.png" in asked
    page.close()


def test_a_model_without_norms_has_a_page_too(folder, browser):
    proof(folder)
    no_norms(folder)
    page = browser.new_page()
    page.goto((folder / "r.html").as_uri())
    assert page.inner_text("h1") == "No norms" and page.query_selector("svg") is None
    page.close()


def test_the_verdict_comes_first(folder, browser):
    difference(folder)
    page = browser.new_page(viewport={"width": 400, "height": 700})
    page.goto((folder / "r.html").as_uri())
    assert page.inner_text("h1") == "Different"
    box = page.locator("header").bounding_box()
    assert box["y"] < 60 and "elements of 'w11'" in page.inner_text("header p")
    page.close()

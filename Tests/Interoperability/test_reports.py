"""The report's forms: JSON against its schema, and Markdown and HTML that no name can break."""

import copy
import html.parser
import json
import pathlib
import unicodedata

import jsonschema
import markdown_it
import numpy as np
import onnx
import pytest

from builders import Graph, conv_norm
from command import listing, run
from reported import HOSTILE, chain, invalid, named, reports, riddles, wrong

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIGITS = ROOT / "Fixtures/digits"
SCHEMA = json.loads((ROOT / "Documentation/report.schema.json").read_text("utf-8"))


def subschemas(schema):
    """A schema and all that is in it."""
    yield schema
    for key in ("properties", "$defs"):
        for part in schema.get(key, {}).values():
            yield from subschemas(part)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from subschemas(schema[key])
    for part in schema.get("oneOf", []):
        yield from subschemas(part)


def strict():
    """The schema that lets no key pass which it does not describe."""
    schema = copy.deepcopy(SCHEMA)
    for part in subschemas(schema):
        if "properties" in part:
            part["additionalProperties"] = False
    return jsonschema.Draft202012Validator(schema)


def check(text):
    """The document of a report that keeps the schema to the letter."""
    document = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    kind = "checkReport" if "original" in document else "report"
    # The errors of the one kind say more than that neither fits.
    narrow = strict().evolve(schema={**strict().schema, "oneOf": [{"$ref": f"#/$defs/{kind}"}]})
    errors = [f"{error.json_path}: {error.message[:300]}" for error in narrow.iter_errors(document)]
    assert errors == []
    assert strict().is_valid(document)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    return document


# The schema


def test_the_schema_is_one_and_describes_every_key():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for part in subschemas(SCHEMA):
        for name, value in part.get("properties", {}).items():
            assert value.get("description", "").endswith("."), f"{name} is not described"
        assert set(part.get("required", [])) <= set(part.get("properties", [])), part


def test_the_schema_lets_new_keys_pass_but_no_wrong_ones():
    validator = jsonschema.Draft202012Validator(SCHEMA)
    document = json.loads(run("inspect", DIGITS / "digits.onnx", "--json").stdout)
    document["news"] = document["summary"]["news"] = 1
    assert validator.is_valid(document) and not strict().is_valid(document)
    document["summary"]["folded"] = "7"
    assert not validator.is_valid(document)


def test_a_fusion(folder):
    for line in ([], ["--check"]):
        document = check(reports(folder, "r", DIGITS / "digits.onnx", "-o", "f.onnx", *line)[0])
        assert document["summary"]["folded"] == 7 and ("check" in document) == bool(line)


def test_a_fusion_with_declines(folder):
    onnx.save(chain(9, declines=True), folder / "model.onnx")
    for line in (["-o", "f.onnx"], ["--dry-run"]):
        document = check(reports(folder, "r", "model.onnx", *line)[0])
        assert document["summary"]["declined"] == 6
    document = check(reports(folder, "r", "model.onnx", "-o", "g.onnx", "--strict", status=3)[0])
    assert len(document["declined"]) == 6 and not (folder / "g.onnx").exists()


@pytest.mark.parametrize("fixture", sorted(path.name for path in (ROOT / "Fixtures/handmade").glob("*.onnx")))
def test_every_fixture(folder, fixture):
    check(run("inspect", ROOT / "Fixtures/handmade" / fixture, "--json").stdout)
    check(reports(folder, "r", ROOT / "Fixtures/handmade" / fixture, "--dry-run")[0])


def test_a_check_of_two_models(folder):
    assert run(DIGITS / "digits.onnx", "-o", "f.onnx").exit == 0
    text = reports(folder, "r", "check", DIGITS / "digits.onnx", "f.onnx", "-q")[0]
    assert check(text)["candidate"]["path"] == "f.onnx"
    document = check(run("check", DIGITS / "digits.onnx", "f.onnx", "--json").stdout)
    assert document.keys() == json.loads(text).keys()


def test_a_check_that_finds_a_difference(folder):
    onnx.save(chain(4), folder / "model.onnx")
    assert run("model.onnx", "-o", "fused.onnx").exit == 0
    onnx.save(wrong(onnx.load(folder / "fused.onnx"), "n2"), folder / "wrong.onnx")
    text, markdown, page = reports(folder, "r", "check", "model.onnx", "wrong.onnx", status=2)
    assert check(text)["check"]["verdict"] == "different"
    assert markdown.startswith("### ❌ Different: ") and "<h1>Different</h1>" in page
    text = reports(folder, "r", "check", "model.onnx", "wrong.onnx", "--atol", 1e-9, status=2)[0]
    assert check(text)["check"]["tolerance"]["absolute"] == 1e-9


@pytest.mark.parametrize("other", [1, 1.001])
@pytest.mark.parametrize("magnitude", [1e-320, 1e-307, 1e-200, 1e-160, 1e160, 1e200, 1e305])
def test_a_check_of_numbers_at_the_ends(folder, magnitude, other):
    """JSON has no infinity: whatever is computed of numbers is a number, or left out."""
    for name, factor in (("model.onnx", 1), ("other.onnx", other)):
        graph = Graph(dtype="float64")
        graph.input("x", [1, 4, 6, 6])
        graph.weight("w", [4, 4, 3, 3])
        graph.convolution("x", "c", "w")
        graph.norm("c", "n", 4)
        graph.initializer("factor", np.full(1, magnitude * factor))
        graph.node("Mul", ["n", "factor"], ["y"])
        graph.output("y", [1, 4, 4, 4])
        onnx.save(graph.model(), folder / name)
    done = run("check", "model.onnx", "other.onnx", "--json")
    assert done.exit == (0 if other == 1 else 2), done.stderr
    check(done.stdout)


def test_a_check_with_recorded_data(folder):
    text = reports(folder, "r", "check", DIGITS / "digits.onnx", "--data", DIGITS)[0]
    assert "candidate" not in check(text)


def test_a_check_with_labels(folder):
    assert run(DIGITS / "digits.onnx", "-o", "f.onnx").exit == 0
    labels = ["--data", DIGITS, "--labels", DIGITS / "labels.npy"]
    text, markdown, page = reports(folder, "r", "check", DIGITS / "digits.onnx", "f.onnx", *labels)
    (accuracy, *_) = check(text)["check"]["accuracy"]
    assert accuracy["samples"] == 360
    assert f"{accuracy['candidateRight']} of 360" in markdown and "<h2>Accuracy</h2>" in page
    assert_harmless(markdown, page)
    assert_plain_markdown(markdown)


def test_a_check_that_cannot_be_made(folder):
    riddles(folder)
    text, markdown, page = reports(folder, "r", "check", "model.onnx", "other.onnx", status=4)
    assert check(text)["check"]["verdict"] == "not-run"
    assert markdown.startswith("### ⚠️ Not run: ") and "<h1>Not run</h1>" in page
    text = reports(folder, "r", "model.onnx", "-o", "f.onnx", "--check", "--allow-unproven")[0]
    check(text)


# The option


@pytest.mark.parametrize("line", [["model.onnx", "-o", "f.onnx"], ["check", "model.onnx", "model.onnx"]])
def test_the_ending_decides_and_others_are_refused(folder, line):
    (folder / "model.onnx").write_bytes(conv_norm().SerializeToString())
    for name in ("r.txt", "json", "r.HTML", "r.md.bak"):
        words = ("a report's name ends in .json, .md or .html, but", f"'{name}' does not")
        run(*line, "--report", name).assert_failed(64, *words)
    run(*line, "--report", "missing/r.html").assert_failed(1, "missing/r.html")
    assert set(listing(folder)) == {"model.onnx"}
    reports(folder, "r", *line)
    assert {"r.json", "r.md", "r.html"} <= set(listing(folder))


def test_the_same_report_is_the_same_text(folder):
    onnx.save(chain(5), folder / "model.onnx")
    assert run("model.onnx", "-o", "f.onnx").exit == 0
    first, second = (reports(folder, "r", "check", "model.onnx", "f.onnx") for _ in range(2))
    assert first[1:] == second[1:]


# Names


class Page(html.parser.HTMLParser):
    """The elements, attributes and text of a page, as a parser finds them."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.texts, self.open = set(), set(), [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        self.texts += [value for _, value in attributes]
        if tag not in ("meta", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> ends something else"

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts.append(data)

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")


TAGS = set(
    "html head meta title style body main header footer section h1 h2 p dl div dt dd figure svg g path rect circle text"
    " desc details summary table caption thead tbody tr th td wbr".split()
)
ATTRIBUTES = set(
    "lang charset http-equiv content name class scope title id role tabindex aria-label aria-labelledby viewbox d x y"
    " cx cy r width height".split()
)


def assert_harmless(text, page):
    """Nothing acts on a terminal, and a browser finds only what the program means to say."""
    for kind in (text, page):
        bad = [c for c in kind if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") and c not in "\n\u200b"]
        assert bad == [], f"{bad}"
    found = Page(page)
    assert found.tags <= TAGS, found.tags - TAGS
    assert found.attributes <= ATTRIBUTES, found.attributes - ATTRIBUTES
    assert found.open == []


def assert_plain_markdown(text):
    """The Markdown renders to the tables and headings that were meant, with neither link nor image."""
    tokens = markdown_it.MarkdownIt("gfm-like").parse(text)
    flat = [part for token in tokens for part in [token, *(token.children or [])]]
    kinds = {token.type for token in flat}
    assert not kinds & {"link_open", "image", "fence", "code_block", "hr", "bullet_list_open", "ordered_list_open"}, kinds
    assert not kinds & {"em_open", "s_open", "blockquote_open"}, kinds
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h3"]
    for token in flat:
        if token.type == "html_inline":
            assert token.content in ("<code>", "</code>", "<sub>", "</sub>"), token.content
        if token.type == "html_block":
            lines = token.content.strip()
            assert lines == "</details>" or lines.startswith("<details><summary>") and lines.count("<") == 3, lines
    rows = [line for line in text.splitlines() if line.startswith("|")]
    cells = [token for token in tokens if token.type in ("th_open", "td_open")]
    assert cells and sum(token.type == "tr_open" for token in tokens) == len(rows) - kinds_of_tables(tokens)


def kinds_of_tables(tokens):
    """How many tables there are; each has one line that is no row."""
    return sum(token.type == "table_open" for token in tokens)


@pytest.mark.parametrize("kind", [*HOSTILE, "invalid UTF-8"])
def test_a_name_is_harmless_in_every_form(folder, kind):
    data = invalid() if kind == "invalid UTF-8" else named(HOSTILE[kind])
    (folder / "model.onnx").write_bytes(data)
    name = HOSTILE.get(kind)
    for line in (["model.onnx", "-o", "f.onnx", "--check"], ["check", "model.onnx", "f.onnx"]):
        text, markdown, page = reports(folder, "r", *line)
        document = check(text)
        if "folds" in document and name is not None:
            assert document["folds"][0]["node"] == f"{name}2", "JSON holds the name as it is"
            assert document["declined"][0]["node"] == f"{name}4"
        assert_harmless(markdown, page)
        assert_plain_markdown(markdown)
    if kind == "letters":
        assert name in markdown and name in page
    done = run("model.onnx", "-o", "f.onnx", "--check", "-v")
    assert not [c for c in done.stdout + done.stderr if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"]


def test_a_hostile_path_is_harmless(folder):
    name = "a`b|c<img src=x>\n@d.onnx"
    (folder / name).write_bytes(conv_norm().SerializeToString())
    text, markdown, page = reports(folder, "r", name, "-o", "f.onnx")
    assert check(text)["input"]["path"] == name
    assert_harmless(markdown, page)
    assert_plain_markdown(markdown)

"""The rules hold, and each of them can be broken."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import rules


def test_the_sources_keep_every_rule():
    assert rules.all_breaches() == []


def test_the_package_is_read():
    text = (rules.ROOT / "Package.swift").read_text()
    assert {target for target, _ in rules.TARGET.findall(text)} >= set(rules.MAY_IMPORT) | set(rules.C_TARGETS)


@pytest.mark.parametrize(
    "text, rule",
    [
        ('.target(name: "BatchNormFolding", dependencies: ["ONNXModel"])', "must not depend on ONNXModel"),
        ('.target(\n  name: "CONNXSchema",\n  dependencies: ["CSystemShims"])', "not depend on CSystemShims"),
        ('.target(name: "ONNXModel", dependencies: [.product(name: "A", package: "b")])', "not depend on A"),
        ('.target(name: "NewTarget")', "no rule says what NewTarget"),
    ],
)
def test_a_forbidden_arrow_in_the_package_is_found(text, rule):
    (breach,) = rules.package_breaches(text)
    assert rule in breach


@pytest.mark.parametrize(
    "target, text, rule",
    [
        ("BatchNormFolding", "import ONNXModel\n", "must not import ONNXModel"),
        ("BatchNormFolding", "import FoundationEssentials\n", "must not import FoundationEssentials"),
        ("ONNXFormat", "package import CONNXSchema\n", "must not import CONNXSchema"),
        ("ProtobufIO", "@_exported public import ONNXModel\n", "must not import ONNXModel"),
        ("bnfuse", "import ProtobufIO\n", "must not import ProtobufIO"),
        ("ONNXFormat", "let x = unsafe y\n", "no unsafe code"),
        ("BatchNormFusion", "let p: UnsafePointer<Int>\n", "no unsafe code"),
        ("ONNXFormat", "let x = try! y()\n", "forced"),
        ("ONNXFormat", "let x = y[0]!\n", "forced"),
        ("ONNXFormat", "let x = y as! Int\n", "forced"),
        ("ONNXFormat", 'let u = "a//b"; let x = y!\n', "forced"),
        ("ONNXFormat", "struct A: @unchecked Sendable {}\n", "comment that proves it"),
        ("FusionReport", "struct FusionReport {}\n", "module's name"),
        ("FusionReport", "\n" * 401, "at most 400 lines"),
    ],
)
def test_a_breach_is_found(tmp_path, target, text, rule):
    (tmp_path / target).mkdir()
    (tmp_path / target / "File.swift").write_text(text)
    (breach,) = rules.breaches(tmp_path)
    assert rule in breach


@pytest.mark.parametrize(
    "text",
    ["// a comment may say unsafe, try! it\n", "/* unsafe, too */\n", 'let x = "unsafe!"\n', "let x = !y && a != b\n"],
)
def test_what_is_no_breach_is_not_found(tmp_path, text):
    (tmp_path / "ONNXFormat").mkdir()
    (tmp_path / "ONNXFormat" / "File.swift").write_text(text)
    assert rules.breaches(tmp_path) == []

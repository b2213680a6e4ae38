"""A package that uses the plugin, built by SwiftPM in the working folder of each test.

All tests share one build folder, which stays, so that the tool is compiled once.
"""

import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

MANIFEST = """// swift-tools-version: {tools}
import PackageDescription

let package = Package(
  name: "App",
  defaultLocalization: "en",
  dependencies: [.package(name: "bnfuse", path: "{root}")],
  targets: [.executableTarget(name: "App", {declared} plugins: [{plugin}]){others}])
"""
PLUGIN = '.plugin(name: "FuseModels", package: "bnfuse")'

MAIN = """import Foundation

let folder = Bundle.module.bundlePath
for case let name as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
  print("bundled", name)
}
print("folder", folder)
"""


class Build:
    """One `swift build`: its status, and what it said."""

    def __init__(self, status, text):
        self.status, self.text = status, text

    @property
    def succeeded(self):
        return self.status == 0

    def lines(self, word):
        return [line for line in self.text.splitlines() if word in line]

    @property
    def warnings(self):
        return self.lines("warning: ")


class Package:
    """A package with one target, `App`, whose folder holds models."""

    def __init__(self, folder, scratch):
        self.folder, self.scratch = folder, scratch
        self.target = folder / "Sources" / "App"
        self.target.mkdir(parents=True)
        (self.target / "main.swift").write_text(MAIN)
        self.declare("")

    def declare(self, resources, plugin=PLUGIN, tools="6.2", others=()):
        """States the target's resources, and other targets, in the manifest's words."""
        more = "".join(f", {other}" for other in others)
        text = MANIFEST.format(root=ROOT, declared=resources, plugin=plugin, tools=tools, others=more)
        (self.folder / "Package.swift").write_text(text)

    def build(self):
        line = ["swift", "build", "--package-path", self.folder, "--scratch-path", self.scratch]
        done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=900, text=True)
        return Build(done.returncode, done.stdout)

    def bundled(self):
        """The files in the bundle of the built program, with their contents."""
        program = next(self.scratch.glob("*/debug/App"))
        lines = subprocess.run([program], capture_output=True, check=True, text=True).stdout.splitlines()
        place = pathlib.Path(next(line for line in lines if line.startswith("folder ")).removeprefix("folder "))
        names = [line.removeprefix("bundled ") for line in lines if line.startswith("bundled ")]
        # SwiftPM puts Info.plist into every bundle of a package that knows languages.
        return {name: (place / name).read_bytes() for name in names if name != "Info.plist" and (place / name).is_file()}


@pytest.fixture
def package():
    # SwiftPM keeps what it builds by a package's name, and looks for its sources where they were.
    folder, scratch = ROOT / ".build-plugin" / "App", ROOT / ".build-plugin" / "scratch"
    shutil.rmtree(folder, ignore_errors=True)
    for left in [*scratch.glob("plugins/outputs"), *scratch.glob("*/debug/App*")]:
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    return Package(folder, scratch)


@pytest.fixture(scope="session")
def bnfuse():
    path = os.environ.get("BNFUSE")
    if not path or not os.access(path, os.X_OK):
        pytest.fail("the environment variable BNFUSE must hold the path of the built command", pytrace=False)
    return path

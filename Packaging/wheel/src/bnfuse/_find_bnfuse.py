import os
import sysconfig


def find_bnfuse_bin() -> str:
    """The path of the command that this package installed; FileNotFoundError where there is none."""
    name = "bnfuse" + (sysconfig.get_config_var("EXE") or "")
    package = os.path.dirname(os.path.abspath(__file__))
    folders = [
        sysconfig.get_path("scripts"),
        sysconfig.get_path("scripts", scheme=f"{os.name}_user"),
        # `pip install --prefix`: <prefix>/lib/pythonX.Y/site-packages/bnfuse; `--target`: <folder>/bnfuse.
        os.path.join(package, *[os.pardir] * 4, "bin"),
        os.path.join(package, os.pardir, "bin"),
    ]
    for folder in folders:
        path = os.path.normpath(os.path.join(folder, name))
        if os.path.isfile(path):
            return path
    raise FileNotFoundError(f"no {name} in " + ", ".join(map(os.path.normpath, folders)))

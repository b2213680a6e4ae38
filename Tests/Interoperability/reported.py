"""Models and runs of which reports are made, and names that no report may fall for."""

import numpy as np
import onnx

from builders import Graph, find, replace, tensor
from command import run
from test_check import network

# What a name may hold; all but the last are legal.
HOSTILE = {
    "quotes": "a\"b'c",
    "script": "</script><script>window.hacked=1</script>",
    "image": "<img src=x onerror=window.hacked=1>",
    "style": "</style><style>body{display:none}",
    "attribute": "\" onload=\"window.hacked=1\" x=\"",
    "entity": "&lt;b&gt;&#x3c;",
    "bar": "a|b\\|c\\",
    "backticks": "``a`b```",
    "fence": "```\n# a\n```",
    "newlines": "a\nb\r\nc\n\n# d\n- e",
    "link": "[a](javascript:window.hacked=1) ![b](http://x.example/y.png) <http://x.example>",
    "bare link": "http://x.example/y www.x.example a@x.example",
    "mention": "@all *b* _c_ ~~d~~ $e$",
    "table": "a | b |\n|---|---|\n| c",
    "html comment": "<!-- a --> <details open>",
    "escape sequences": "\x1b[31ma\x1b]0;b\x07\x9bc",
    "bidi": "a\u202eb\u2066c\u2069\u200fd",
    "invisible": "a\u200bb\ufeffc\u2028d\u0085e",
    "letters": "画像 é 🙂 ß",
    "spaces": "  a  ",
    "long": "a/b." * 4000,
}
INVALID_UTF8 = b"\xff\xfe\xc3\x28\xed\xa0\x80"


def named(name):
    """A model in which one norm folds and one stays, and in which everything is called by a name."""
    graph = Graph()
    graph.input("x", [1, 3, 8, 8])
    graph.weight(f"{name}w", [4, 3, 3, 3])
    graph.weight(f"{name}v", [4, 4, 3, 3])
    graph.convolution("x", f"{name}c", f"{name}w", name=f"{name}1")
    graph.norm(f"{name}c", f"{name}n", 4, name=f"{name}2", gamma=np.array([0, 1, 1, 1]))
    graph.convolution(f"{name}n", f"{name}d", f"{name}v", name=f"{name}3")
    graph.norm(f"{name}d", f"{name}y", 4, name=f"{name}4")
    graph.node("Relu", [f"{name}d"], f"{name}z", name=f"{name}5")
    graph.output(f"{name}y", [1, 4, 4, 4])
    graph.output(f"{name}z", [1, 4, 4, 4])
    return graph.model().SerializeToString()


def invalid():
    """The same with names that are no UTF-8, as only a hand can write them."""
    place = "Q" * len(INVALID_UTF8)
    return named(place).replace(place.encode(), INVALID_UTF8)


def chain(layers, channels=4, size=8, declines=False, zeros=False):
    """Convolutions, each with its norm and a Relu; two of three norms stay if there are to be declines."""
    graph = Graph()
    value = "x"
    graph.input("x", [1, channels, size, size])
    for layer in range(layers):
        weight = graph.array([channels, channels, 3, 3]) / (3 * channels**0.5)
        graph.initializer(f"w{layer}", weight)
        name = f"/backbone/stage{layer // 10}/block{layer % 10}"
        graph.convolution(value, f"c{layer}", f"w{layer}", pads=[1, 1, 1, 1], name=f"{name}/Conv")
        extra = {}
        if declines and layer % 3 == 0:
            extra["variance"] = -np.ones(channels)
        if declines and layer % 3 == 1:
            graph.output(graph.relu(f"c{layer}", f"s{layer}"), [1, channels, size, size])
        if zeros and layer % 5 == 2:
            extra["gamma"] = np.array([0, *(10.0 ** -np.arange(channels - 1))])
        graph.norm(f"c{layer}", f"n{layer}", channels, name=f"{name}/BatchNormalization", **extra)
        value = graph.relu(f"n{layer}", f"r{layer}")
    graph.output(value, [1, channels, size, size])
    return graph.model()


def wrong(fused, value, change=0.01):
    """A copy of a fused model in which one weight behind a value is changed."""
    copy = onnx.ModelProto.FromString(fused.SerializeToString())
    name = find(copy, value).input[1]
    weight = tensor(copy, name).copy()
    weight[0, 1, 0, 0] += change
    return replace(copy, name, weight)


def riddles(folder):
    """Two models in the folder with an operator of nobody's, which in each reads another value."""
    for name, value in (("model.onnx", "r0"), ("other.onnx", "r1")):
        model = network(unknown=True)
        find(model, "mystery").input[0] = value
        onnx.save(model, folder / name)


def reports(folder, name, *options, status=0):
    """Runs the command, and gives its report's three forms."""
    files = [folder / f"{name}.{ending}" for ending in ("json", "md", "html")]
    for file in files:
        file.unlink(missing_ok=True)
    done = run(*options, *(word for file in files for word in ("--report", file)))
    assert done.exit == status, done.stdout + done.stderr
    return [file.read_text("utf-8") for file in files]

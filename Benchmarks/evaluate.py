"""Measures `bnfuse check` beside onnxruntime on a ResNet-50: time of one inference in one thread, and peak memory."""

import argparse
import hashlib
import inspect
import json
import math
import os
import statistics
import subprocess
import sys
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from run import CACHE, Run, fastest, highest, machine, print_header, print_row, verdict

# The targets: times onnxruntime's seconds, and times the model's size.
RATIOS = {"own": 2, "float64": 5}
MEMORY = 3

IMAGE = [1, 3, 224, 224]
STAGES = (64, 3), (128, 4), (256, 6), (512, 3)  # width and blocks


class ResNet50:
    """Convolutions with their norms, unfused; seeded weights that neither blow the values up nor let them vanish."""

    def __init__(self, seed=50):
        self.random = np.random.default_rng(seed)
        self.nodes, self.tensors = [], []
        value = self.append_norm(self.append_convolution("image", 3, 64, kernel=7, stride=2))
        value = self.append("Relu", [value])
        value = self.append("MaxPool", [value], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
        channels = 64
        for stage, (width, blocks) in enumerate(STAGES):
            for block in range(blocks):
                value = self.append_block(value, channels, width, stride=2 if stage and not block else 1)
                channels = 4 * width
        value = self.append("Flatten", [self.append("GlobalAveragePool", [value])])
        weight, bias = self.normal([1000, channels], math.sqrt(1 / channels)), self.uniform(1000, -0.1, 0.1)
        self.output = self.append("Gemm", [value, self.store("weight", weight), self.store("bias", bias)], transB=1)

    def append_block(self, value, channels, width, stride):
        """A bottleneck: three convolutions beside a way around them."""
        inner = self.append("Relu", [self.append_norm(self.append_convolution(value, channels, width))])
        inner = self.append_norm(self.append_convolution(inner, width, width, kernel=3, stride=stride))
        inner = self.append_convolution(self.append("Relu", [inner]), width, 4 * width)
        inner = self.append_norm(inner, gamma=0.5)  # so that the sums grow slowly
        if channels != 4 * width:
            value = self.append_norm(self.append_convolution(value, channels, 4 * width, stride=stride))
        return self.append("Relu", [self.append("Add", [inner, value])])

    def append_convolution(self, value, channels, width, kernel=1, stride=1):
        weight = self.normal([width, channels, kernel, kernel], math.sqrt(2 / (channels * kernel * kernel)))
        self.width = width
        return self.append("Conv", [value, self.store("weight", weight)], kernel_shape=[kernel] * 2,
                           strides=[stride] * 2, pads=[kernel // 2] * 4)

    def append_norm(self, value, gamma=1):
        ranges = {"gamma": (0.75 * gamma, 1.25 * gamma), "beta": (-0.2, 0.2), "mean": (-0.2, 0.2),
                  "variance": (0.5, 2)}
        names = [self.store(name, self.uniform(self.width, *ends)) for name, ends in ranges.items()]
        return self.append("BatchNormalization", [value, *names])

    def append(self, operator, inputs, **attributes):
        name = f"{operator.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def store(self, role, values):
        """Stores a parameter of the node that is appended next."""
        name = f"{len(self.nodes)}.{role}"
        self.tensors.append(numpy_helper.from_array(values, name))
        return name

    def normal(self, shape, deviation):
        return self.random.standard_normal(shape, dtype=np.float32) * np.float32(deviation)

    def uniform(self, count, low, high):
        return self.random.uniform(low, high, count).astype(np.float32)

    def image(self):
        return self.random.standard_normal(IMAGE, dtype=np.float32)

    def model(self):
        ends = [("image", IMAGE), (self.output, [1, 1000])]
        image, scores = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in ends)
        graph = helper.make_graph(self.nodes, "resnet50", [image], [scores], self.tensors)
        return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)],
                                 producer_name="benchmark")


# Named for what makes the network, so that none of another make is ever measured.
MAKE = hashlib.sha256((inspect.getsource(ResNet50) + repr(STAGES)).encode()).hexdigest()[:8]
FOLDER = CACHE / f"resnet50-{MAKE}"
MODEL, IMAGE_FILE, DATA = FOLDER / "resnet50.onnx", FOLDER / "image.npy", FOLDER / "test_data_set_0"


def make_network():
    """Writes the network, its input and what onnxruntime computes for it, if they are not there."""
    if MODEL.exists():
        return
    print(f"writing {MODEL.name}", file=sys.stderr)
    DATA.mkdir(parents=True, exist_ok=True)
    network = ResNet50()
    model, image = network.model(), network.image()
    onnx.checker.check_model(model)
    (scores,) = new_session(model.SerializeToString()).run(None, {"image": image})
    if not np.isfinite(scores).all() or not 0.01 < scores.std() < 100:
        sys.exit(f"the network's scores are of no use: their deviation is {scores.std()}")
    np.save(IMAGE_FILE, image)
    onnx.save_tensor(numpy_helper.from_array(image, "image"), DATA / "input_0.pb")
    onnx.save_tensor(numpy_helper.from_array(scores, network.output), DATA / "output_0.pb")
    part = MODEL.with_name("part")
    onnx.save(model, part)
    os.replace(part, MODEL)  # last, as it says that all is there


def new_session(model):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


# The same in a process of its own.
SESSION_PROCESS = f"""
import sys
import numpy as np
import onnxruntime
{inspect.getsource(new_session)}
new_session(sys.argv[1]).run(None, {{"image": np.load(sys.argv[2])}})
"""


class Reference:
    """Inferences of onnxruntime in this process; the session is made beforehand and has run once."""

    def __init__(self, runs):
        self.session, self.feeds, self.runs = new_session(MODEL), {"image": np.load(IMAGE_FILE)}, runs
        self.session.run(None, self.feeds)

    def seconds(self):
        return [self.one() for _ in range(self.runs)]

    def one(self):
        start = time.perf_counter()
        self.session.run(None, self.feeds)
        return time.perf_counter() - start


def check_command(bnfuse, precision, runs):
    return [bnfuse, "check", MODEL, "--data", DATA, "--precision", precision, "--runs", str(runs), "--threads", "1"]


def bnfuse_seconds(bnfuse, precision, runs):
    """The seconds of each inference within one process of bnfuse, as that process reports them."""
    command = [*check_command(bnfuse, precision, runs), "--json"]
    finished = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if finished.returncode != 0:
        sys.exit(f"exit status {finished.returncode}: {' '.join(map(str, command))}")
    return json.loads(finished.stdout)["check"]["secondsPerRun"][precision]


def in_turn(jobs, rounds):
    """What each job gave in each round; none always goes first."""
    found = {name: [] for name in jobs}
    names = list(jobs)
    for turn in range(rounds):
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            found[name].append(jobs[name]())
    return found


def measure_inferences(bnfuse, rounds, runs):
    """Prints the first table."""
    reference = Reference(runs)
    jobs = {"onnxruntime": reference.seconds, "onnxruntime again": reference.seconds}
    for precision in RATIOS if bnfuse else []:
        jobs[f"bnfuse {precision}"] = lambda precision=precision: bnfuse_seconds(bnfuse, precision, runs)
    found = {name: sum(lists, []) for name, lists in in_turn(jobs, rounds).items()}
    print_header("one inference|min s|median s|min/min|speed")
    least = min(found["onnxruntime"])
    for name, seconds in found.items():
        target = RATIOS.get(name.removeprefix("bnfuse "))
        ratio = min(seconds) / least
        judged = verdict(ratio, target) if target else ""
        print_row(name, f"{min(seconds):.4f}", f"{statistics.median(seconds):.4f}", f"{ratio:.2f}", judged)


def measure_processes(bnfuse, rounds):
    """Prints the second table: one inference with all around it, from the start of a process to its end."""
    jobs = {"onnxruntime": lambda: Run(sys.executable, "-c", SESSION_PROCESS, MODEL, IMAGE_FILE)}
    for precision in RATIOS if bnfuse else []:
        jobs[f"bnfuse {precision}"] = lambda precision=precision: Run(*check_command(bnfuse, precision, 1))
    found = in_turn(jobs, rounds)
    print_header("one process|min s|median s|min/min|peak MB|of the model's size|memory")
    size = MODEL.stat().st_size / 1e6
    for name, runs in found.items():
        seconds, peak = [run.seconds for run in runs], highest(runs)
        ratio = fastest(runs) / fastest(found["onnxruntime"])
        judged = verdict(round(peak / size, 2), MEMORY) if name.startswith("bnfuse") else ""
        print_row(name, f"{min(seconds):.3f}", f"{statistics.median(seconds):.3f}", f"{ratio:.2f}", f"{peak:.0f}",
                  f"{peak / size:.2f}", judged)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bnfuse", default=".build/release/bnfuse", metavar="PATH", help="the command to measure")
    parser.add_argument("--rounds", type=int, default=5, help="of onnxruntime and bnfuse in turn")
    parser.add_argument("--runs", type=int, default=3, help="inferences of each in a round")
    parser.add_argument("--reference-only", action="store_true", help="measure onnxruntime alone")
    chosen = parser.parse_args()
    if not chosen.reference_only and not os.access(chosen.bnfuse, os.X_OK):
        parser.error(f"no command at {chosen.bnfuse}")
    bnfuse = None if chosen.reference_only else os.path.abspath(chosen.bnfuse)
    rounds, runs = max(chosen.rounds, 1), max(chosen.runs, 1)

    make_network()
    load = os.getloadavg()[0]
    print(f"{machine()}; onnxruntime {onnxruntime.__version__}; {rounds} rounds of {runs} inferences; "
          f"load {load:.1f} at the start; model of {MODEL.stat().st_size / 1e6:.1f} MB, {MAKE}.")
    measure_inferences(bnfuse, rounds, runs)
    measure_processes(bnfuse, rounds)


if __name__ == "__main__":
    main()

"""Writes the zoo's networks as ONNX files whose norms are unfused."""

import re
import sys
import warnings

import torch
from torch import nn

from topologies import TOPOLOGIES

OPSET = 17
BATCH = 8
PASSES = 3
NEGATIVE = 0.1  # the share of the channels whose gamma is negative
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def file_name(name):
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") + ".onnx"


def calibrated(topology, seed=5):
    """The network with seeded weights, norms that have something to do, and statistics of seeded noise."""
    torch.manual_seed(seed)
    network = topology.build()
    for norm in network.modules():
        if isinstance(norm, NORMS):
            norm.momentum = None  # the mean of all passes
            with torch.no_grad():
                signs = torch.where(torch.rand_like(norm.weight) < NEGATIVE, -1.0, 1.0)
                norm.weight.copy_((0.5 + torch.rand_like(norm.weight)) * signs)
                norm.bias.normal_(0, 0.1)
    network.train()
    with torch.no_grad():
        for _ in range(PASSES):
            network(torch.randn(BATCH, *topology.input))
    return network.eval()


def exported(name, folder):
    """The path of a network's file, which is written unless it is there; it appears whole or not at all."""
    path = folder / file_name(name)
    if not path.exists():
        print(f"exporting {name}", file=sys.stderr, flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        export(TOPOLOGIES[name], partial)
        partial.rename(path)
    return path


def export(topology, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter that leaves norms unfused is the deprecated one
        torch.onnx.export(
            calibrated(topology), (torch.randn(1, *topology.input),), path, dynamo=False, opset_version=OPSET,
            training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
            input_names=["input"], output_names=["output"],
        )

"""The networks of the zoo: what builds each, and the shape of one input, as small as the topology allows."""

from dataclasses import dataclass
from functools import partial
from typing import Callable

import torch

import networks

try:
    from torchvision import models
except RuntimeError:
    # Its binary is built for another torch. Its Python needs no more of it than that these exist.
    OPERATORS = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        OPERATORS.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    from torchvision import models

import timm  # noqa: E402, since it imports torchvision

IMAGE = (3, 64, 64)


@dataclass(frozen=True)
class Topology:
    """A network with fresh weights, and its input without the batch."""

    build: Callable[[], torch.nn.Module]
    input: tuple[int, ...] = IMAGE


def from_timm(name):
    return partial(timm.create_model, name, pretrained=False)


def vgg11_bn():
    """Without its 500 MB of linear layers, which have no norms and tie it to images of 224 × 224."""
    network = models.vgg11_bn(init_weights=False)
    network.avgpool, network.classifier = torch.nn.AdaptiveAvgPool2d(1), torch.nn.Linear(512, 1000)
    return network


TOPOLOGIES = {
    "ResNet-18": Topology(models.resnet18),
    "ResNet-50": Topology(models.resnet50),
    "ResNet-18, pre-activation": Topology(networks.preactivation_resnet),
    "MobileNet v2": Topology(models.mobilenet_v2),
    "MobileNet v3 large": Topology(models.mobilenet_v3_large),
    "MobileNet v3 small": Topology(models.mobilenet_v3_small),
    "EfficientNet-B0": Topology(models.efficientnet_b0),
    "DenseNet-121": Topology(models.densenet121),
    "Inception v3": Topology(partial(models.inception_v3, init_weights=False, aux_logits=False), (3, 96, 96)),
    "GoogLeNet": Topology(partial(models.googlenet, init_weights=False, aux_logits=False)),
    "ShuffleNet v2": Topology(models.shufflenet_v2_x1_0),
    "RegNetY-400MF": Topology(models.regnet_y_400mf),
    "VGG11-BN": Topology(vgg11_bn),
    "ConvNeXt-T with BatchNorm": Topology(networks.convnext),
    "LeViT-128": Topology(from_timm("levit_128"), (3, 224, 224)),
    "RepVGG-A0, training form": Topology(from_timm("repvgg_a0")),
    "U-Net": Topology(networks.UNet),
    "DCGAN generator": Topology(networks.dcgan_generator, (100, 1, 1)),
    "R3D-18": Topology(models.video.r3d_18, (3, 8, 64, 64)),
    "M5": Topology(networks.m5, (1, 8000)),
    "ResNet 1-D": Topology(networks.resnet1d, (12, 1000)),
    "MLP, Gemm": Topology(networks.gemm_perceptron, (784,)),
    "MLP, MatMul + Add": Topology(networks.matmul_perceptron, (784,)),
}

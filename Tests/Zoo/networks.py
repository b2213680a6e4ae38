"""The topologies that neither torchvision nor timm has, as wide as they are in use."""

from functools import partial

import torch
from torch import nn
from torch.nn import functional

WIDTHS = (64, 128, 256, 512)


class UNet(nn.Module):
    """Ronneberger et al. 2015 in the padded form of today: a norm after each convolution, learned upsampling."""

    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList(self.double(i, o) for i, o in zip((3, *WIDTHS), (*WIDTHS, 1024)))
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * width, width, 2, 2) for width in WIDTHS[::-1])
        self.merge = nn.ModuleList(self.double(2 * width, width) for width in WIDTHS[::-1])
        self.head = nn.Conv2d(64, 2, 1)

    @staticmethod
    def double(inputs, outputs):
        layers = []
        for width in (inputs, outputs):
            layers += [nn.Conv2d(width, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
        return nn.Sequential(*layers)

    def forward(self, x):
        kept = []
        for index, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if index else x)
            kept.append(x)
        for up, merge, beside in zip(self.up, self.merge, kept[-2::-1]):
            x = merge(torch.cat([beside, up(x)], 1))
        return self.head(x)


class ConvNeXtBlock(nn.Module):
    """A depthwise 7 × 7 convolution, its norm, and two products with a learned scale beside the identity."""

    def __init__(self, width):
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.BatchNorm2d(width)
        self.expand, self.reduce = nn.Conv2d(width, 4 * width, 1), nn.Conv2d(4 * width, width, 1)
        self.scale = nn.Parameter(torch.full([width, 1, 1], 0.1))

    def forward(self, x):
        return x + self.scale * self.reduce(functional.gelu(self.expand(self.norm(self.depthwise(x)))))


def convnext(depths=(3, 3, 9, 3), widths=(96, 192, 384, 768)):
    """ConvNeXt-T (Liu et al. 2022) with BatchNorm in place of LayerNorm: norms stand before unpadded convolutions."""
    layers = [nn.Conv2d(3, widths[0], 4, 4), nn.BatchNorm2d(widths[0])]
    for stage, (depth, width) in enumerate(zip(depths, widths)):
        if stage:
            layers += [nn.BatchNorm2d(widths[stage - 1]), nn.Conv2d(widths[stage - 1], width, 2, 2)]
        layers += [ConvNeXtBlock(width) for _ in range(depth)]
    return nn.Sequential(
        *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.BatchNorm1d(widths[-1]), nn.Linear(widths[-1], 1000)
    )


class PreActivationBlock(nn.Module):
    """He et al. 2016: the norms stand before the convolutions, and the sum is never normalized."""

    def __init__(self, inputs, width, stride):
        super().__init__()
        self.first, self.second = nn.BatchNorm2d(inputs), nn.BatchNorm2d(width)
        self.inner = nn.Conv2d(inputs, width, 3, stride, padding=1, bias=False)
        self.outer = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.beside = nn.Conv2d(inputs, width, 1, stride, bias=False) if inputs != width else None

    def forward(self, x):
        active = functional.relu(self.first(x))
        y = self.outer(functional.relu(self.second(self.inner(active))))
        return y + (x if self.beside is None else self.beside(active))


def preactivation_resnet():
    layers = [nn.Conv2d(3, 64, 7, 2, padding=3, bias=False), nn.MaxPool2d(3, 2, padding=1)]
    for stage, width in enumerate(WIDTHS):
        inputs = WIDTHS[max(stage - 1, 0)]
        layers += [PreActivationBlock(inputs, width, 2 if stage else 1), PreActivationBlock(width, width, 1)]
    return nn.Sequential(
        *layers, nn.BatchNorm2d(512), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000)
    )


def dcgan_generator():
    """Radford et al. 2016: 100 numbers become an image of 64 × 64."""
    layers, widths = [], (100, 512, 256, 128, 64)
    for stage, (inputs, width) in enumerate(zip(widths, widths[1:])):
        step = dict(stride=2, padding=1) if stage else {}
        layers += [nn.ConvTranspose2d(inputs, width, 4, **step, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(64, 3, 4, 2, padding=1, bias=False), nn.Tanh())


def m5():
    """Dai et al. 2017, sound as it is: the norm stands between the convolution and the pooling."""
    layers = []
    for inputs, width, kernel, stride in (1, 128, 80, 4), (128, 128, 3, 1), (128, 256, 3, 1), (256, 512, 3, 1):
        layers += [nn.Conv1d(inputs, width, kernel, stride), nn.BatchNorm1d(width), nn.ReLU(), nn.MaxPool1d(4)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(512, 35))


class Block1d(nn.Module):
    def __init__(self, inputs, width, stride):
        super().__init__()
        self.inner = nn.Sequential(
            nn.Conv1d(inputs, width, 7, stride, padding=3, bias=False), nn.BatchNorm1d(width), nn.ReLU(),
            nn.Conv1d(width, width, 7, padding=3, bias=False), nn.BatchNorm1d(width),
        )
        beside = nn.Conv1d(inputs, width, 1, stride, bias=False)
        self.beside = nn.Sequential(beside, nn.BatchNorm1d(width)) if stride > 1 else nn.Identity()

    def forward(self, x):
        return functional.relu(self.inner(x) + self.beside(x))


def resnet1d():
    """A residual network for electrocardiograms of 12 leads."""
    layers = [nn.Conv1d(12, 64, 15, 2, padding=7, bias=False), nn.BatchNorm1d(64), nn.ReLU(), nn.MaxPool1d(3, 2, 1)]
    for stage, width in enumerate(WIDTHS):
        layers.append(Block1d(WIDTHS[max(stage - 1, 0)], width, 2 if stage else 1))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(512, 5))


class Product(nn.Module):
    """A linear layer that is exported as MatMul and Add, as most frameworks other than PyTorch write it."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs) * (2 / inputs) ** 0.5)
        self.bias = nn.Parameter(torch.randn(outputs) * 0.1)

    def forward(self, x):
        return torch.matmul(x, self.weight) + self.bias


def perceptron(linear):
    layers = []
    for inputs, outputs in (784, 512), (512, 512), (512, 256):
        layers += [linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU()]
    return nn.Sequential(*layers, linear(256, 10))


gemm_perceptron = partial(perceptron, nn.Linear)
matmul_perceptron = partial(perceptron, Product)

"""bnfuse, a command that folds BatchNormalization into the linear operators of a neural network file."""

from ._find_bnfuse import find_bnfuse_bin

__all__ = ["find_bnfuse_bin"]

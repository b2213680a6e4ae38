"""Trains the digits network and writes the files of this folder.

    pip install torch==2.13.0 scikit-learn==1.9.1 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
    python train.py

The seeds are fixed, but another version of PyTorch or another processor may give other last bits: the committed
files are the reference, not what a new run makes.
"""

import json
import pathlib

import numpy as np
import onnx
import onnxruntime as ort
import sklearn
import torch
from onnx import numpy_helper
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

HERE = pathlib.Path(__file__).parent
SEED = 20
HELD_OUT = 360
EPOCHS = 60


class DigitsNet(nn.Module):
    """One of each operator that a norm can follow: 8x8 grey image in, 10 class scores out."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 24, 3, padding=1, bias=False), nn.BatchNorm2d(24), nn.ReLU(),
            nn.Conv2d(24, 24, 3, padding=1, groups=24, bias=False), nn.BatchNorm2d(24), nn.ReLU(),
            nn.Conv2d(24, 32, 1), nn.BatchNorm2d(32), nn.ReLU(),
            nn.ConvTranspose2d(32, 24, 2, stride=2, groups=4, bias=False), nn.BatchNorm2d(24), nn.ReLU(),
            nn.Conv2d(24, 48, 3, stride=2, padding=1, groups=2), nn.BatchNorm2d(48), nn.ReLU(),
            nn.Conv2d(48, 32, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Linear(32 * 4 * 4, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.Dropout(0.2), nn.Linear(48, 10),
        )

    def forward(self, image):
        return self.classifier(self.features(image))


def trained(images, labels):
    torch.manual_seed(SEED)
    net = DigitsNet()
    optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-2)
    batch = 64
    steps = EPOCHS * (len(images) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=6e-3, total_steps=steps)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.05)
    for _ in range(EPOCHS):
        order = torch.randperm(len(images))
        for first in range(0, len(images) // batch * batch, batch):
            chosen = order[first : first + batch]
            loss = loss_of(net(shifted(images[chosen])), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return net.eval()


def shifted(images):
    """The images, each moved by at most one pixel in each direction."""
    padded = nn.functional.pad(images, (1, 1, 1, 1))
    moves = torch.randint(0, 3, (len(images), 2))
    return torch.stack([image[:, y : y + 8, x : x + 8] for image, (y, x) in zip(padded, moves.tolist())])


def exported(net, path):
    # The ordinary export folds the norms itself; PRESERVE keeps them, and the net is in eval mode, so they are too.
    torch.onnx.export(
        net, torch.zeros(2, 1, 8, 8), path, dynamo=False, training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False, opset_version=17, input_names=["image"], output_names=["scores"],
        dynamic_axes={"image": {0: "batch"}, "scores": {0: "batch"}},
    )
    model = onnx.load(path)
    model.doc_string = "Digits of 8x8 pixels, trained on the UCI optical digits; see train.py."
    onnx.checker.check_model(model, full_check=True)
    norms = [node for node in model.graph.node if node.op_type == "BatchNormalization"]
    wanted = sum(isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)) for module in net.modules())
    assert len(norms) == wanted, f"{len(norms)} norms exported of {wanted}"
    for norm in norms:
        mode = [attribute.i for attribute in norm.attribute if attribute.name == "training_mode"]
        assert mode in ([], [0]) and len(norm.output) == 1, "a norm was exported in training mode"
    onnx.save(model, path)


def scores_of(path, images):
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return session.run(["scores"], {"image": images})[0]


def main():
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    digits = load_digits()
    images = (digits.images / 16).astype(np.float32)[:, None]
    labels = digits.target.astype(np.int64)
    indices = np.arange(len(images))
    training, held_out = train_test_split(indices, test_size=HELD_OUT, stratify=labels, random_state=SEED)
    held_out.sort()

    net = trained(torch.from_numpy(images[training]), torch.from_numpy(labels[training]))
    path = HERE / "digits.onnx"
    exported(net, str(path))

    scores = scores_of(str(path), images[held_out])
    right = int((scores.argmax(1) == labels[held_out]).sum())
    data = HERE / "test_data_set_0"
    data.mkdir(exist_ok=True)
    (data / "input_0.pb").write_bytes(numpy_helper.from_array(images[held_out], "image").SerializeToString())
    (data / "output_0.pb").write_bytes(numpy_helper.from_array(scores, "scores").SerializeToString())
    record = {
        "heldOut": len(held_out), "right": right, "accuracy": round(right / len(held_out), 6),
        "trainedOn": len(training), "seed": SEED,
        "versions": {"torch": torch.__version__, "scikit-learn": sklearn.__version__, "onnxruntime": ort.__version__},
        "indices": held_out.tolist(), "labels": labels[held_out].tolist(),
    }
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in record.items()]
    np.save(HERE / "labels.npy", labels[held_out])
    (HERE / "labels.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{right} of {len(held_out)} held-out digits right ({right / len(held_out):.2%})")


main()

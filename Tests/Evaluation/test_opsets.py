"""The operators in the forms that operator sets have had, beside what onnxruntime computes.

    BNFUSE=.build/release/bnfuse python -m pytest Tests/Evaluation/test_opsets.py
"""

import subprocess

import onnx
import onnxruntime
import pytest
from onnx import helper

from operator_cases import DATA, SECONDS, write_values
from opset_cases import CASES
from required import REQUIRED

TOLERANCES = ["--rtol", "1e-4", "--atol", "1e-5"]


def computed(model, feeds):
    """What onnxruntime computes for a model as it is."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def recorded(request, tmp_path):
    """The folder of a model and of what onnxruntime computed for it."""
    feeds = request.param.feeds()
    model = request.param.model(feeds)
    outputs = computed(model, feeds)
    for info, value in zip(model.graph.output, outputs, strict=True):
        element = helper.np_dtype_to_tensor_dtype(value.dtype)
        info.CopyFrom(helper.make_tensor_value_info(info.name, element, value.shape))
    onnx.save(model, tmp_path / "model.onnx")
    (tmp_path / DATA).mkdir()
    write_values(tmp_path / DATA, "input", feeds.values(), model.graph.input)
    write_values(tmp_path / DATA, "output", outputs, model.graph.output)
    return tmp_path


def test_it_computes_what_onnxruntime_computes(recorded, bnfuse):
    command = [bnfuse, "check", recorded / "model.onnx", "--data", recorded / DATA, *TOLERANCES]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_cases_are_at_changes_of_the_definition():
    known = {(s.name, s.since_version) for s in onnx.defs.get_all_schemas_with_history() if s.domain == ""}
    assert [case.name for case in CASES if (case.operator, case.opset) not in known] == []


def test_every_required_operator_has_a_case():
    assert REQUIRED - {case.operator for case in CASES} == set()

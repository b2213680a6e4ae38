import Equivalence
import FusionReport

extension Report {
  /// A report of a model with two norms that fold and two that stay.
  static func example() -> Report {
    Report(
      tool: Tool(name: "bnfuse", version: "1.2.3"),
      input: Input(
        path: "a/m.onnx", format: "ONNX", bytes: 1000, irVersion: 8, opsets: ["": 17, "com.example": 2], nodes: 9,
        batchNorms: 4),
      output: Output(path: "out.onnx", bytes: 900, nodes: 7),
      summary: Summary(batchNorms: 4, folded: 2, declined: 2, secondsTotal: 1.0456),
      folds: [
        Fold(
          batchNorm: "y", node: "bn", graph: "/",
          into: [Target(operator: "Conv", node: "conv", output: "y", role: .both)], through: ["Identity", "Dropout"],
          channels: 8,
          certificate: Certificate(
            maxWeightUlp: 0.5, maxBiasUlp: 0.25, outputBound: OutputBound(perUnitInput: 1e-7, constant: 0)),
          warnings: ["dead-channels"]),
        Fold(
          batchNorm: "z", node: "", graph: "/if/then_branch",
          into: [
            Target(operator: "MatMul", node: "", output: "m_scaled", role: .weight),
            Target(operator: "Add", node: "", output: "z", role: .bias),
          ], through: [], channels: 1, certificate: nil, warnings: []),
      ],
      declined: [
        Decline(batchNorm: "v", node: "", graph: "/", code: "activation-shared", reason: "it has 2 readers"),
        Decline(batchNorm: "w", node: "bn3", graph: "/", code: "training-mode", reason: "it trains"),
      ],
      renamed: [Renaming(old: "m", new: "m_scaled", scale: [2], shift: [0])],
      warnings: [
        Warning(code: "dead-channels", node: "bn", text: "1 of 8 channels have a gamma of 0"),
        Warning(code: "nothing-matched", node: "", text: "no value is called 'q', which was to be kept"),
      ], norms: nil)
  }
}

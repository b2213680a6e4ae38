import BatchNormFusion
import Foundation

/// Runs a network that reads digits on images that it has not seen, before and after its norms are folded.
///
/// `RunDigits <folder of the digits fixture>`
@main
struct RunDigits {
  /// What the fixture says of its images.
  struct Labels: Decodable {
    let labels: [Int]
  }

  static func main() throws {
    let folder = CommandLine.arguments.dropFirst().first ?? "Fixtures/digits"
    let labels = try JSONDecoder().decode(
      Labels.self, from: Data(contentsOf: URL(fileURLWithPath: "\(folder)/labels.json"))
    ).labels
    let fused = FileManager.default.temporaryDirectory.appendingPathComponent("digits.fused.onnx").path
    _ = try Model(at: "\(folder)/digits.onnx").fuse(to: fused)
    for path in ["\(folder)/digits.onnx", fused] {
      let model = try ModelEvaluator(at: path)
      let images = try model.recordedData(in: "\(folder)/test_data_set_0").inputs
      for precision in Precision.allCases {
        let evaluation = try model.evaluate(images, precision: precision)
        guard let scores = evaluation.outputs.first??.tensor?.doubles else { continue }
        let right = labels.indices.count { image in
          let row = scores[(image * 10)..<(image * 10 + 10)]
          return row.indices.max { row[$0] < row[$1] } == image * 10 + labels[image]
        }
        print("\(model.nodeCount) nodes, \(precision.rawValue): \(right) of \(labels.count) digits right")
      }
    }
  }
}

import BatchNormFusion
import Foundation

/// Shows that the model in the bundle is the fused one, and runs it.
///
/// The target's resource is the unfused network; the plugin `FuseModels` fused it while this was built.
@main struct Digits {
  static func main() throws {
    guard let path = Bundle.module.path(forResource: "digits", ofType: "onnx") else {
      throw CocoaError(.fileNoSuchFile)
    }
    let norms = try Model(at: path).inspect().summary.batchNorms
    let image = try Tensor(shape: [1, 1, 8, 8], [Float](repeating: 0.5, count: 64))
    let model = try ModelEvaluator(at: path)
    let scores = try model.run([model.inputs[0].name: image])
    print("\(norms) norms in the bundled model, \(scores["scores"]?.count ?? 0) scores")
    guard norms == 0 else { exit(1) }
  }
}

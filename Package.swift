// swift-tools-version: 6.3

import PackageDescription

/// What every Swift target of this package is built with.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// The commit that is built, for `bnfuse --version`.
let commit = Context.gitInformation.map { git in
  CSetting.define("BNFUSE_COMMIT", to: "\"\(git.currentCommit.prefix(12))\(git.hasUncommittedChanges ? "+" : "")\"")
}

let package = Package(
  name: "bnfuse",
  platforms: [.macOS(.v26)],
  products: [
    .executable(name: "bnfuse", targets: ["bnfuse"]),
    .library(name: "BatchNormFusion", targets: ["BatchNormFusion", "FusionReport"]),
    .plugin(name: "FuseModels", targets: ["FuseModels"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    .systemLibrary(
      name: "CProtobufC",
      pkgConfig: "libprotobuf-c",
      providers: [.apt(["libprotobuf-c-dev"]), .brew(["protobuf-c"])]),
    .target(name: "CSystemShims", cSettings: commit.map { [$0] } ?? []),
    .target(name: "CONNXSchema", dependencies: ["CProtobufC"]),
    .target(name: "ProtobufIO", dependencies: ["CProtobufC", "CSystemShims"], swiftSettings: strict),
    .target(name: "Tensors", dependencies: ["CSystemShims"], swiftSettings: strict),
    .target(
      name: "RecordedData", dependencies: ["Tensors", "ProtobufIO", "CONNXSchema", "CProtobufC"], swiftSettings: strict),
    // Rounding and fused multiplication are in the C library's mathematical part.
    .target(
      name: "BatchNormFolding", dependencies: ["Tensors"], swiftSettings: strict, linkerSettings: [.linkedLibrary("m")]),
    .target(name: "ModelGraph", dependencies: ["Tensors", "ProtobufIO"], swiftSettings: strict),
    .target(
      name: "ONNXModel", dependencies: ["Tensors", "RecordedData", "ModelGraph", "ProtobufIO", "CONNXSchema"],
      swiftSettings: strict),
    .target(
      name: "ONNXFormat",
      dependencies: ["Tensors", "RecordedData", "ModelGraph", "ONNXModel", "ProtobufIO", "BatchNormFolding"],
      swiftSettings: strict),
    // Functions are the C library's, and OpenBLAS is opened by its dynamic linker.
    .target(
      name: "NumericKernels", dependencies: ["Tensors"], swiftSettings: strict, linkerSettings: [.linkedLibrary("m")]),
    .target(
      name: "Equivalence", dependencies: ["Tensors"], swiftSettings: strict, linkerSettings: [.linkedLibrary("m")]),
    .target(
      name: "ONNXEvaluation",
      dependencies: ["Tensors", "RecordedData", "ModelGraph", "ProtobufIO", "NumericKernels", "Equivalence"],
      swiftSettings: strict),
    .target(
      name: "ONNXAlignment",
      dependencies: ["Tensors", "ModelGraph", "ProtobufIO", "ONNXEvaluation", "Equivalence"],
      swiftSettings: strict),
    .target(
      name: "FusionReport", dependencies: ["Tensors", "Equivalence"], swiftSettings: strict),
    .target(
      name: "BatchNormFusion",
      dependencies: [
        "Tensors", "RecordedData", "ModelGraph", "ProtobufIO", "BatchNormFolding", "ONNXModel", "ONNXFormat",
        "FusionReport",
        "Equivalence", "ONNXEvaluation", "ONNXAlignment",
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "bnfuse",
      dependencies: [
        "BatchNormFusion", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    .executableTarget(name: "FuseModelsTool", dependencies: ["BatchNormFusion"], swiftSettings: strict),
    .plugin(name: "FuseModels", capability: .buildTool(), dependencies: ["FuseModelsTool"]),
    // What `make fuzz` runs; no product holds it.
    .target(name: "CLibFuzzer", path: "Fuzzing/CLibFuzzer"),
    .target(
      name: "FuzzTargets",
      dependencies: ["BatchNormFusion", "Equivalence", "ONNXModel", "ProtobufIO", "CONNXSchema", "CProtobufC"],
      path: "Fuzzing/FuzzTargets", swiftSettings: strict),
    .executableTarget(
      name: "FuzzRunner", dependencies: ["FuzzTargets", "CLibFuzzer"], path: "Fuzzing/FuzzRunner", swiftSettings: strict
    ),
    // Messages that the tests of ProtobufIO read besides ONNX's.
    .target(name: "CMadeUpSchema", dependencies: ["CProtobufC"], path: "Tests/CMadeUpSchema", exclude: ["proto"]),
    .testTarget(
      name: "ProtobufIOTests", dependencies: ["ProtobufIO", "CProtobufC", "CONNXSchema", "CMadeUpSchema"],
      swiftSettings: strict),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors"], swiftSettings: strict),
    .testTarget(
      name: "RecordedDataTests",
      dependencies: ["RecordedData", "Tensors", "ProtobufIO", "ONNXModelTests", "ProtobufIOTests"],
      swiftSettings: strict),
    .testTarget(
      name: "BatchNormFoldingTests", dependencies: ["BatchNormFolding", "Tensors"], swiftSettings: strict),
    .testTarget(
      name: "ONNXModelTests",
      dependencies: ["Tensors", "RecordedData", "ModelGraph", "ONNXModel", "ProtobufIO", "ProtobufIOTests"],
      swiftSettings: strict),
    .testTarget(
      name: "ONNXFormatTests",
      dependencies: [
        "Tensors", "RecordedData", "ModelGraph", "ONNXFormat", "ONNXModel", "ProtobufIO", "BatchNormFolding",
        "ONNXModelTests",
        "ProtobufIOTests",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "NumericKernelsTests", dependencies: ["Tensors", "TensorsTests", "NumericKernels"], swiftSettings: strict),
    .testTarget(name: "EquivalenceTests", dependencies: ["Tensors", "Equivalence"], swiftSettings: strict),
    .testTarget(
      name: "ONNXEvaluationTests",
      dependencies: [
        "Tensors", "RecordedData", "ModelGraph", "ONNXEvaluation", "ONNXModel", "ProtobufIO", "NumericKernels",
        "Equivalence",
        "ONNXModelTests",
        "ProtobufIOTests",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ONNXAlignmentTests",
      dependencies: [
        "Tensors", "RecordedData", "ModelGraph", "ONNXAlignment", "ONNXEvaluation", "ONNXModel", "ProtobufIO",
        "Equivalence",
        "ONNXModelTests",
        "ProtobufIOTests",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "FusionReportTests", dependencies: ["Tensors", "FusionReport", "Equivalence"], swiftSettings: strict),
    .testTarget(
      name: "BatchNormFusionTests",
      dependencies: [
        "Tensors", "RecordedData", "BatchNormFusion", "FusionReport", "Equivalence", "ONNXFormat", "ONNXModel",
        "ProtobufIO", "ONNXModelTests",
        "ProtobufIOTests",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "FuzzTargetsTests", dependencies: ["FuzzTargets", "ProtobufIO", "ProtobufIOTests"], swiftSettings: strict),
  ])

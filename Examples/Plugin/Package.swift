// swift-tools-version: 6.3

import PackageDescription

let package = Package(
  name: "Plugin",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "bnfuse", path: "../..")],
  targets: [
    .executableTarget(
      name: "Digits",
      dependencies: [.product(name: "BatchNormFusion", package: "bnfuse")],
      resources: [.process("Models")],
      plugins: [.plugin(name: "FuseModels", package: "bnfuse")])
  ])

// swift-tools-version: 6.2

import PackageDescription

let package = Package(
  name: "FuseModels",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "bnfuse", path: "../..")],
  targets: [
    .executableTarget(
      name: "FuseModels", dependencies: [.product(name: "BatchNormFusion", package: "bnfuse")])
  ])

// swift-tools-version: 6.3

import PackageDescription

let library = Target.Dependency.product(name: "BatchNormFusion", package: "bnfuse")

let package = Package(
  name: "Library",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "bnfuse", path: "../..")],
  targets: [
    .executableTarget(name: "FuseFolder", dependencies: [library]),
    .executableTarget(name: "RunDigits", dependencies: [library]),
  ])

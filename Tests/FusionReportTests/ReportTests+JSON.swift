import FoundationEssentials
import Tensors
import Testing

@testable import FusionReport

/// The JSON form, which scripts read.
extension ReportTests {
  /// A JSON value, for looking at keys.
  private indirect enum Value: Decodable, Equatable {
    case object([String: Value])
    case list([Value])
    case text(String)
    case number(Double)
    case null

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        self = .null
      } else if let object = try? container.decode([String: Value].self) {
        self = .object(object)
      } else if let list = try? container.decode([Value].self) {
        self = .list(list)
      } else if let text = try? container.decode(String.self) {
        self = .text(text)
      } else {
        self = .number(try container.decode(Double.self))
      }
    }

    subscript(key: String) -> Value? {
      if case .object(let object) = self { object[key] } else { nil }
    }

    subscript(index: Int) -> Value? {
      if case .list(let list) = self, list.indices.contains(index) { list[index] } else { nil }
    }

    var keys: Set<String> {
      if case .object(let object) = self { Set(object.keys) } else { [] }
    }
  }

  @Test func `has the keys that scripts know`() throws {
    let report = try value(of: .example())
    let required: Set = [
      "schemaVersion", "tool", "input", "output", "summary", "folds", "declined", "renamed", "warnings",
    ]
    #expect(report.keys.isSuperset(of: required))
    #expect(report["tool"]?.keys == ["name", "version"])
    #expect(report["input"]?.keys == ["path", "format", "bytes", "irVersion", "opsets", "nodes", "batchNorms"])
    #expect(report["output"]?.keys == ["path", "bytes", "nodes"])
    #expect(
      report["summary"]?.keys == [
        "batchNorms", "folded", "declined", "merged", "lowered", "affineFolded", "secondsTotal",
        "secondsReading", "secondsPlanning",
      ])
    #expect(
      report["folds"]?[0]?.keys == [
        "batchNorm", "node", "graph", "into", "direction", "through", "channels", "certificate", "warnings",
      ])
    #expect(report["folds"]?[0]?["into"]?[0]?.keys == ["operator", "node", "output", "role"])
    #expect(report["folds"]?[0]?["certificate"]?.keys == ["maxWeightUlp", "maxBiasUlp", "outputBound"])
    #expect(report["folds"]?[0]?["certificate"]?["outputBound"]?.keys == ["perUnitInput", "constant"])
    #expect(report["declined"]?[0]?.keys == ["batchNorm", "node", "graph", "code", "reason"])
    #expect(report["renamed"]?[0]?.keys == ["old", "new", "scale", "shift"])
    #expect(report["warnings"]?[0]?.keys == ["code", "node", "text"])
  }

  @Test func `has the values that scripts compare`() throws {
    let report = try value(of: .example())
    #expect(report["schemaVersion"] == .number(1))
    #expect(report["input"]?["opsets"] == .object(["": .number(17), "com.example": .number(2)]))
    #expect(report["folds"]?[0]?["direction"] == .text("backward"))
    #expect(report["folds"]?[0]?["into"]?[0]?["role"] == .text("both"))
    #expect(report["folds"]?[1]?["into"]?[1]?["role"] == .text("bias"))
    #expect(report["folds"]?[0]?["through"] == .list([.text("Identity"), .text("Dropout")]))
    #expect(report["summary"]?["merged"] == .number(0) && report["summary"]?["lowered"] == .number(0))
  }

  @Test func `is the same text each time and ends in a line break`() throws {
    let text = try Report.example().json()
    #expect(text == (try Report.example().json()))
    #expect(text.hasSuffix("}\n"))
    #expect(text.contains("\"path\" : \"a/m.onnx\""))
  }

  @Test func `comes back as the report that it was`() throws {
    let report = Report.example()
    #expect(try JSONDecoder().decode(Report.self, from: Data(report.json().utf8)) == report)
  }

  @Test func `carries names with quotes, line breaks and letters of any language`() throws {
    var report = Report.example()
    report.declined[0].batchNorm = "\"\\\n\u{1B}é🙂"
    #expect(try value(of: report)["declined"]?[0]?["batchNorm"] == .text("\"\\\n\u{1B}é🙂"))
  }

  private func value(of report: Report) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(report.json().utf8))
  }
}

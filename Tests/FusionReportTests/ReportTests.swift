import FoundationEssentials
import Testing

@testable import FusionReport

@Suite struct ReportTests {
  @Test func `its summary is a table, a line for each norm that stays and one for each warning`() {
    #expect(
      Report.example().summaryText() == """
        norms     4
        folded    2
        declined  2 (activation-shared 1, training-mode 1)
        nodes     9 → 7
        bytes     1000 → 900
        seconds   1.046
        declined 'v': activation-shared: it has 2 readers
        declined 'bn3': training-mode: it trains
        warning 'bn': dead-channels: 1 of 8 channels have a gamma of 0
        warning: nothing-matched: no value is called 'q', which was to be kept

        """)
  }

  @Test func `its long summary has a line for each fold too`() {
    let lines = Report.example().summaryText(verbose: true).split(separator: "\n")
    #expect(
      lines[8...9] == [
        "folded 'bn': 8 channels into Conv 'conv' through Identity, Dropout",
        "folded 'z': 1 channels into MatMul 'm_scaled' and Add 'z'",
      ])
    #expect(lines.count == 12)
  }

  @Test func `counts declines by their code, the most frequent first`() {
    var report = Report.example()
    for _ in 0..<2 {
      report.declined.append(
        Report.Decline(batchNorm: "n", node: "", graph: "/", code: "training-mode", reason: "it trains"))
    }
    report.declined.append(
      Report.Decline(batchNorm: "n", node: "", graph: "/", code: "rank-unknown", reason: "who knows"))
    report.summary.declined = 5
    let line = report.summaryText().split(separator: "\n")[2]
    #expect(line == "declined  5 (training-mode 3, activation-shared 1, rank-unknown 1)")
  }

  @Test func `a summary of a model that was not to be written says nothing of it`() {
    var report = Report.example()
    report.output = nil
    report.declined = []
    report.summary.declined = 0
    report.warnings = []
    report.summary.secondsTotal = 0.0004
    #expect(
      report.summaryText() == """
        norms     4
        folded    2
        declined  0
        seconds   0.000

        """)
  }

  @Test func `an inspected model has a line for each norm`() {
    var report = Report.example()
    report.norms = [
      Report.Norm(
        batchNorm: "y", node: "bn", graph: "/", mode: "inference", channels: 8, epsilon: Double(Float(1e-5)),
        fedBy: "Conv 'conv'", folds: true, code: nil, reason: nil,
        rangeSpread: Report.RangeSpread(before: 2.04, after: 2_500_000), warnings: []),
      Report.Norm(
        batchNorm: "w", node: "", graph: "/", mode: "training", channels: nil, epsilon: 0, fedBy: "graph input 'x'",
        folds: false, code: "training-mode", reason: "it trains", rangeSpread: nil, warnings: []),
    ]
    #expect(
      report.inspectionText() == """
        ONNX, IR version 8, opset ai.onnx 17, com.example 2, 9 nodes, 1000 bytes
        4 norms: 2 fold, 2 do not
        'bn': inference, 8 channels, epsilon 1e-05, after Conv 'conv', range spread 2.0 → 2500000.0; folds
        'w': training, epsilon 0.0, after graph input 'x'; stays: training-mode: it trains
        warning 'bn': dead-channels: 1 of 8 channels have a gamma of 0
        warning: nothing-matched: no value is called 'q', which was to be kept

        """)
  }

  /// Escape sequences, line breaks and characters that turn the direction of text.
  @Test(arguments: [
    "\u{1B}[31m", "a\nb", "a\r\nb", "\u{7}", "\u{0}", "\u{85}", "\u{202E}x", "\u{2028}", "\u{200B}", "\u{FEFF}",
  ])
  func `a name from a model moves nothing on a terminal`(name: String) {
    var report = Report.example()
    report.declined[0].batchNorm = name
    report.declined[1].reason = name
    report.warnings[0].node = name
    report.warnings[1].text = name
    report.folds[0].node = name
    report.folds[0].through = [name]
    report.norms = [
      Report.Norm(
        batchNorm: name, node: "", graph: name, mode: "unknown", channels: 1, epsilon: 0, fedBy: name, folds: false,
        code: "excluded", reason: name, rangeSpread: nil, warnings: [])
    ]
    report.input.opsets = [name: 1]
    for text in [report.summaryText(verbose: true), report.inspectionText()] {
      let scalars = text.unicodeScalars.filter { $0 != "\n" }
      #expect(scalars.allSatisfy { ![.control, .format, .lineSeparator].contains($0.properties.generalCategory) })
      #expect(text.contains("\u{FFFD}"))
    }
    #expect(report.summaryText(verbose: true).split(separator: "\n").count == 12)
    #expect(report.inspectionText().split(separator: "\n").count == 5)
  }

  @Test(arguments: ["画像 入力", "é", "🙂", "a\tb".replacing("\t", with: " "), "ß/ü"])
  func `letters of any language stay`(name: String) {
    #expect(Report.printable(name) == name)
  }
}

import Equivalence
import Testing

@testable import FusionReport

@Suite struct MarkdownPageTests {
  @Test func `a fusion is a heading, a table of numbers and what became of each norm`() {
    var report = Report.example()
    report.declined.removeLast()
    report.summary.declined = 1
    report.warnings.removeLast()
    report.folds.removeLast()
    #expect(
      report.markdown() == """
        ### 2 of 4 norms folded: `a/m.onnx` → `out.onnx`

        1 stays: activation-shared 1. The models were not run.

        | | |
        |---|--:|
        | norms | 4 |
        | folded | 2 |
        | declined | 1 |
        | nodes | 9 → 7 |
        | bytes | 1,000 → 900 |
        | seconds | 1.05 |

        **1 norm stays**

        | norm | code | reason |
        | --- | --- | --- |
        | `v` | `activation-shared` | it has 2 readers |

        **1 warning**

        | norm | code | what |
        | --- | --- | --- |
        | `bn` | `dead-channels` | 1 of 8 channels have a gamma of 0 |

        <details><summary>1 fold</summary>

        | # | norm | into | channels | weight ulp | bias ulp |
        | --: | --- | --- | --: | --: | --: |
        | 1 | `bn` | `Conv conv` | 8 | 0.500 | 0.250 |

        </details>

        <sub>bnfuse 1.2.3</sub>

        """)
  }

  @Test func `a check is its verdict first, and the values that are beyond`() throws {
    var report = try CheckReport.example()
    report.check.verdict = .different
    report.check.reason = "value 'r' is off"
    report.check.drifts[1].share = 12
    let text = report.markdown()
    #expect(text.hasPrefix("### ❌ Different: `m.onnx` → `f.onnx`\n\nValue 'r' is off.\n"))
    #expect(
      text.contains(
        "**1 value beyond what is allowed**\n\n| depth | value | of allowed |\n| --: | --- | --: |\n| 2 | `r` | 12.0 times |\n"
      ))
  }

  @Test func `where all is well the values nearest to the limit are folded away`() throws {
    var report = try CheckReport.example()
    report.check.drifts[2].share = 0.5
    let text = report.markdown()
    #expect(text.hasPrefix("### ✅ Equivalent: "))
    #expect(text.contains("<details><summary>Values that take most of what is allowed</summary>"))
    #expect(text.contains("| 4 | `s` | 50.0 % |\n| 1 | `y` | 4.00 % |\n| 2 | `r` | 4.00 % |"))
  }

  @Test func `the same report is the same text`() throws {
    #expect(try CheckReport.example().markdown() == CheckReport.example().markdown())
  }
}

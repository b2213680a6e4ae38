/// The style sheet of a page: light, dark, wide, narrow and on paper.
enum PageStyle {
  static let sheet: StaticString = """
    :root {
      color-scheme: light dark;
      --paper: #ffffff; --raised: #f6f7f9; --rule: #dfe3e8; --grid: #e8ebef;
      --ink: #1b1f24; --soft: #57606a; --faint: #8b949e;
      --own: #0b66b0; --float64: #b35900; --yardstick: #6e7781; --tint: #eef1f4;
      --good: #1a6b50; --bad: #b3245c; --open: #8a5a00;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #14171b; --raised: #1c2026; --rule: #31373f; --grid: #272c33;
        --ink: #e4e8ed; --soft: #a2acb8; --faint: #7d8794;
        --own: #66b2f2; --float64: #f0a35a; --yardstick: #98a2ae; --tint: #1f242a;
        --good: #62c7a1; --bad: #ff85ae; --open: #e3b04b;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: var(--paper); color: var(--ink);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
      overflow-wrap: anywhere;
    }
    main, footer { max-width: 1088px; margin: 0 auto; padding: 0 24px; }
    main { padding-top: 40px; }
    footer { padding-top: 32px; padding-bottom: 40px; color: var(--soft); font-size: 14px; }
    header { border-left: 6px solid var(--soft); padding-left: 20px; }
    header.equivalent { border-color: var(--good); }
    header.different { border-color: var(--bad); }
    header.open { border-color: var(--open); }
    h1 { font-size: 32px; line-height: 1.2; margin: 0; font-weight: 650; }
    header.equivalent h1 { color: var(--good); }
    header.different h1 { color: var(--bad); }
    header.open h1 { color: var(--open); }
    header p { margin: 8px 0 0; max-width: 75ch; }
    header p.subject { color: var(--soft); }
    h2 { font-size: 20px; line-height: 1.3; margin: 44px 0 4px; font-weight: 600; }
    section > p { margin: 0 0 14px; color: var(--soft); max-width: 75ch; font-size: 15px; }
    dl.facts {
      display: grid; grid-template-columns: repeat(auto-fill, minmax(180px, 1fr)); gap: 0 24px;
      margin: 28px 0 0;
    }
    dl.facts div {
      border-top: 1px solid var(--rule); padding: 8px 0 12px;
      display: flex; flex-direction: column-reverse; justify-content: flex-end;
    }
    dl.facts dt { color: var(--soft); font-size: 13px; line-height: 1.35; }
    dl.facts dd { margin: 0; font-size: 18px; font-variant-numeric: tabular-nums; }
    figure { margin: 0; }
    svg { display: block; width: 100%; height: auto; }
    svg.wide { max-width: 1040px; }
    svg.narrow { display: none; max-width: 560px; }
    svg text { font-size: 12.5px; fill: var(--ink); font-variant-numeric: tabular-nums; }
    svg text.tick, svg text.axis { fill: var(--soft); }
    svg text.end { text-anchor: end; }
    svg text.note { fill: var(--bad); stroke: var(--paper); stroke-width: 3px; paint-order: stroke; }
    svg text.middle { text-anchor: middle; }
    svg .grid { stroke: var(--grid); stroke-width: 1; fill: none; }
    svg .lane { stroke-dasharray: 2 3; }
    svg .base, svg .notch { stroke: var(--faint); stroke-width: 1; fill: none; }
    svg .line { fill: none; stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }
    svg .line.yardstick { stroke: var(--yardstick); stroke-dasharray: 5 4; }
    svg .line.own { stroke: var(--own); }
    svg .line.float64 { stroke: var(--float64); stroke-dasharray: 1.5 3.5; }
    svg .area { fill: var(--tint); stroke: none; }
    svg .stem { stroke: var(--faint); stroke-width: 1.5; fill: none; }
    svg .stem.dense { stroke: var(--rule); stroke-width: 1; }
    svg .mark { stroke: none; }
    svg .mark.own, svg .mark.after { fill: var(--own); }
    svg .mark.float64 { fill: var(--float64); }
    svg .mark.hollow { fill: var(--paper); stroke: var(--yardstick); stroke-width: 1.5; }
    svg .mark.beyond { fill: var(--bad); stroke: var(--paper); stroke-width: 1; }
    svg .mark.fold { stroke: var(--faint); stroke-width: 1.25; }
    svg .bar { fill: var(--own); }
    svg .bar.beyond { fill: var(--bad); }
    .scroll { overflow-x: auto; margin-top: 8px; }
    .scroll:focus-visible { outline: 2px solid var(--own); outline-offset: 2px; }
    table { border-collapse: collapse; font-size: 13.5px; line-height: 1.4; font-variant-numeric: tabular-nums; }
    caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    th { text-align: left; font-weight: 600; color: var(--soft); vertical-align: bottom; white-space: nowrap; }
    th, td { padding: 6px 13px 6px 0; border-bottom: 1px solid var(--rule); }
    td { vertical-align: top; }
    th:last-child, td:last-child { padding-right: 0; }
    .number { text-align: right; }
    td.number { white-space: nowrap; overflow-wrap: normal; }
    td.text { min-width: 8ch; overflow-wrap: break-word; }
    td.short { white-space: nowrap; overflow-wrap: normal; }
    td.long { min-width: 20ch; }
    tr.beyond td { color: var(--bad); }
    details { margin-top: 12px; }
    summary { cursor: pointer; color: var(--own); font-size: 15px; }
    summary:focus-visible { outline: 2px solid var(--own); outline-offset: 2px; }
    @media (max-width: 720px) {
      main, footer { padding-left: 16px; padding-right: 16px; }
      main { padding-top: 24px; }
      header { padding-left: 14px; }
      h1 { font-size: 26px; }
      dl.facts { grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); }
      svg.wide { display: none; }
      svg.narrow { display: block; }
    }
    """
}

/** The style sheet of every report: no font, image or script from elsewhere; light or dark as the reader's system is. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --line: #e2e5ea; --line-strong: #b4bcc8; --text: #1a1f29; --soft: #596273;
  --good: #14713f; --bad: #b3261e; --warn: #8f5a00; --good-tint: #e3f4ea; --bad-tint: #fdeceb; --warn-tint: #fdf1dc;
  --a: #2f5fd0; --b: #0f8a8a; --c: #a8689d; --d: #c27a12; --code: #f0f2f5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1218; --card: #181c24; --line: #2b313d; --line-strong: #4a5365; --text: #e8ebf0; --soft: #a2acbc;
    --good: #6fd69b; --bad: #ff9a92; --warn: #f0bd63; --good-tint: #16301f; --bad-tint: #3a1b1a; --warn-tint: #33270f;
    --a: #7ea3ff; --b: #45c4c0; --c: #d79bcd; --d: #f0b04f; --code: #10141b;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
header { margin-bottom: 1.75rem; }
h1 { margin: .15rem 0 .5rem; font-size: 1.9rem; line-height: 1.2; letter-spacing: -.02em; overflow-wrap: anywhere; }
h2 { margin: 0 0 .75rem; font-size: 1.05rem; overflow-wrap: anywhere; }
p { margin: 0 0 .75rem; }
small, .soft { color: var(--soft); font-size: .85rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.1rem 1.25rem; margin-bottom: 1rem; }
.card > :last-child { margin-bottom: 0; }
.card.bad { border-left: 4px solid var(--bad); }
.row { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; justify-content: space-between; }
.badge { border-radius: 99px; padding: .1rem .6rem; font-size: .75rem; font-weight: 600; white-space: nowrap; background: var(--code); color: var(--soft); }
.badge.good { background: var(--good-tint); color: var(--good); }
.badge.bad { background: var(--bad-tint); color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem 1rem; margin: 0; }
.tiles dt { color: var(--soft); font-size: .8rem; }
.tiles dd { margin: 0; font-size: 1.3rem; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tiles.small { grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); }
.tiles.small dd { font-size: .95rem; font-weight: 500; }
.warn { color: var(--warn); }
.bad:not(.card, .badge) { color: var(--bad); }
.card.warn { color: inherit; border-left: 4px solid var(--warn); }
h3 { margin: 0 0 .5rem; font-size: .85rem; font-weight: 500; color: var(--soft); }
ul { margin: 0 0 .75rem; padding-left: 1.2rem; }
code { font: .82rem/1.55 ui-monospace, monospace; overflow-wrap: anywhere; }
.tiles dd small { display: block; font-weight: 400; }
.list { margin: 0; display: grid; gap: .6rem; }
.list dt { font-weight: 600; overflow-wrap: anywhere; }
.list dd { margin: 0; color: var(--soft); overflow-wrap: anywhere; }
.log div { padding-left: 5.2em; text-indent: -5.2em; }
.log time { color: var(--soft); margin-right: .4em; }
.advice { border-radius: 8px; background: var(--good-tint); padding: .75rem .9rem; margin-bottom: 1rem; }
.advice p { margin: 0; } .advice p + p { margin-top: .25rem; }
.scroll { overflow-x: auto; margin: 0 -1.25rem; padding: 0 1.25rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .45rem .6rem; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { padding-left: 0; }
th:last-child, td:last-child { padding-right: 0; }
.stages { table-layout: fixed; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--soft); font-size: .78rem; font-weight: 500; }
tbody th { font-weight: 500; }
.number { text-align: right; }
pre { margin: 0 0 .75rem; padding: .7rem .85rem; border-radius: 8px; background: var(--code); font: .82rem/1.55 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.bars { display: grid; grid-template-columns: fit-content(35%) 1fr auto; gap: .5rem .75rem; align-items: center; margin-bottom: .75rem; font-variant-numeric: tabular-nums; }
.bars > :nth-child(3n + 1) { overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: 12px; border-radius: 4px; background: var(--code); margin-bottom: .5rem; }
.bars svg { margin: 0; }
.legend span::before { content: ''; display: inline-block; width: .65rem; height: .65rem; border-radius: 3px; margin-right: .35rem; background: var(--key); }
.legend { display: flex; flex-wrap: wrap; gap: .15rem 1rem; margin-bottom: .75rem; color: var(--soft); font-size: .82rem; }
.a { --key: var(--a); } .b { --key: var(--b); } .c { --key: var(--c); } .d { --key: var(--d); } .e { --key: var(--soft); }
rect { fill: var(--key); }
.failed { --key: var(--bad); } .past { --key: var(--line-strong); }
.chart { margin: 0 0 .75rem; }
.scale { display: flex; justify-content: space-between; gap: 1rem; color: var(--soft); font-size: .75rem; font-variant-numeric: tabular-nums; }
svg.columns { height: 6rem; background: none; border-radius: 0; border-bottom: 1px solid var(--line); margin: .15rem 0; }
path.mark { fill: none; stroke: var(--warn); stroke-width: 1.5px; stroke-dasharray: 4 3; }
span.mark { color: var(--warn); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1rem 2rem; }
svg.spark { height: 1.75rem; width: 5rem; background: none; margin: 0; overflow: visible; }
.spark .under { fill: var(--a); opacity: .15; } .spark .over { fill: none; stroke: var(--a); stroke-width: 1.5px; }
.figures th, .datasets tbody th { white-space: normal; overflow-wrap: anywhere; }
.datasets th, .datasets td { padding: .45rem .4rem; }
.datasets tbody th { min-width: 8rem; }
p + h2, pre + h2, ul + h2 { margin-top: 1.25rem; }
@media (max-width: 34rem) {
  main { padding: 1.5rem .85rem 3rem; }
  h1 { font-size: 1.5rem; }
  .tiles, .tiles.small { grid-template-columns: repeat(2, 1fr); }
  .figures th, .figures td { padding: .4rem .3rem; font-size: .88rem; }
  .stages thead, .stages td:empty { display: none; }
  .stages tr { display: grid; grid-template-columns: repeat(4, 1fr); gap: .15rem .5rem; padding: .6rem 0; border-top: 1px solid var(--line); }
  .stages td:nth-child(2) { grid-column: span 2; }
  .stages tr > * { padding: 0; border: 0; text-align: left; }
  .datasets thead { display: none; }
  .datasets tr { display: grid; grid-template-columns: repeat(3, 1fr); gap: .35rem .5rem; padding: .75rem 0; border-top: 1px solid var(--line); }
  .datasets tr > * { padding: 0; border: 0; text-align: left; white-space: normal; }
  .datasets tr > th { grid-column: span 2; overflow-wrap: anywhere; }
  .datasets td.curve { justify-self: end; } .datasets td.curve svg { width: 5rem; }
  .datasets td[data-label]::before, .stages td[data-label]::before { content: attr(data-label); display: block; color: var(--soft); font-size: .75rem; }
}
`;

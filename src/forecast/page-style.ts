/** The style of the report: one file, light, dark and printed. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5a6575;--paper:#fff;--card:#f5f7fa;--line:#d7dde5;--accent:#1f5fa8;--info:#3f7fc1;--warning:#945900;--critical:#b3261e;--gain:#1f5fa8;--loss:#b8720a;--known:#3f7fc1;--absent:#aab4c0;--unknown:#b8720a;--heat:63,127,193}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#a3aebd;--paper:#12161c;--card:#1b212a;--line:#333d4a;--accent:#8ab8ee;--info:#6ba3df;--warning:#e0a03c;--critical:#f2877f;--gain:#6ba3df;--loss:#e0a03c;--known:#6ba3df;--absent:#566273;--unknown:#e0a03c;--heat:107,163,223}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
main,header,footer{max-width:76rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .4rem}
h2{font-size:1.35rem;line-height:1.3;margin:3rem 0 .5rem;padding-top:.75rem;border-top:2px solid var(--line)}
h3{font-size:1.05rem;margin:1.75rem 0 .4rem}
p,li{max-width:46rem}
a{color:var(--accent)}
.lead{font-size:1.1rem;color:var(--soft);margin:.2rem 0 1rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:1rem 0 0;padding:0}
.notice{background:var(--card);border-left:4px solid var(--warning);padding:.6rem 1rem;margin:1rem 0;max-width:60rem}
.notice p{margin:.2rem 0}
dl.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:1rem;margin:1.5rem 0}
.figures div{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem}
.figures dt{color:var(--soft);font-size:.9rem}
.figures dd{margin:0}
.figures dd.big{font-size:1.9rem;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums}
.figures dd+dd{color:var(--soft);font-size:.85rem}
.scroll{overflow-x:auto;margin:.75rem 0 1.25rem}
.scroll:focus-visible,summary:focus-visible,a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
table{border-collapse:collapse;font-size:.9rem;min-width:min(100%,30rem)}
caption{text-align:left;font-weight:600;padding:.2rem 0 .4rem}
th,td{border-bottom:1px solid var(--line);padding:.32rem .7rem;text-align:left;vertical-align:top}
thead th{border-bottom:2px solid var(--line);color:var(--soft);font-weight:600;vertical-align:bottom}
tbody th{font-weight:500}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.n{color:var(--soft);font-size:.85em}
.id{color:var(--soft);font-size:.85em;display:block}
.h1{background:rgba(var(--heat),.10)}.h2{background:rgba(var(--heat),.22)}.h3{background:rgba(var(--heat),.36)}.h4{background:rgba(var(--heat),.52)}
td:has(>.h1){background:rgba(var(--heat),.10)}td:has(>.h2){background:rgba(var(--heat),.22)}td:has(>.h3){background:rgba(var(--heat),.36)}td:has(>.h4){background:rgba(var(--heat),.5)}
td>.h1,td>.h2,td>.h3,td>.h4{background:none}
.badge{display:inline-block;border:1px solid currentColor;border-radius:999px;padding:0 .55em;font-size:.8em;white-space:nowrap}
.badge.critical{color:var(--critical)}.badge.warning{color:var(--warning)}.badge.info{color:var(--accent)}.badge.silent{color:var(--soft)}
figure{margin:1rem 0;max-width:60rem}.plots>div{min-width:0}
svg.plot{display:block;width:100%;height:auto;max-width:60rem}
svg text{font:13px system-ui,"Liberation Sans",sans-serif;fill:var(--ink)}
svg .value,svg .tick{fill:var(--soft);font-variant-numeric:tabular-nums}
svg .mark{fill:var(--critical);font-size:12px}
svg .axis{stroke:var(--soft);stroke-width:1}
svg .limit{stroke:var(--critical);stroke-width:1.5;stroke-dasharray:5 3}
svg .bin,svg .info{fill:var(--info)}svg .warning{fill:var(--warning)}svg .critical{fill:var(--critical)}svg .silent{fill:var(--absent)}
svg .gains{fill:var(--gain)}svg .loses{fill:var(--loss)}
svg .known{fill:var(--known)}svg .absent{fill:var(--absent)}svg .unknown{fill:var(--unknown)}
svg.shares{vertical-align:middle;border-radius:3px}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;padding:0;margin:.3rem 0;font-size:.9rem}
.key svg{vertical-align:-1px;margin-right:.35rem}
details{margin:.5rem 0}
summary{cursor:pointer;color:var(--accent)}
code{font-size:.92em;overflow-wrap:anywhere}
footer{margin-top:3rem;padding-bottom:3rem;color:var(--soft);font-size:.9rem}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,32rem),1fr));gap:.5rem 2.5rem}
@media (max-width:40rem){body{font-size:15px}h1{font-size:1.5rem}.plots{grid-template-columns:1fr}svg.plot{min-width:34rem}}
@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--paper:#fff;--card:#fff;--line:#bbb;--accent:#1f5fa8;--info:#3f7fc1;--warning:#8a5200;--critical:#a01f18;--gain:#1f5fa8;--loss:#b8720a;--known:#3f7fc1;--absent:#aab4c0;--unknown:#b8720a;--heat:63,127,193}
@page{margin:14mm}body{font-size:10pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}nav{display:none}main,header,footer{max-width:none;padding:0}.scroll{overflow:visible}table{font-size:8pt;min-width:0}th,td{padding:.2rem .4rem}thead{display:table-header-group}tr,figure,.figures div,svg{break-inside:avoid}h2,h3,caption{break-after:avoid}details::details-content{content-visibility:visible;display:block;block-size:auto}summary{list-style:none;color:inherit;font-weight:600}}
`;

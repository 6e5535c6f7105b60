/** The page's look: calm, its colours kept for verdicts; each colour has a shape and a word beside it. */
export const pageStyle = `
:root { color-scheme: light dark; --page:#fff; --panel:#f6f7f9; --text:#1b2128; --muted:#566170;
  --line:#7b8695; --link:#0b5cad; --ok:#12703a; --ok-chip:#e3f4e8; --bad:#b3261e; --bad-chip:#fce8e6;
  --warn:#8a5200; --warn-chip:#fdf0d5; --idle:#515b68; --idle-chip:#eceff3; }
@media (prefers-color-scheme: dark) { :root { --page:#111418; --panel:#1a1f26; --text:#e6eaef;
  --muted:#9aa5b1; --line:#6b7785; --link:#7ab8ff; --ok:#5fd08a; --ok-chip:#12301f; --bad:#ff8a80;
  --bad-chip:#431814; --warn:#f2b84b; --warn-chip:#3a2a08; --idle:#aab4c0; --idle-chip:#272e37; } }
* { box-sizing: border-box; }
body { margin:0; background:var(--page); color:var(--text); font:14px/1.5 system-ui, sans-serif; }
main { overflow-wrap:break-word; max-width:880px; margin:0 auto; padding:16px; }
nav { display:flex; flex-wrap:wrap; gap:16px; margin:8px 0 16px; }
a { color:var(--link); } h1 { font-size:22px; margin:0; } h2 { font-size:17px; margin:32px 0 8px; }
h3 { font-size:15px; margin:0 0 4px; } p { margin:4px 0; } .muted { color:var(--muted); }
.state { display:flex; gap:12px; align-items:center; padding:16px; border-radius:8px; }
.mark { width:36px; height:36px; flex:none; } .mark path { stroke:currentColor; stroke-width:.09; }
.mark.filled path { fill:currentColor; } .mark.hollow path { fill:none; }
.mark polyline { fill:none; stroke-linecap:round; } .chip { padding:1px 8px; border-radius:10px; white-space:nowrap; }
.ok { color:var(--ok); background:var(--ok-chip); } .bad { color:var(--bad); background:var(--bad-chip); }
.warn { color:var(--warn); background:var(--warn-chip); } .idle { color:var(--idle); background:var(--idle-chip); }
.card { background:var(--panel); border-radius:8px; padding:12px 16px; margin:8px 0; }
.scroll { overflow-x:auto; } table { border-collapse:collapse; width:100%; font-size:13px; }
th, td { text-align:left; padding:6px 12px 6px 0; vertical-align:top; border-bottom:1px solid var(--panel); }
th { color:var(--muted); font-weight:600; } code, pre { font:13px ui-monospace, monospace; }
pre { background:var(--page); border:1px solid var(--line); border-radius:4px; padding:8px; overflow-x:auto; margin:4px 0; }
button, input { font:inherit; color:var(--text); background:var(--page); border:1px solid var(--line);
  border-radius:4px; padding:6px 12px; min-height:32px; }
::placeholder { color:var(--muted); opacity:1; }
button { cursor:pointer; } button[disabled] { color:var(--muted); cursor:default; }
:focus-visible { outline:2px solid var(--link); outline-offset:2px; }
form { display:inline-flex; flex-wrap:wrap; gap:8px; margin:4px 8px 4px 0; align-items:center; }
ol { padding-left:20px; margin:4px 0; } details { margin:4px 0; }
`;

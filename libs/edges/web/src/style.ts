import { createHash } from 'node:crypto';

export const css = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6470;--line:#d9dee4;--paper:#fff;--tint:#f4f6f8;--link:#0b5cad;--warn:#9a3412}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#9aa4b0;--line:#343b44;--paper:#14181d;--tint:#1d232a;--link:#7cb7ff;--warn:#fdba74}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:68rem;padding:1.5rem 1.25rem 4rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
header{display:flex;gap:1rem;align-items:baseline;justify-content:space-between;border-bottom:1px solid var(--line);padding-bottom:.75rem}
header b{font-size:1.1rem;letter-spacing:.02em}
nav.path{margin:1.25rem 0 .25rem;color:var(--soft);overflow-wrap:anywhere}
h1{font-size:1.6rem;margin:.1rem 0 1rem;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:2rem 0 .6rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600}
td{overflow-wrap:anywhere}
.facts th{width:9rem}
.scroll{overflow-x:auto}.scroll td,.scroll th{white-space:nowrap;overflow-wrap:normal}
.soft{color:var(--soft)}.warn{color:var(--warn)}
pre{background:var(--tint);border:1px solid var(--line);border-radius:6px;padding:.8rem 1rem;overflow:auto;font:13px/1.5 ui-monospace,monospace;max-height:32rem}
img.preview{max-width:100%;min-width:12rem;border:1px solid var(--line);border-radius:6px;background:var(--tint);image-rendering:pixelated}
.chips a{display:inline-block;border:1px solid var(--line);border-radius:999px;padding:.15rem .8rem;margin:0 .4rem .4rem 0}
form{display:flex;gap:.5rem;flex-wrap:wrap}
input{flex:1 1 14rem;max-width:28rem;font:inherit;padding:.4rem .6rem;border:1px solid var(--line);border-radius:6px;background:var(--paper);color:inherit}
button{font:inherit;padding:.4rem 1rem;border:1px solid var(--line);border-radius:6px;background:var(--tint);color:inherit;cursor:pointer}
.pages{display:flex;gap:1.5rem;margin:1rem 0}
`;

/** Scripts never run, and only this style applies. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(css).digest('base64')}'`,
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Four tiles, one of them missing its corner. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><g fill="#0b5cad"><rect x="1" y="1" width="6" height="6" rx="1"/><rect x="9" y="1" width="6" height="6" rx="1" opacity=".7"/><rect x="1" y="9" width="6" height="6" rx="1" opacity=".7"/><path d="M9 10a1 1 0 0 1 1-1h5v3l-3 3H9z" opacity=".45"/></g></svg>`;

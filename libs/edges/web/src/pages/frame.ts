import type { NodePath } from '@tessera/domain';
import { Html, html } from '../html.ts';
import type { Site } from '../site.ts';
import { css } from '../style.ts';

/** A whole page: title, the way down to the node, and what is in it. */
export function frame(site: Site, path: NodePath, title: string, content: Html): Html {
  const steps = path.map((key, index) => html` / <a href="${site.browse(path.slice(0, index + 1))}">${key}</a>`);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Tessera</title>
<link rel="icon" type="image/svg+xml" href="${site.icon()}">
<style>${new Html(css)}</style>
</head>
<body>
<header><b><a href="${site.browse([])}">Tessera</a></b><span class="soft">arrays and tables from where they lie</span></header>
<nav class="path" aria-label="Path"><a href="${site.browse([])}">root</a>${steps}</nav>
<h1>${title}</h1>
${content}
</body>
</html>
`;
}

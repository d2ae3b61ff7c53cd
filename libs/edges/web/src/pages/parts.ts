import type { ExportableFamily, JsonObject, NodePath, Spec, StructureFamily } from '@tessera/domain';
import { html, type Html } from '../html.ts';
import type { Site } from '../site.ts';
import { snippets } from '../snippets.ts';

/** Longer metadata are for the API. */
const maxMetadataLength = 50_000;

export function facts(rows: readonly (readonly [string, string | Html] | false)[]): Html {
  return html`<table class="facts">${rows.map((row) => row !== false && html`<tr><th scope="row">${row[0]}</th><td>${row[1]}</td></tr>`)}</table>`;
}

export function specsText(specs: readonly Spec[]): string {
  return specs.map(({ name, version }) => (version ? `${name} ${version}` : name)).join(', ');
}

export function metadataPart(site: Site, path: NodePath, metadata: JsonObject): Html {
  const link = site.api('metadata', path);
  if (Object.keys(metadata).length === 0) return html`<h2>Metadata</h2><p class="soft">None. <a href="${link}">The node as JSON</a></p>`;
  const text = JSON.stringify(metadata, null, 2);
  const isCut = text.length > maxMetadataLength;
  return html`<h2>Metadata</h2><pre>${isCut ? text.slice(0, maxMetadataLength) : text}</pre>
<p class="soft">${isCut && 'This is the beginning. '}<a href="${link}">The node as JSON</a></p>`;
}

/** Links to the data in every format, to save. */
export function downloads(site: Site, path: NodePath, family: ExportableFamily, route: string): Html {
  const name = path.at(-1) ?? 'root';
  const links = site.mediaTypes.byFamily[family].flatMap((mediaType) => {
    const short = site.mediaTypes.aliases[mediaType]?.[0];
    if (short === undefined) return [];
    const query = `?format=${encodeURIComponent(mediaType)}&filename=${encodeURIComponent(`${name}.${short}`)}`;
    return [html`<a href="${site.api(route, path, query)}">${short}</a>`];
  });
  return html`<h2>Data</h2><p class="chips">${links}</p>`;
}

export function usage(site: Site, path: NodePath, family: StructureFamily, needsKey: boolean): Html {
  return html`<h2>From a program</h2>${snippets(site, path, family, needsKey).map(({ title, code }) => html`<p class="soft">${title}</p><pre>${code}</pre>`)}`;
}

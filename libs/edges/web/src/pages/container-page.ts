import type { Node, Page } from '@tessera/domain';
import { summary } from '../describe-structure.ts';
import { html, type Html } from '../html.ts';
import type { Site } from '../site.ts';
import { frame } from './frame.ts';
import { facts, metadataPart, specsText, usage, downloads } from './parts.ts';

export interface ContainerView {
  readonly node: Node;
  readonly children: Page<Node>;
  readonly offset: number;
  readonly limit: number;
  /** The words that were searched for; empty = all children. */
  readonly text: string;
  readonly needsKey: boolean;
}

export function containerPage(site: Site, view: ContainerView): Html {
  const { node, children, text } = view;
  const { path } = node;
  return frame(site, path, path.at(-1) ?? 'All data', html`
${node.specs.length > 0 && facts([['Kind', specsText(node.specs)]])}
<h2>Entries</h2>
<form method="get" action="${site.browse(path)}" role="search"><input type="search" name="text" value="${text}" aria-label="Words in the metadata" placeholder="Words in the metadata of these entries"><button>Find</button></form>
${children.items.length === 0 ? html`<p class="soft">${text === '' ? 'Nothing here.' : html`Nothing found. <a href="${site.browse(path)}">All entries</a>`}</p>` : listing(site, children.items)}
${paging(site, view)}
${metadataPart(site, path, node.metadata)}
${downloads(site, path, 'container', 'container/full')}
${usage(site, path, 'container', view.needsKey)}`);
}

function listing(site: Site, items: readonly Node[]): Html {
  return html`<table><tr><th>Name</th><th>Kind</th><th>Contents</th></tr>${items.map((node) => html`
<tr><td><a href="${site.browse(node.path)}">${node.path.at(-1)}</a></td><td>${node.structure.family}${node.specs.length > 0 && html` <span class="soft">${specsText(node.specs)}</span>`}</td><td>${node.problem === undefined ? summary(node) : html`<span class="warn">cannot be read: ${node.problem}</span>`}</td></tr>`)}</table>`;
}

function paging(site: Site, { node, children, offset, limit, text }: ContainerView): Html | undefined {
  if (offset === 0 && !children.next) return undefined;
  const words = text === '' ? '' : `&text=${encodeURIComponent(text)}`;
  const at = (place: number) => `${site.browse(node.path)}?offset=${place}${words}`;
  const last = offset + children.items.length;
  return html`<p class="pages">${offset > 0 && html`<a rel="prev" href="${at(Math.max(0, offset - limit))}">← Previous</a>`}<span class="soft">${children.items.length > 0 && `${offset + 1} to ${last}`}</span>${children.next && html`<a rel="next" href="${at(offset + limit)}">Next →</a>`}</p>`;
}

import { html, type Html } from '../html.ts';
import type { Site } from '../site.ts';
import { frame } from './frame.ts';

/** Asks for a key; the answer comes back to the same page. */
export function keyPage(site: Site, action: string, reason: string): Html {
  return frame(site, [], 'Sign in', html`
<p>These data need a key. It was printed when the server started.</p>
<p class="warn">${reason}</p>
<form method="get" action="${action}">
<input type="password" name="api_key" aria-label="API key" placeholder="API key" autocomplete="current-password" required autofocus>
<button>Open</button>
</form>`);
}

export function errorPage(site: Site, status: number, sentence: string): Html {
  const title = status === 404 ? 'Not found' : status === 410 ? 'Cannot be read' : status >= 500 ? 'Something went wrong' : 'Not possible';
  return frame(site, [], title, html`<p>${sentence}</p><p><a href="${site.browse([])}">Back to the root</a></p>`);
}

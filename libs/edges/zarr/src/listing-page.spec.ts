import { htmlListing, jsonListing } from './listing-page.ts';

async function* keys() {
  yield* ['a', 'b c', `it's <"x">`, 'https', '100% & more', '%41', 'R&D', 'x:y', '日本?#'];
}
const textOf = async (pieces: AsyncIterable<string>) => (await Array.fromAsync(pieces)).join('');
const url = 'http://h:1/root/zarr/v3/g%20%26';

describe('listings', () => {
  it('are links relative to a base, names left as they are where they can be', async () => {
    const page = await textOf(htmlListing(url, keys()));
    expect(page).toContain('<base href="/root/zarr/v3/g%20%26/">');
    expect([...page.matchAll(/<a href="([^"]*)">(.*)<\/a>/g)].map((match) => [match[1], match[2]])).toEqual([
      ['a', 'a'], ['b c', 'b c'], ['it%27s %3C%22x%22%3E', 'it&#39;s &lt;&quot;x&quot;&gt;'], ['%68ttps', 'https'], ['100% & more', '100% &amp; more'],
      ['%2541', '%41'], ['R%26D', 'R&amp;D'], ['x%3Ay', 'x:y'], ['日本%3F%23', '日本?#'],
    ]);
  });

  it('are whole URLs as JSON', async () => {
    expect(JSON.parse(await textOf(jsonListing('http://h/zarr/v2', keys())))).toEqual(
      ['a', 'b%20c', "it's%20%3C%22x%22%3E", 'https', '100%25%20%26%20more', '%2541', 'R%26D', 'x%3Ay', '%E6%97%A5%E6%9C%AC%3F%23'].map((name) => `http://h/zarr/v2/${name}`),
    );
  });
});

import { demoTree } from '@tessera/demo';
import type { Format } from '@tessera/domain';
import { formats } from '@tessera/formats';

/** URI of the demo tree. */
export const demoUri = 'demo:/';

/** The demo is a format like any other: its "file" is a URI whose bytes are made on demand. */
const demoFormat: Format = {
  name: 'demo',
  mediaTypes: ['application/x-tessera-demo'],
  sniff: (entry) => entry.uri.startsWith('demo:'),
  index: () => demoTree(),
};

export const formatsWithDemo: ReadonlyMap<string, () => Promise<Format>> = new Map([...formats, ['demo', async () => demoFormat]]);

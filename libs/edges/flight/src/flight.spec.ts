import { connect, constants as http2 } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { readIpcStream } from '@tessera/arrow';
import fc from 'fast-check';
import { FlightTickets } from './access/flight-tickets.ts';
import { callStream, callUnary, headersOf, rowsPerBatch, secret, startFake } from './flight.fake.ts';
import { encapsulate } from './ipc/ipc-messages.ts';
import {
  actionMessage, basicAuth, cancelFlightInfoRequest, cancelFlightInfoResult, criteria, descriptorTypes, flightDescriptor, flightEndpoint, flightInfo, handshakeMessage,
  renewFlightEndpointRequest, resultMessage, schemaResult, ticketMessage, type FlightInfo,
} from './messages/flight-messages.ts';
import { bytesField, MessageType } from './messages/protobuf.ts';
import { flightMethodNames, servicePath } from './service/flight-method.ts';

const flightData = new MessageType<{ header: Uint8Array; body: Uint8Array }>({ header: bytesField(2), body: bytesField(1000) });
const key = { authorization: 'Apikey key' };
const path = (...keys: string[]) => flightDescriptor.encode({ type: descriptorTypes.path, path: keys });
const command = (value: unknown) => flightDescriptor.encode({ type: descriptorTypes.command, cmd: Buffer.from(JSON.stringify(value)) });
const action = (type: string, body: Uint8Array = new Uint8Array(0)) => actionMessage.encode({ type, body });
const fails = (code: status, details: RegExp = /./) => expect.objectContaining({ code, details: expect.stringMatching(details) });

type Fake = Awaited<ReturnType<typeof startFake>>;

const infoOf = async ({ client }: Fake, descriptor: Uint8Array, headers: Record<string, string> = key): Promise<FlightInfo> => flightInfo.decode(await callUnary(client, 'GetFlightInfo', descriptor, headers));
const ticketsOf = ({ endpoints }: FlightInfo) => endpoints.map(({ ticket }) => ticketMessage.encode(ticket!));

async function rowsOf(messages: readonly Buffer[]): Promise<number> {
  const stream = Buffer.concat(messages.flatMap((message) => {
    const { header, body } = flightData.decode(message);
    return [encapsulate(header), body];
  }));
  const { batches } = await readIpcStream(stream);
  return batches.reduce((rows, batch) => rows + batch.numRows, 0);
}

describe('Flight', () => {
  let fake: Fake;
  beforeAll(async () => { fake = await startFake(); });
  afterAll(() => fake.close());

  it('tells what a table is, and gives it by its tickets', async () => {
    const info = await infoOf(fake, path('run', 'events'));
    expect(info).toMatchObject({ totalRecords: 2_000_000, totalBytes: -1, ordered: true, descriptor: { path: ['run', 'events'] } });
    expect(info.endpoints).toHaveLength(4);
    expect(info.endpoints.every(({ location }) => location.length === 0)).toBe(true);
    for (const ticket of ticketsOf(info)) expect(await rowsOf(await callStream(fake.client, 'DoGet', ticket))).toBe(3 * rowsPerBatch);
    expect(fake.watched.requests.slice(-4).map(({ partitions }) => partitions)).toEqual([{ start: 0, stop: 10 }, { start: 10, stop: 20 }, { start: 20, stop: 30 }, { start: 30, stop: 40 }]);
    expect(schemaResult.decode(await callUnary(fake.client, 'GetSchema', path('run', 'events'), key)).schema).toEqual(info.schema);
  });

  it('gives what a command asks for', async () => {
    const filter = { column: 'x', op: 'gt', value: 1 } as const;
    const info = await infoOf(fake, command({ path: 'run/events', columns: ['name'], rows: [10, 20], filter }));
    expect(info.totalRecords).toBe(-1);
    expect(info.endpoints).toHaveLength(1);
    await callStream(fake.client, 'DoGet', ticketsOf(info)[0]!);
    expect(fake.watched.requests.at(-1)).toEqual({ mediaType: 'application/vnd.apache.arrow.stream', columns: ['name'], rows: { start: 10, stop: 20 }, filter });
    expect((await infoOf(fake, command({ path: 'run/events', rows: [10, 20] }))).totalRecords).toBe(10);
    expect((await infoOf(fake, command({ path: 'run/image', slice: '1:3,0' })))).toMatchObject({ totalRecords: 2, totalBytes: 16 });
    await callStream(fake.client, 'DoGet', ticketsOf(await infoOf(fake, path('run', 'events', 'x')))[0]!);
    expect(fake.watched.requests.at(-1)!.columns).toEqual(['x']);
  });

  it('lists what is below a path, or below what a search finds, without what cannot be read', async () => {
    const listed = async (expression: string) => (await callStream(fake.client, 'ListFlights', criteria.encode({ expression: Buffer.from(expression) }), key)).map((message) => flightInfo.decode(message).descriptor!.path.join('/'));
    expect(await listed('')).toEqual(['run/events', 'run/image']);
    expect(await listed('run')).toEqual(['run/events', 'run/image']);
    expect(await listed('{"path":"run","text":"red"}')).toEqual(['run/events']);
    await expect(listed('nowhere')).rejects.toEqual(fails(status.NOT_FOUND));
  });

  it.each<[string, Uint8Array, status, RegExp]>([
    ['a path that is not there', path('nope'), status.NOT_FOUND, /No such entry: \['nope'\]/],
    ['a container', path('run'), status.UNIMPLEMENTED, /ListFlights/],
    ['a node with a problem', path('run', 'broken'), status.FAILED_PRECONDITION, /leads nowhere/],
    ['a command that is none', flightDescriptor.encode({ type: descriptorTypes.command, cmd: Buffer.from('x') }), status.INVALID_ARGUMENT, /JSON/],
    ['a column that is not there', command({ path: 'run/events', columns: ['q'] }), status.INVALID_ARGUMENT, /no column "q"/],
    ['columns of a column', command({ path: 'run/events/x', columns: ['x'] }), status.INVALID_ARGUMENT, /a column already/],
    ['a slice of a table', command({ path: 'run/events', slice: '1' }), status.INVALID_ARGUMENT, /is a table/],
    ['rows of an array', command({ path: 'run/image', rows: [1] }), status.INVALID_ARGUMENT, /is an array/],
    ['a slice that does not fit', command({ path: 'run/image', slice: '9' }), status.INVALID_ARGUMENT, /out of range/],
    ['no descriptor at all', Buffer.from([255, 255]), status.INVALID_ARGUMENT, /damaged/],
  ])('says what is wrong with %s', async (_what, descriptor, code, details) => {
    for (const method of ['GetFlightInfo', 'GetSchema', 'PollFlightInfo']) await expect(callUnary(fake.client, method, descriptor, key)).rejects.toEqual(fails(code, details));
  });

  it('asks everybody who they are', async () => {
    for (const headers of [{}, { authorization: 'Apikey wrong' }, { authorization: 'Bearer eyJ' }, { authorization: 'Bearer tessera-flight.AAAA' }] as Record<string, string>[]) {
      for (const method of ['GetFlightInfo', 'GetSchema']) await expect(callUnary(fake.client, method, path('run', 'events'), headers)).rejects.toEqual(fails(status.UNAUTHENTICATED));
      await expect(callStream(fake.client, 'ListFlights', new Uint8Array(0), headers)).rejects.toEqual(fails(status.UNAUTHENTICATED));
      await expect(callStream(fake.client, 'DoAction', action('refresh'), headers)).rejects.toEqual(fails(status.UNAUTHENTICATED));
    }
    await expect(callUnary(fake.client, 'GetFlightInfo', path('run', 'events'), { authorization: 'Apikey poor' })).rejects.toEqual(fails(status.PERMISSION_DENIED, /read:data/));
    await expect(callUnary(fake.client, 'GetFlightInfo', path('run', 'events'), { authorization: 'Digest x' })).rejects.toEqual(fails(status.INVALID_ARGUMENT));
  });

  it('takes tickets from whoever has them, but not with the credentials of somebody else', async () => {
    const [ticket] = ticketsOf(await infoOf(fake, path('run', 'events')));
    expect(await callStream(fake.client, 'DoGet', ticket!, { 'x-api-key': 'key' })).toHaveLength(4);
    await expect(callStream(fake.client, 'DoGet', ticket!, { 'x-api-key': 'other' })).rejects.toEqual(fails(status.PERMISSION_DENIED, /somebody else/));
    await expect(callStream(fake.client, 'DoGet', ticket!, { 'x-api-key': 'wrong' })).rejects.toEqual(fails(status.UNAUTHENTICATED));
  });

  it('refuses tickets that are made up, changed or over', async () => {
    const [ticket] = ticketsOf(await infoOf(fake, path('run', 'events')));
    const sealed = Buffer.from(ticketMessage.decode(ticket!).ticket);
    sealed[20]! ^= 1;
    for (const bad of [new Uint8Array(0), Buffer.from('made up'), sealed]) await expect(callStream(fake.client, 'DoGet', ticketMessage.encode({ ticket: bad }))).rejects.toEqual(fails(status.UNAUTHENTICATED, /GetFlightInfo/));
    const old = new FlightTickets(secret).seal({ ticket: { manifestId: 'm2', principalId: 'user:single', expiresAtMs: Date.now() - 1 }, path: [], selection: { table: { mediaType: 'x' } } });
    await expect(callStream(fake.client, 'DoGet', ticketMessage.encode({ ticket: old }))).rejects.toEqual(fails(status.PERMISSION_DENIED, /expired/));
  });

  it('shakes hands: a key for a token, by header or by message', async () => {
    const shake = (headers: Record<string, string>, payload?: Uint8Array) => new Promise<{ header: string | undefined; payload: string }>((resolve, reject) => {
      const asBytes = (bytes: Buffer) => bytes;
      const call = fake.client.makeBidiStreamRequest(`/${servicePath}/Handshake`, asBytes, asBytes, headersOf(headers), { deadline: Date.now() + 20_000 });
      let header: string | undefined;
      call.on('metadata', (metadata) => { header = metadata.get('authorization')[0]?.toString(); });
      call.on('data', (message: Buffer) => resolve({ header, payload: Buffer.from(handshakeMessage.decode(message).payload).toString() }));
      call.on('error', reject);
      if (payload) call.write(handshakeMessage.encode({ payload }));
      call.end();
    });
    const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
    const byHeader = await shake(basic('me:key'));
    expect(byHeader.header).toBe(`Bearer ${byHeader.payload}`);
    const byMessage = await shake({}, basicAuth.encode({ username: 'me', password: 'key' }));
    for (const headers of [{ authorization: byHeader.header! }, { authorization: `Bearer ${byMessage.payload}` }] as Record<string, string>[]) expect((await infoOf(fake, path('run', 'events'), headers)).endpoints).toHaveLength(4);
    await expect(shake(basic('me:wrong'))).rejects.toEqual(fails(status.UNAUTHENTICATED));
    await expect(shake({})).rejects.toEqual(fails(status.UNAUTHENTICATED, /password/));
    await expect(shake({}, Buffer.from([255]))).rejects.toEqual(fails(status.INVALID_ARGUMENT));
  });

  it('does not take data yet, and says so', async () => {
    for (const method of ['DoPut', 'DoExchange']) await expect(callStream(fake.client, method, new Uint8Array(0), key)).rejects.toEqual(fails(status.UNIMPLEMENTED));
    await expect(callStream(fake.client, 'DoAction', action('fly'), key)).rejects.toEqual(fails(status.UNIMPLEMENTED, /CancelFlightInfo, RenewFlightEndpoint, refresh/));
    expect(await callStream(fake.client, 'ListActions', new Uint8Array(0), key)).toHaveLength(3);
  });

  it('refreshes, renews and cancels', async () => {
    expect(await callStream(fake.client, 'DoAction', action('refresh', Buffer.from('run/events')), key)).toEqual([]);
    expect(fake.refreshed).toEqual([['run', 'events']]);
    const info = await infoOf(fake, path('run', 'events'));
    const endpoint = info.endpoints[0]!;
    const renewed = flightEndpoint.decode(resultMessage.decode((await callStream(fake.client, 'DoAction', action('RenewFlightEndpoint', renewFlightEndpointRequest.encode({ endpoint })), key))[0]!).body);
    expect(renewed.ticket!.ticket).not.toEqual(endpoint.ticket!.ticket);
    expect(await callStream(fake.client, 'DoGet', ticketMessage.encode(renewed.ticket!))).toHaveLength(4);
    const cancel = action('CancelFlightInfo', cancelFlightInfoRequest.encode({ info }));
    await expect(callStream(fake.client, 'DoAction', cancel, { 'x-api-key': 'other' })).rejects.toEqual(fails(status.PERMISSION_DENIED));
    expect(cancelFlightInfoResult.decode(resultMessage.decode((await callStream(fake.client, 'DoAction', cancel, key))[0]!).body).status).toBe(1);
    await expect(callStream(fake.client, 'DoGet', ticketMessage.encode(endpoint.ticket!))).rejects.toEqual(fails(status.CANCELLED, /new ticket/));
  });

  it('survives whatever is sent', async () => {
    await fc.assert(fc.asyncProperty(fc.constantFrom(...flightMethodNames), fc.uint8Array({ maxLength: 60 }), async (method, bytes) => {
      await callStream(fake.client, method, bytes, key).catch((error: { code: status }) => {
        expect([status.INVALID_ARGUMENT, status.UNAUTHENTICATED, status.UNIMPLEMENTED, status.NOT_FOUND, status.PERMISSION_DENIED]).toContain(error.code);
      });
    }), { numRuns: 150 });
    expect(fake.errors).toEqual([]);
  });
});

describe('a reader', () => {
  it('serves tickets of a gateway with its secret, and nothing else', async () => {
    const gateway = await startFake({ locations: (manifestId, ordinal) => [`grpc://${manifestId}:${ordinal}`] });
    const reader = await startFake({ ticketsOnly: true });
    try {
      const info = await infoOf(gateway, path('run', 'events'));
      expect(info.endpoints.map(({ location }) => location)).toEqual([0, 1, 2, 3].map((ordinal) => [{ uri: `grpc://m2:${ordinal}` }]));
      const [ticket] = ticketsOf(info);
      for (const headers of [{}, key] as Record<string, string>[]) expect(await callStream(reader.client, 'DoGet', ticket!, headers)).toHaveLength(4);
      await expect(callStream(reader.client, 'DoGet', ticket!, { 'x-api-key': 'other' })).rejects.toEqual(fails(status.PERMISSION_DENIED));
      await expect(callUnary(reader.client, 'GetFlightInfo', path('run', 'events'), key)).rejects.toEqual(fails(status.UNIMPLEMENTED, /gateway/));
      expect(await callStream(reader.client, 'ListActions', new Uint8Array(0))).toHaveLength(1);
    } finally {
      await gateway.close();
      await reader.close();
    }
  });
});

describe('a slow or absent caller', () => {
  it('holds back the reader, and lets go of it by leaving', async () => {
    const fake = await startFake({ batchCount: 1_000_000 });
    try {
      const [ticket] = ticketsOf(await infoOf(fake, path('run', 'events')));
      const session = connect(`http://127.0.0.1:${fake.server.port}`);
      const stream = session.request({ ':method': 'POST', ':path': `/${servicePath}/DoGet`, 'content-type': 'application/grpc', te: 'trailers' });
      const head = Buffer.alloc(5);
      head.writeUInt32BE(ticket!.byteLength, 1);
      stream.end(Buffer.concat([head, ticket!]));
      // Nothing is read from it: the window of HTTP/2 is 64 KiB, a batch has more than ten times as much.
      await settled(() => fake.watched.batchesRead);
      expect(fake.watched.batchesRead).toBeGreaterThan(0);
      expect(fake.watched.batchesRead).toBeLessThan(5);
      stream.close(http2.NGHTTP2_CANCEL);
      await until(() => fake.watched.open === 0);
      session.destroy();
    } finally {
      await fake.close();
    }
  });

  it('is cut at its deadline, and when the server closes', async () => {
    const fake = await startFake({ batchCount: 1_000_000 });
    const [ticket] = ticketsOf(await infoOf(fake, path('run', 'events')));
    const asBytes = (bytes: Buffer) => bytes;
    const open = (options: object) => fake.client.makeServerStreamRequest(`/${servicePath}/DoGet`, asBytes, asBytes, ticket!, headersOf({}), options).on('data', () => undefined);
    const ended = await new Promise<{ code: status }>((resolve) => open({ deadline: Date.now() + 300 }).on('error', resolve as never));
    expect(ended.code).toBe(status.DEADLINE_EXCEEDED);
    await until(() => fake.watched.open === 0);
    const cut = new Promise((resolve) => open({}).on('error', resolve));
    await until(() => fake.watched.open === 1);
    await fake.close();
    await cut;
    await until(() => fake.watched.open === 0);
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(holds()).toBe(true);
}

/** Waits until a number does not change any more. */
async function settled(count: () => number): Promise<void> {
  for (let last = -1; last !== count();) {
    last = count();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

import { join } from 'node:path';
import type { MethodDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { isTesseraError } from '@tessera/domain';
import fc from 'fast-check';
import { actionMessage, cancelFlightInfoRequest, criteria, flightDescriptor, flightEndpoint, flightInfo, handshakeMessage, pollInfo, renewFlightEndpointRequest, schemaResult, ticketMessage } from './flight-messages.ts';
import { boolField, bytesField, intField, MessageType, optionalTextField, textField } from './protobuf.ts';

const protoDirectory = join(import.meta.dirname, '../../../../../proto');
const service = loadSync('arrow/flight/Flight.proto', { includeDirs: [protoDirectory], longs: Number, enums: Number, arrays: true, objects: true, defaults: true, keepCase: true })['arrow.flight.protocol.FlightService'] as Record<string, MethodDefinition<object, object>>;

const descriptor = { type: 1, cmd: Buffer.from('c'), path: ['a', 'ü 🙂', ''] };
const endpoint = { ticket: { ticket: Buffer.from([0, 255]) }, location: [{ uri: 'grpc://h:1' }, { uri: '' }], expirationTime: { seconds: 1_800_000_000, nanos: 5 }, appMetadata: Buffer.from('m') };
const info = { schema: Buffer.from('s'), descriptor, endpoints: [endpoint, endpoint], totalRecords: -1, totalBytes: 2 ** 40, ordered: true, appMetadata: Buffer.from('x') };
const infoOnWire = {
  schema: info.schema, flight_descriptor: descriptor, total_records: -1, total_bytes: 2 ** 40, ordered: true, app_metadata: info.appMetadata,
  endpoint: [endpoint, endpoint].map((each) => ({ ticket: each.ticket, location: each.location, expiration_time: each.expirationTime, app_metadata: each.appMetadata })),
};

describe('messages', () => {
  it('are those of Flight.proto, both ways', () => {
    const { GetFlightInfo, GetSchema, DoGet, DoAction, ListFlights, PollFlightInfo, Handshake } = service;
    expect(GetFlightInfo!.responseDeserialize(flightInfo.encode(info))).toEqual(infoOnWire);
    expect(flightInfo.decode(GetFlightInfo!.responseSerialize(infoOnWire))).toEqual(info);
    expect((PollFlightInfo!.responseDeserialize(pollInfo.encode({ info })) as { info: unknown }).info).toEqual(infoOnWire);
    expect(flightDescriptor.decode(GetFlightInfo!.requestSerialize(descriptor))).toEqual(descriptor);
    expect(GetSchema!.responseDeserialize(schemaResult.encode({ schema: Buffer.from('s') }))).toEqual({ schema: Buffer.from('s') });
    expect(ticketMessage.decode(DoGet!.requestSerialize({ ticket: Buffer.from('t') }))).toEqual({ ticket: Buffer.from('t') });
    expect(actionMessage.decode(DoAction!.requestSerialize({ type: 'refresh', body: Buffer.from('b') }))).toEqual({ type: 'refresh', body: Buffer.from('b') });
    expect(criteria.decode(ListFlights!.requestSerialize({ expression: Buffer.from('e') }))).toEqual({ expression: Buffer.from('e') });
    expect(handshakeMessage.decode(Handshake!.requestSerialize({ protocol_version: 3, payload: Buffer.from('p') }))).toEqual({ protocolVersion: 3, payload: Buffer.from('p') });
  });

  it('that are empty have empty fields', () => {
    expect(flightInfo.decode(Buffer.alloc(0))).toEqual({ schema: new Uint8Array(0), endpoints: [], totalRecords: 0, totalBytes: 0, ordered: false, appMetadata: new Uint8Array(0) });
    expect(flightInfo.encode({}).byteLength).toBe(0);
  });

  it('come back as they were', () => {
    const type = new MessageType<{ i: number; b: boolean; t: string; o?: string; d: Uint8Array }>({ i: intField(1), b: boolField(2), t: textField(900), o: optionalTextField(4), d: bytesField(5) });
    const values = fc.record({ i: fc.maxSafeInteger(), b: fc.boolean(), t: fc.string({ unit: 'grapheme' }), o: fc.string(), d: fc.uint8Array() });
    fc.assert(fc.property(values, (value) => {
      const back = type.decode(type.encode(value));
      expect({ ...back, d: [...back.d] }).toEqual({ ...value, i: value.i + 0, d: [...value.d] });
    }));
  });

  it('of other versions are read without what is not known', () => {
    // Field 100 as a varint, 101 and 102 as fixed numbers, 103 as bytes.
    const more = Buffer.from([0xa0, 0x06, 0x01, 0xa9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xb5, 0x06, 1, 2, 3, 4, 0xba, 0x06, 1, 9]);
    expect(ticketMessage.decode(Buffer.concat([more, ticketMessage.encode({ ticket: Buffer.from('t') })]))).toEqual({ ticket: Buffer.from('t') });
  });

  it('are refused, and never anything worse, if they are damaged', () => {
    const types = [flightInfo, flightDescriptor, flightEndpoint, actionMessage, cancelFlightInfoRequest, renewFlightEndpointRequest] as MessageType<unknown>[];
    const sound = flightInfo.encode(info);
    const damaged = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.tuple(fc.nat(sound.byteLength - 1), fc.nat(255), fc.nat(sound.byteLength)).map(([at, byte, end]) => {
      const bytes = Buffer.from(sound);
      bytes[at] = byte;
      return bytes.subarray(0, end);
    }));
    fc.assert(fc.property(damaged, fc.constantFrom(...types), (bytes, type) => {
      try {
        type.decode(bytes);
      } catch (error) {
        expect(isTesseraError(error, 'invalid_argument')).toBe(true);
      }
    }), { numRuns: 1000 });
  });
});

import { TesseraError, type Credentials, type Identity } from '@tessera/domain';
import { keyCredentials, readCredentials } from '../access/credentials.ts';
import type { SessionTokens } from '../access/session-tokens.ts';
import type { MessageParts } from '../messages/flight-data.ts';
import { basicAuth, handshakeMessage } from '../messages/flight-messages.ts';
import type { IncomingCall } from './flight-method.ts';

/**
 * Gives a bearer token for an API key: shown as the password of basic authentication, in a header or (the older way)
 * in the first message. The token comes as a header and as a message, wherever the client looks for it.
 */
export async function* shakeHands(identity: Identity, sessions: SessionTokens, requests: AsyncIterable<Uint8Array>, { header, call, sendHeader }: IncomingCall): AsyncGenerator<MessageParts> {
  const shown = readCredentials(header, sessions);
  const credentials = shown.kind === 'none' ? await credentialsOfMessage(requests) : shown;
  const principal = await identity.principalOf(credentials, call);
  if (principal.kind === 'anonymous' && principal.scopes.length === 0) throw new TesseraError('unauthenticated', 'Give the API key as the password of basic authentication.');
  const token = sessions.issue(credentials);
  sendHeader('authorization', `Bearer ${token}`);
  yield [handshakeMessage.encode({ payload: Buffer.from(token) })];
}

async function credentialsOfMessage(requests: AsyncIterable<Uint8Array>): Promise<Credentials> {
  for await (const request of requests) {
    const { payload } = handshakeMessage.decode(request);
    return keyCredentials(payload.byteLength === 0 ? '' : basicAuth.decode(payload).password);
  }
  return { kind: 'none' };
}

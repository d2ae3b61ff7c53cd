import { IdentityService } from '@tessera/identity';
import { identityContract } from '@tessera/testing';
import { throughGrpc } from '../through-grpc.ts';

const apiKey = 'the key of one user';
const open = new IdentityService({ singleUserApiKey: apiKey, isPublic: true });
const closed = new IdentityService({ singleUserApiKey: apiKey, isPublic: false });

identityContract('in this process', async () => ({ open, closed, apiKey, close: async () => {} }));

identityContract('through gRPC', async () => {
  const remotes = await Promise.all([open, closed].map((identity) => throughGrpc({ identity })));
  return { open: remotes[0]!.identity, closed: remotes[1]!.identity, apiKey, close: async () => void (await Promise.all(remotes.map((remote) => remote.close()))) };
});

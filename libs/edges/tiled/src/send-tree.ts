import type { TreeExporter, TreeRequest } from '@tessera/domain';
import { sendBytes } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { valueOf, type RawQuery } from './parse-parameters.ts';

/** Answers with a part of the tree as one file. Its length is said where it is known; parts of it are not to be had, for each would cost the whole. */
export async function sendTree(exporter: TreeExporter, request: FastifyRequest, reply: FastifyReply, wanted: TreeRequest, answer: { readonly mediaType: string; readonly etag?: string }): Promise<void> {
  const { byteLength, pieces } = await exporter.export(wanted);
  const filename = valueOf(request.query as RawQuery, 'filename');
  await sendBytes(request, reply, {
    ...answer, body: pieces, isSeekable: false,
    ...(byteLength === undefined ? {} : { byteLength }),
    ...(filename === undefined ? {} : { filename }),
  });
}

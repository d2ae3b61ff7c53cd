import { exportersVersion, mintTicket, treeMediaTypes, TesseraError, type Reader, type TreeExporter } from '@tessera/domain';
import { etagOf, mediaTypesOf, negotiate, sendBytes } from '@tessera/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OpenedNode } from './open-node.ts';
import { checkNames } from './parse-columns.ts';
import { valueOf, type RawQuery } from './parse-parameters.ts';
import { checkFiltered, parseTableRequest } from './parse-table-request.ts';
import { sendTree } from './send-tree.ts';

export interface TableAnswer {
  /** Absent = all of them. */
  readonly partition?: number | undefined;
  /** For whole tables as files. */
  readonly treeExporters?: ReadonlyMap<string, TreeExporter> | undefined;
}

/** Answers with a table, or one partition, some columns or some rows of it. */
export async function sendTable(reader: Reader, request: FastifyRequest, reply: FastifyReply, { node, principal, call }: OpenedNode, { partition, treeExporters }: TableAnswer): Promise<void> {
  if (node.structure.family !== 'table') throw new TesseraError('not_found', 'This node is no table.');
  const { table } = node.structure;
  if (partition !== undefined && partition >= table.partitionCount) throw new TesseraError('invalid_argument', 'Partition out of range');
  const { columns, rows, filter } = parseTableRequest(request);
  checkNames(columns, table.columns);
  if (filter) checkFiltered(filter, table.columns);
  const { byFamily, aliases } = mediaTypesOf(request);
  const isTree = (mediaType: string) => (treeMediaTypes as readonly string[]).includes(mediaType);
  const isPart = rows !== undefined || filter !== undefined;
  const mediaType = negotiate(request, 'table', byFamily.table.filter((each) => !isTree(each) || (treeExporters?.has(each) && !isPart)), aliases);
  const tree = treeExporters?.get(mediaType);
  if (tree) return sendTree(tree, request, reply, { principal, resolved: { node }, ...(columns ? { fields: columns } : {}), call }, { mediaType });
  const ticket = mintTicket(principal, node);
  const selection = {
    ...(columns ? { columns } : {}),
    ...(partition === undefined ? {} : { partitions: { start: partition, stop: partition + 1 } }),
    ...(rows ? { rows } : {}),
    ...(filter ? { filter } : {}),
  };
  const filename = valueOf(request.query as RawQuery, 'filename');
  await sendBytes(request, reply, {
    mediaType,
    etag: etagOf(ticket.manifestId, 'table', JSON.stringify(selection), mediaType, exportersVersion),
    body: reader.readTable(ticket, { mediaType, ...selection }, call),
    ...(filename === undefined ? {} : { filename }),
  });
}

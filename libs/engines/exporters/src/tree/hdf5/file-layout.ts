// Where everything lies in a file: superblock, object headers, texts, then the data one array behind the other. All of
// it follows from the plan, so that the file can be sent front to back and its length is known before its first byte.
import { TesseraError, elementCount } from '@tessera/domain';
import type { ArrayPlan, GroupPlan } from '../tree-plan.ts';
import { attributeByteLength, attributeMessage, attributesOf, type Attribute } from './attributes.ts';
import { fileType, type FileType } from './datatype.ts';
import { GlobalHeap } from './global-heap.ts';
import {
  contiguousLayout, dataspaceMessage, groupMessages, headerByteLength, implicitLayout, linkMessage, maxMessageByteLength, messageTypes, noFillValue, objectHeader, type Message,
} from './object-header.ts';
import { superblock, superblockByteLength } from './superblock.ts';

export interface FileLayout {
  readonly byteLength: number;
  /** All before the data. */
  readonly front: readonly Uint8Array[];
  readonly frontByteLength: number;
  readonly data: readonly PlacedData[];
}

/** The data of an array, and where they lie. */
export interface PlacedData {
  readonly plan: ArrayPlan;
  readonly type: FileType;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** An object with a place for its header, but no addresses of others yet. */
type Placed = PlacedGroup | PlacedArray;
interface PlacedGroup {
  readonly kind: 'group';
  readonly name: string;
  readonly address: number;
  readonly attributes: readonly Attribute[];
  readonly children: readonly Placed[];
}
interface PlacedArray {
  readonly kind: 'array';
  readonly name: string;
  readonly address: number;
  readonly attributes: readonly Attribute[];
  readonly plan: ArrayPlan;
  readonly type: FileType;
}

/** HDF5 arrays have no more axes (H5S_MAX_RANK). */
const maxRank = 32;
const alignment = 8;
const aligned = (address: number) => Math.ceil(address / alignment) * alignment;

/** Bytes of an array's data in the file. */
export function dataByteLength({ dataType, grid, source }: ArrayPlan): number {
  if (source.order === 'elements') return elementCount(grid.shape) * dataType.itemsize;
  return grid.shape.reduce((count, length, axis) => count * Math.ceil(length / source.chunkShape[axis]!), elementCount(source.chunkShape) * dataType.itemsize);
}

/** @throws TesseraError not_acceptable if the one array that was asked for has no place in HDF5. */
export function layOut(root: GroupPlan): FileLayout {
  const heap = new GlobalHeap();
  const placer = new Placer(heap);
  const placed = placer.group(root);
  if (root.children.length === 1 && placed.children.length === 0) throw new TesseraError('not_acceptable', `This type is supported in general but there was an error packing this specific data: HDF5 has no place for ${root.children[0]!.name}.`);
  const collections = heap.collections();
  const heapAddresses: number[] = [];
  let at = placer.end;
  for (const collection of collections) {
    heapAddresses.push(at);
    at += collection.byteLength;
  }
  const frontByteLength = at;
  const headers: Uint8Array[] = [];
  const data: PlacedData[] = [];
  writeHeaders(placed);
  return { byteLength: at, front: [superblock(at, placed.address), ...headers, ...collections], frontByteLength, data };

  function writeHeaders(object: Placed): void {
    const attributes = object.attributes.map((attribute): Message => ({ type: messageTypes.attribute, body: attributeMessage(attribute, heapAddresses) }));
    const own = object.kind === 'group' ? groupBodies(object) : arrayBodies(object);
    const header = objectHeader([...own, ...attributes]);
    headers.push(header, new Uint8Array(aligned(header.byteLength) - header.byteLength));
    if (object.kind === 'group') object.children.forEach(writeHeaders);
  }

  function arrayBodies({ plan, type }: PlacedArray): Message[] {
    const byteLength = dataByteLength(plan);
    const byteOffset = aligned(at);
    if (byteLength > 0) {
      data.push({ plan, type, byteOffset, byteLength });
      at = byteOffset + byteLength;
    }
    return arrayMessages(plan, type, byteOffset, byteLength);
  }
}

function groupBodies({ children }: PlacedGroup): Message[] {
  return [...groupMessages, ...children.map((child): Message => ({ type: messageTypes.link, body: linkMessage(child.name, child.address) }))];
}

function arrayMessages({ grid, source }: ArrayPlan, type: FileType, byteOffset: number, byteLength: number): Message[] {
  return [
    { type: messageTypes.dataspace, body: dataspaceMessage(grid.shape) },
    { type: messageTypes.datatype, body: type.message, isConstant: true },
    { type: messageTypes.fillValue, body: noFillValue, isConstant: true },
    { type: messageTypes.layout, body: source.order === 'elements' ? contiguousLayout(byteOffset, byteLength) : implicitLayout(byteOffset, source.chunkShape, type.byteLength) },
  ];
}

/** Gives every object that HDF5 has a place for an address, parents before children. */
class Placer {
  end = superblockByteLength;
  private readonly heap: GlobalHeap;

  constructor(heap: GlobalHeap) {
    this.heap = heap;
  }

  group({ name, attributes, children }: GroupPlan): PlacedGroup {
    const kept: { child: GroupPlan | ArrayPlan; type: FileType | undefined }[] = [];
    const leftOut: string[] = [];
    for (const child of children) {
      const type = child.kind === 'array' ? typeOf(child) : undefined;
      if (!isLinkable(child.name) || (child.kind === 'array' && !type)) leftOut.push(`${child.name}: HDF5 has no place for it.`);
      else kept.push({ child, type });
    }
    const earlier = Array.isArray(attributes['not_exported']) && leftOut.length > 0 ? (attributes['not_exported'] as readonly string[]) : [];
    const own = attributesOf(leftOut.length > 0 ? { ...attributes, not_exported: [...earlier, ...leftOut] } : attributes, this.heap);
    const address = this.place([...groupMessages.map(({ body }) => body.byteLength), ...kept.map(({ child }) => linkMessage(child.name, 0).byteLength), ...own.map(attributeByteLength)]);
    return { kind: 'group', name, address, attributes: own, children: kept.map(({ child, type }) => (child.kind === 'group' ? this.group(child) : this.array(child, type!))) };
  }

  private array(plan: ArrayPlan, type: FileType): PlacedArray {
    const attributes = attributesOf(plan.attributes, this.heap);
    const address = this.place([...arrayMessages(plan, type, 0, 1).map(({ body }) => body.byteLength), ...attributes.map(attributeByteLength)]);
    return { kind: 'array', name: plan.name, address, attributes, plan, type };
  }

  private place(bodyByteLengths: readonly number[]): number {
    const address = this.end;
    this.end = aligned(address + headerByteLength(bodyByteLengths));
    return address;
  }
}

function typeOf({ dataType, grid }: ArrayPlan): FileType | undefined {
  const type = fileType(dataType);
  return type && type.message.byteLength <= maxMessageByteLength && grid.shape.length <= maxRank ? type : undefined;
}

/** Names of links are parts of paths. */
function isLinkable(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0');
}

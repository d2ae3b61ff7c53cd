import type { ClassicHeader, ClassicVariable } from './header.ts';

/** Where a variable's values lie. */
export interface VariableLayout {
  readonly shape: readonly number[];
  /** Bytes of all its values, or of those of one record. */
  readonly byteLength: number;
  /** Bytes from one record to the next; undefined if its values lie in one run. */
  readonly recordByteStride?: number;
}

/** Lengths that only all variables together tell: how many records there are, and how long one is. */
export class RecordLayout {
  readonly recordCount: number;
  readonly #header: ClassicHeader;
  readonly #byteStride: number;

  constructor(header: ClassicHeader, fileByteLength: number) {
    this.#header = header;
    const recorded = header.variables.filter((variable) => this.isRecorded(variable));
    const lengths = recorded.map((variable) => this.#slabByteLength(variable));
    // Each variable's part of a record is padded to four bytes, except if it is the only one ("Note on padding").
    this.#byteStride = lengths.length === 1 ? lengths[0]! : lengths.reduce((sum, length) => sum + padded(length), 0);
    this.recordCount = header.recordCount ?? this.#countInFile(recorded, fileByteLength);
  }

  isRecorded({ dimensionIds }: ClassicVariable): boolean {
    return dimensionIds.length > 0 && this.#header.dimensions[dimensionIds[0]!]!.length === 0;
  }

  of(variable: ClassicVariable): VariableLayout {
    const lengths = variable.dimensionIds.map((id) => this.#header.dimensions[id]!.length);
    const byteLength = this.#slabByteLength(variable);
    if (!this.isRecorded(variable)) return { shape: lengths, byteLength };
    const shape = [this.recordCount, ...lengths.slice(1)];
    return byteLength === this.#byteStride ? { shape, byteLength: byteLength * this.recordCount } : { shape, byteLength, recordByteStride: this.#byteStride };
  }

  /** Bytes of a variable, or of its part of a record. */
  #slabByteLength({ dimensionIds, type }: ClassicVariable): number {
    return dimensionIds.reduce((product, id) => product * (this.#header.dimensions[id]!.length || 1), type.itemsize);
  }

  /** As many records as there are bytes for; the padding of the last may be missing. */
  #countInFile(recorded: readonly ClassicVariable[], fileByteLength: number): number {
    if (recorded.length === 0 || this.#byteStride === 0) return 0;
    const start = recorded.reduce((least, { byteOffset }) => Math.min(least, byteOffset), Infinity);
    const last = recorded.reduce((latest, variable) => (variable.byteOffset >= latest.byteOffset ? variable : latest));
    const lastByteLength = this.#slabByteLength(last);
    const missing = recorded.length === 1 ? 0 : padded(lastByteLength) - lastByteLength;
    return Math.max(0, Math.floor((fileByteLength - start + missing) / this.#byteStride));
  }
}

function padded(byteLength: number): number {
  return Math.ceil(byteLength / 4) * 4;
}

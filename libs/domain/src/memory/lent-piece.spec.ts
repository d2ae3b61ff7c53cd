import { keepPiece, lentPiece, ownPiece, passPieceOn, releasePiece } from './lent-piece.ts';

describe('a lent piece', () => {
  const lend = () => {
    const released: number[] = [];
    return { released, piece: lentPiece(new Uint8Array(8), () => released.push(1)) };
  };

  it('is released once, and by nobody who has a view of it only', () => {
    const { piece, released } = lend();
    releasePiece(piece.subarray(0, 8));
    releasePiece(new Uint8Array(piece.buffer));
    expect(released).toEqual([]);
    releasePiece(piece);
    releasePiece(piece);
    expect(released).toEqual([1]);
  });

  it('is released by its view where the right was handed on', () => {
    const { piece, released } = lend();
    const view = passPieceOn(piece, piece.subarray(2));
    expect(passPieceOn(view, view)).toBe(view);
    releasePiece(piece);
    expect(released).toEqual([]);
    releasePiece(view);
    expect(released).toEqual([1]);
    const other = new Uint8Array(4);
    releasePiece(passPieceOn(other, other.subarray(1)));
    expect(other.byteLength).toBe(4);
  });

  it('is not released any more once somebody keeps it', () => {
    const { piece, released } = lend();
    releasePiece(keepPiece(piece));
    expect(released).toEqual([]);
  });
});

describe('a piece in memory of its own', () => {
  it('is freed when it is released', () => {
    const piece = ownPiece(new Uint8Array(100));
    releasePiece(piece);
    expect((piece.buffer as ArrayBuffer).detached).toBe(true);
    expect(piece.byteLength).toBe(0);
  });

  it('is left alone where memory is shared, or gone already', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(8));
    releasePiece(ownPiece(shared));
    expect(shared.byteLength).toBe(8);
    const moved = ownPiece(new Uint8Array(8));
    structuredClone(moved, { transfer: [moved.buffer as ArrayBuffer] });
    expect(() => releasePiece(moved)).not.toThrow();
  });
});

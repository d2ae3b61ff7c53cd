import { TesseraError, type Codec } from '@tessera/domain';

/** numcodecs "base64" (RFC 4648). */
export const base64Codec: Codec = {
  name: 'base64',
  kind: 'bytes-to-bytes',
  resolve(_configuration, { maxByteLength }) {
    return {
      decode(bytes) {
        const decoded = Buffer.from(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'), 'base64');
        if (decoded.byteLength <= maxByteLength) return decoded;
        throw new TesseraError('gone', `A chunk of these data could not be decoded (base64): it has more than the ${maxByteLength} bytes it should have.`, { codec: 'base64' });
      },
      encode: (bytes) => Buffer.from(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'), 'latin1'),
      maxEncodedByteLength: Math.ceil(maxByteLength / 3) * 4,
    };
  },
};

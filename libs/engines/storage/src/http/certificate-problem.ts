// Why a server's certificate is not accepted (Node.js documentation, "TLS", "X509 certificate error codes").

const reasons = new Map([
  ['CERT_HAS_EXPIRED', 'it has expired'],
  ['CERT_NOT_YET_VALID', 'it is not valid yet'],
  ['CERT_REVOKED', 'it was revoked'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'it is that of another name than the address has'],
]);

const unknownAuthorities = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_UNTRUSTED',
]);

/** What a user is told of an error of a connection; undefined if it is not about a certificate. */
export function certificateProblem(code: unknown): string | undefined {
  if (typeof code !== 'string') return undefined;
  if (unknownAuthorities.has(code)) return 'The certificate of the storage server is not accepted: nobody known here signed it. Whoever runs this server can name the authority in storage.remote.certificateAuthorities.';
  const reason = reasons.get(code) ?? (/^(CERT_|ERR_TLS_CERT)/.test(code) ? `it is refused (${code})` : undefined);
  return reason && `The certificate of the storage server is not accepted: ${reason}.`;
}

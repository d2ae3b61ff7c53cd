/** How each error code is spoken at the edges. The only table of its kind: every mapper reads it. */
export interface ErrorCodeFacts {
  /** HTTP status of a response that reports this code. */
  readonly http: number;
  /** gRPC status number (grpc/status: https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
  readonly grpc: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Whether the same call may succeed later without a change by the caller. */
  readonly retryable: boolean;
}

export const errorCodes = {
  /** The request is malformed. 400 with a sentence. */
  invalid_argument: { http: 400, grpc: 3, logLevel: 'debug', retryable: false },
  /** The request is well formed, but a value does not fit the node. 422. */
  unprocessable: { http: 422, grpc: 3, logLevel: 'debug', retryable: false },
  unauthenticated: { http: 401, grpc: 16, logLevel: 'info', retryable: false },
  permission_denied: { http: 403, grpc: 7, logLevel: 'info', retryable: false },
  not_found: { http: 404, grpc: 5, logLevel: 'debug', retryable: false },
  /** Known, but its bytes are not to be had: a broken link, a missing or corrupt file. */
  gone: { http: 410, grpc: 9, logLevel: 'info', retryable: false },
  /** The method exists, this node does not support it. */
  unsupported: { http: 405, grpc: 12, logLevel: 'debug', retryable: false },
  /** None of the media types asked for can carry this data. */
  not_acceptable: { http: 406, grpc: 12, logLevel: 'debug', retryable: false },
  unsupported_media_type: { http: 415, grpc: 3, logLevel: 'debug', retryable: false },
  conflict: { http: 409, grpc: 6, logLevel: 'info', retryable: false },
  /** The source changed under its manifest: it is being indexed anew. */
  stale: { http: 409, grpc: 10, logLevel: 'info', retryable: false },
  /** The caller asks for more than one response may carry; it must ask for less. */
  too_large: { http: 400, grpc: 11, logLevel: 'info', retryable: false },
  resource_exhausted: { http: 429, grpc: 8, logLevel: 'warn', retryable: true },
  unavailable: { http: 503, grpc: 14, logLevel: 'warn', retryable: true },
  deadline_exceeded: { http: 504, grpc: 4, logLevel: 'warn', retryable: true },
  /** The caller went away; nobody reads the answer. */
  cancelled: { http: 499, grpc: 1, logLevel: 'debug', retryable: false },
  internal: { http: 500, grpc: 13, logLevel: 'error', retryable: true },
} as const satisfies Record<string, ErrorCodeFacts>;

export type ErrorCode = keyof typeof errorCodes;

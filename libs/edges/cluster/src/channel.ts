// The connection to another process of the cluster, and its limits.
import { Client, credentials, logVerbosity, setLogVerbosity, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import { parseFrameAddress } from './frames/frame-address.ts';
import { FrameChannel } from './frames/frame-channel.ts';
import { findProtoDirectory } from './protos.ts';
import { deriveClusterKeys, type ClusterKeys } from './signature.ts';

// What goes wrong is thrown, and logged by whoever catches it; grpc-js would write it to the console besides.
setLogVerbosity(logVerbosity.NONE);

/** PEM texts. With `ca`, both sides must show a certificate that it signed. */
export interface ClusterTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface ChannelSettings {
  /** `host:port`. */
  readonly address: string;
  readonly secret: string;
  readonly tls?: ClusterTls;
  /** Folder that holds `tessera/reader/v1/reader.proto`; found by itself if absent. */
  readonly protoDirectory?: string;
}

/** Bytes go in pieces of at most this; a chunk that fits goes in one. */
export const pieceByteLength = 512 * 1024;
export const unaryChunkByteLength = 4 * 2 ** 20;
/** No message is larger: what is refused on both sides. */
export const messageByteLength = 16 * 2 ** 20;

/** Of both clients and servers. */
export const transportOptions: ChannelOptions = {
  'grpc.max_send_message_length': messageByteLength,
  'grpc.max_receive_message_length': messageByteLength,
  // node:http2's 64 KiB window costs a round trip and a write for every 64 KiB: about 30 % of the CPU of a chunk.
  'grpc-node.flow_control_window': 8 * 2 ** 20,
  'grpc.keepalive_time_ms': 15_000,
  'grpc.keepalive_timeout_ms': 5_000,
};

const clientOptions: ChannelOptions = {
  ...transportOptions,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.keepalive_permit_without_calls': 1,
  // Names are resolved again soon after a pod moved.
  'grpc.dns_min_time_between_resolutions_ms': 1_000,
  // Statistics of every message that nobody asks for. (A server without them forgets its sessions and cannot shut down.)
  'grpc.enable_channelz': 0,
  // Only our own processes are called: no proxy is between them.
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
};

/** A connection with what is needed to make calls over it. Connects on first use and again whenever it is lost. */
export interface ClusterChannel {
  readonly client: Client;
  /** To the same process; carries bytes. */
  readonly frames: FrameChannel;
  readonly keys: ClusterKeys;
  readonly protoDirectory: string;
  close(): void;
}

export function openChannel(settings: ChannelSettings, more: ChannelOptions = {}): ClusterChannel {
  const client = new Client(settings.address, clientCredentials(settings.tls), { ...clientOptions, ...more });
  const frames = new FrameChannel(parseFrameAddress(settings.address, settings.tls));
  return {
    client,
    frames,
    keys: deriveClusterKeys(settings.secret),
    protoDirectory: settings.protoDirectory ?? findProtoDirectory(),
    close: () => {
      client.close();
      frames.close();
    },
  };
}

const pem = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));

function clientCredentials(tls: ClusterTls | undefined): ChannelCredentials {
  return tls ? credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.cert)) : credentials.createInsecure();
}

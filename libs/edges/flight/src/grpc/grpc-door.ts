import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { flightMethodNames, servicePath } from '../service/flight-method.ts';
import type { FlightServerOptions, GrpcDoor } from './flight-server.ts';
import { serveBidirectional, serveServerStream, serveUnary } from './serve-call.ts';
import { joined } from './message-copy.ts';

/** A request is a descriptor, a ticket or an action. */
const mostRequestByteLength = 16 * 2 ** 20;

const serverOptions = {
  'grpc.max_receive_message_length': mostRequestByteLength,
  'grpc.max_send_message_length': -1,
  'grpc-node.flow_control_window': 8 * 2 ** 20,
  'grpc.max_concurrent_streams': 256,
};

export function openGrpcDoor({ methods, onError = () => {} }: Pick<FlightServerOptions, 'methods' | 'onError'>): GrpcDoor {
  const server = new Server(serverOptions);
  const definition: Record<string, ServiceDefinition[string]> = {};
  const handlers: UntypedServiceImplementation = {};
  for (const name of flightMethodNames) {
    const method = methods[name];
    const asBytes = (value: Buffer) => value;
    definition[name] = {
      path: `/${servicePath}/${name}`, requestStream: method.kind === 'dialogue', responseStream: method.kind !== 'unary',
      requestSerialize: asBytes, requestDeserialize: asBytes, responseSerialize: joined, responseDeserialize: asBytes,
    };
    const context = { name, report: onError };
    handlers[name] = method.kind === 'unary' ? serveUnary(method, context) : method.kind === 'stream' ? serveServerStream(method, context) : serveBidirectional(method, context);
  }
  server.addService(definition, handlers);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  return { take: (socket) => injector.injectConnection(socket), drain: () => server.tryShutdown(() => undefined) };
}

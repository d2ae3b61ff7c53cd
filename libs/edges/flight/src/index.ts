export { type FlightServer, type FlightServerOptions, type FlightTls, openFlightServer } from './grpc/flight-server.ts';
export { type EndpointLocations, type FlightPorts, type FrontPorts } from './service/flight-ports.ts';
export { flightMethods, type FlightServiceOptions } from './service/flight-service.ts';

"""How the tests speak Arrow Flight with a server."""

import json

import pyarrow
import pyarrow.flight as flight


def connect(server, location=None, **options):
    return flight.FlightClient(location or f"grpc://127.0.0.1:{server.flight_port}", **options)


def headers(*pairs, **options):
    return flight.FlightCallOptions(headers=[(name.encode(), value.encode()) for name, value in pairs], timeout=120, **options)


def with_key(server):
    return headers(("authorization", f"Apikey {server.key}"))


def command(**fields):
    return flight.FlightDescriptor.for_command(json.dumps(fields))


def read_info(server, client, info, options=None):
    """All endpoints of an info, each where it lies, as one table."""
    options = options or flight.FlightCallOptions(timeout=120)
    tables = []
    for endpoint in info.endpoints:
        place = connect(server, endpoint.locations[0]) if endpoint.locations else client
        tables.append(place.do_get(endpoint.ticket, options).read_all())
    return pyarrow.concat_tables(tables)


def read(server, descriptor):
    """What a descriptor names."""
    client = connect(server)
    return read_info(server, client, client.get_flight_info(descriptor, with_key(server)))


def read_array(server, *path, **fields):
    """An array, as the NumPy array that pyarrow makes of it."""
    column = read(server, command(path=list(path), **fields)).column(0)
    chunks = pyarrow.concat_arrays(column.chunks) if column.num_chunks != 1 else column.chunk(0)
    return chunks.to_numpy_ndarray() if isinstance(chunks.type, pyarrow.FixedShapeTensorType) else chunks.to_numpy(zero_copy_only=False)

"""Arrow Flight, with pyarrow's client and Go's."""

import json
import os
import random
import subprocess
import threading

import numpy as np
import psutil
import pyarrow
import pyarrow.compute as pc
import pyarrow.flight as flight
import pyarrow.parquet as parquet
import pytest

from flight_client import command, connect, headers, read, read_array, read_info, with_key
from server import TOPOLOGY, Server
from waiting import wait_until

ROWS = 2_000_000
GO_CLIENT = os.environ.get("TESSERA_TEST_GO_FLIGHT")


@pytest.fixture(scope="module")
def events():
    rng = np.random.default_rng(7)
    return pyarrow.table({
        "id": np.arange(ROWS), "energy": rng.random(ROWS), "kind": pyarrow.array(np.array(["red", "green", None], dtype=object)[rng.integers(0, 3, ROWS)]),
        "time": pyarrow.array(np.arange(ROWS) * 1000, pyarrow.timestamp("ns", "UTC")),
    })


@pytest.fixture(scope="module")
def image():
    return np.random.default_rng(8).random((40, 300, 200))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, events, image):
    folder = tmp_path_factory.mktemp("flight") / "run"
    folder.mkdir()
    parquet.write_table(events, folder / "events.parquet", row_group_size=100_000)
    with pyarrow.ipc.new_file(folder / "batches.arrow", events.schema) as writer:
        writer.write_table(events, max_chunksize=300_000)
    np.save(folder / "image.npy", image)
    np.save(folder / "big_endian.npy", np.arange(12, dtype=">i4").reshape(3, 4))
    np.save(folder / "scalar.npy", np.array(2.5))
    (folder / "broken.npy").write_bytes(b"\x93NUMPY\x01\x00")
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory, folder):
    with Server(tmp_path_factory.mktemp("flight-server"), folder) as server:
        yield server.wait_for("events", "batches", "image", "big_endian", "scalar", "broken")


@pytest.fixture(scope="module")
def client(server):
    return connect(server)


def path(*keys):
    return flight.FlightDescriptor.for_path(*keys)


def refused(error, words, action):
    with pytest.raises(error, match=words):
        action()


class TestReading:
    def test_lists_what_can_be_read(self, server, client):
        infos = {b"/".join(info.descriptor.path): info for info in client.list_flights(b"", with_key(server))}
        assert set(infos) == {b"events", b"batches", b"image", b"big_endian", b"scalar"}
        assert infos[b"events"].total_records == ROWS and infos[b"image"].total_records == 40
        assert infos[b"events"].schema.names == ["id", "energy", "kind", "time"]
        assert [info.descriptor.path for info in client.list_flights(b"image", with_key(server))] == [[b"image"]]

    def test_finds_what_is_searched_for(self, server, client):
        def found(**search):
            return {info.descriptor.path[-1].decode() for info in client.list_flights(json.dumps(search).encode(), with_key(server))}

        wait_until(lambda: found(query={"op": "family", "family": "table"}) == {"events", "batches"}, "the index has the tables")
        assert found(query={"op": "keys", "keys": ["image", "nothing"]}) == {"image"}

    @pytest.mark.parametrize("key", ["events", "batches"])
    def test_tables_are_what_was_written(self, server, client, events, key):
        info = client.get_flight_info(path(key), with_key(server))
        assert info.total_records == ROWS and info.ordered
        assert len(info.endpoints) > 1
        assert len({endpoint.ticket.ticket for endpoint in info.endpoints}) == len(info.endpoints)
        table = read_info(server, client, info)
        assert table.equals(events)
        assert table.schema.equals(info.schema) and client.get_schema(path(key), with_key(server)).schema.equals(info.schema)

    def test_endpoints_lie_at_the_readers(self, server, client):
        info = client.get_flight_info(path("events"), with_key(server))
        places = {location.uri for endpoint in info.endpoints for location in endpoint.locations[:1]}
        assert len(places) == (2 if TOPOLOGY == "cluster" else 0)
        # The gateway gives them, too.
        assert client.do_get(info.endpoints[0].ticket).read_all().num_rows > 0

    def test_columns_rows_and_filters(self, server, events):
        assert read(server, command(path="events", columns=["time", "id"])).equals(events.select(["time", "id"]))
        assert read(server, command(path="events", rows=[99_990, 100_010])).equals(events.slice(99_990, 20))
        assert read(server, command(path="events", rows={"start": ROWS - 5})).equals(events.slice(ROWS - 5))
        condition = {"and": [{"column": "energy", "op": "lt", "value": 0.001}, {"column": "kind", "op": "notnull"}]}
        expected = events.filter(pc.and_(pc.less(events["energy"], 0.001), pc.is_valid(events["kind"])))
        assert 0 < expected.num_rows < 10_000
        assert read(server, command(path="events", filter=condition)).equals(expected)
        assert read(server, command(path="batches", filter=condition, columns=["id"])).equals(expected.select(["id"]))
        assert read(server, path("events", "energy")).equals(events.select(["energy"]))

    def test_arrays_are_tensors(self, server, client, image):
        assert np.array_equal(read_array(server, "image"), image)
        assert np.array_equal(read_array(server, "image", slice="3:20:4,::-1,7"), image[3:20:4, ::-1, 7])
        assert np.array_equal(read_array(server, "big_endian"), np.arange(12).reshape(3, 4))
        assert read_array(server, "scalar") == 2.5
        batch = client.do_get(client.get_flight_info(path("image"), with_key(server)).endpoints[0].ticket).read_chunk().data
        column = batch.column(0)
        assert np.shares_memory(column.to_numpy_ndarray(), column.storage.flatten().to_numpy())

    def test_batches_are_bounded(self, server, client):
        info = client.get_flight_info(path("batches"), with_key(server))
        for batch in client.do_get(info.endpoints[0].ticket):
            assert batch.data.nbytes < 4 * 2**20

    @pytest.mark.skipif(not GO_CLIENT, reason="no Go client: TESSERA_TEST_GO_FLIGHT is not set")
    def test_go_reads_the_same(self, server, events):
        run = subprocess.run([GO_CLIENT, f"127.0.0.1:{server.flight_port}", server.key, json.dumps({"path": "events", "columns": ["energy", "id"]})], capture_output=True, text=True, timeout=120)
        assert run.returncode == 0, run.stderr
        got = json.loads(run.stdout)
        assert got["columns"] == ["energy", "id"] and got["rows"] == got["records"] == ROWS
        assert got["sum"] == pytest.approx(pc.sum(events["energy"]).as_py())
        assert sorted(got["listed"]) == ["/batches", "/big_endian", "/events", "/image", "/scalar"]


class TestRights:
    def test_nobody_reads_without_credentials(self, server, client):
        for options in [headers(), headers(("authorization", "Apikey wrong")), headers(("authorization", "Bearer made.up")), headers(("x-api-key", "wrong"))]:
            refused(flight.FlightUnauthenticatedError, ".", lambda: client.get_flight_info(path("events"), options))
            refused(flight.FlightUnauthenticatedError, ".", lambda: list(client.list_flights(b"", options)))
            # pyarrow has no error of its own for this call.
            refused(OSError, "unauthenticated", lambda: client.get_schema(path("events"), options))
            refused(flight.FlightUnauthenticatedError, ".", lambda: list(client.do_action(flight.Action("refresh", b"events"), options)))

    def test_a_handshake_gives_a_token(self, server, client):
        name, token = client.authenticate_basic_token("anybody", server.key)
        assert client.get_flight_info(path("events"), flight.FlightCallOptions(headers=[(name, token)])).total_records == ROWS
        refused(flight.FlightUnauthenticatedError, "Invalid API key", lambda: client.authenticate_basic_token("anybody", "wrong"))

    def test_the_older_handshake_too(self, server):
        class Handler(flight.ClientAuthHandler):
            def authenticate(self, outgoing, incoming):
                outgoing.write(flight.BasicAuth("anybody", server.key).serialize())
                self.token = incoming.read()

            def get_token(self):
                return self.token

        client = connect(server)
        client.authenticate(Handler())
        assert client.get_flight_info(path("events")).total_records == ROWS

    def test_tickets_cannot_be_made_up(self, server, client):
        ticket = client.get_flight_info(path("events"), with_key(server)).endpoints[0].ticket.ticket
        changed = bytes([*ticket[:-1], ticket[-1] ^ 1])
        for bad in [b"", b"events", changed, ticket[:-1], ticket + b"x"]:
            refused(flight.FlightUnauthenticatedError, "GetFlightInfo", lambda: client.do_get(flight.Ticket(bad)).read_all())
        refused(flight.FlightUnauthenticatedError, "Invalid API key", lambda: client.do_get(flight.Ticket(ticket), headers(("x-api-key", "wrong"))).read_all())

    def test_requests_that_make_no_sense(self, server, client):
        def ask(descriptor):
            return lambda: client.get_flight_info(descriptor, with_key(server))

        refused(pyarrow.ArrowKeyError, "No such entry", ask(path("nothing")))
        refused(pyarrow.ArrowInvalid, "is JSON", ask(flight.FlightDescriptor.for_command(b"SELECT 1")))
        refused(pyarrow.ArrowInvalid, 'no column "x"', ask(command(path="events", columns=["x"])))
        refused(pyarrow.ArrowInvalid, '"slice" is for arrays', ask(command(path="events", slice="0")))
        refused(pyarrow.ArrowInvalid, "out of range", ask(command(path="image", slice="99")))
        refused(pyarrow.ArrowException, ".", ask(command(path="events", filter={"column": "none", "op": "isnull"})))
        refused(pyarrow.ArrowException, ".", ask(path("broken")))
        refused(NotImplementedError, "ListFlights", ask(path()))
        writer, _ = client.do_put(path("new"), pyarrow.schema([]), with_key(server))
        refused(NotImplementedError, "Nothing can be written", writer.close)
        refused(NotImplementedError, "There is no action", lambda: list(client.do_action("fly", with_key(server))))

    def test_anonymous_callers_read_a_public_server(self, tmp_path, folder):
        with Server(tmp_path, folder / "image.npy", "--public") as server:
            client = connect(server)
            wait_until(lambda: len(list(client.list_flights())) == 1, "the array is there")
            info = next(iter(client.list_flights()))
            assert read_info(server, client, info).num_rows == 40
            refused(flight.FlightUnauthenticatedError, "scopes", lambda: list(client.do_action(flight.Action("refresh", b""))))


class TestStreams:
    def test_cancelled_by_the_caller(self, server, client):
        reader = client.do_get(client.get_flight_info(command(path="batches", rows=[0]), with_key(server)).endpoints[0].ticket)
        reader.read_chunk()
        reader.cancel()

        def read_on():
            while True:
                reader.read_chunk()

        refused(flight.FlightCancelledError, ".", read_on)
        assert read(server, command(path="events", rows=[0, 5])).num_rows == 5

    def test_cancelled_by_its_info(self, server, client):
        info = client.get_flight_info(command(path="batches", rows=[0]), with_key(server))
        reader = connect(server).do_get(info.endpoints[0].ticket)
        reader.read_chunk()
        assert run_action(server, client, "CancelFlightInfo", info.serialize()) == b"\x08\x01", "the status CANCELLED"

        def read_on(stream):
            while True:
                stream.read_chunk()

        refused(flight.FlightCancelledError, "cancelled", lambda: read_on(reader))
        refused(flight.FlightCancelledError, "cancelled", lambda: read_on(client.do_get(info.endpoints[0].ticket)))

    def test_renewed(self, server, client):
        endpoint = client.get_flight_info(path("image"), with_key(server)).endpoints[0]
        renewed = flight.FlightEndpoint.deserialize(run_action(server, client, "RenewFlightEndpoint", endpoint.serialize()))
        assert renewed.ticket.ticket != endpoint.ticket.ticket and renewed.expiration_time.as_py() >= endpoint.expiration_time.as_py()
        assert client.do_get(renewed.ticket).read_all().num_rows == 40

    def test_a_deadline_ends_them(self, server, client):
        ticket = client.get_flight_info(command(path="batches", rows=[0]), with_key(server)).endpoints[0].ticket
        reader = client.do_get(ticket, flight.FlightCallOptions(timeout=0.5))

        def read_slowly():
            while True:
                reader.read_chunk()
                threading.Event().wait(0.2)

        refused(flight.FlightTimedOutError, ".", read_slowly)

    def test_slow_readers_do_not_fill_the_memory(self, server, client):
        info = client.get_flight_info(command(path="batches", rows=[0]), with_key(server))
        list(client.do_get(info.endpoints[0].ticket))
        before = memory_of(server)
        readers = [connect(server).do_get(info.endpoints[0].ticket) for _ in range(8)]
        for reader in readers:
            reader.read_chunk()
        threading.Event().wait(3)
        assert memory_of(server) - before < 150e6, "64 MB for each of the eight would be more"
        for reader in readers:
            reader.cancel()

    def test_damaged_messages_harm_nobody(self, server, client):
        source = random.Random(5)
        for _ in range(100):
            body = source.randbytes(source.randrange(200))
            for action in [
                lambda: client.do_get(flight.Ticket(body), with_key(server)).read_all(),
                lambda: client.get_flight_info(flight.FlightDescriptor.for_command(body), with_key(server)),
                lambda: list(client.list_flights(b"{" + body, with_key(server))),
                lambda: list(client.do_action(flight.Action(source.choice(["CancelFlightInfo", "RenewFlightEndpoint", "refresh"]), body), with_key(server))),
            ]:
                with pytest.raises((pyarrow.ArrowInvalid, pyarrow.ArrowKeyError, flight.FlightUnauthenticatedError, NotImplementedError)):
                    action()
        assert read(server, command(path="events", rows=[0, 5])).num_rows == 5


def run_action(server, client, name, message):
    """An action whose request has one message as its first field, for which pyarrow has no method."""
    length = bytes([len(message) % 128 | 128, len(message) // 128])
    [result] = client.do_action(flight.Action(name, b"\x0a" + length + message), with_key(server))
    return result.body.to_pybytes()


def memory_of(server):
    """Resident bytes of the largest process that serves."""
    root = psutil.Process(server.process.pid)
    return max(process.memory_info().rss for process in [root, *root.children(recursive=True)])


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A certificate authority, a certificate for this machine and one for a client."""
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority")
    (folder / "names.cnf").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    for name in ["server", "client"]:
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", f"{name}.pem", "-days", "2", "-extfile", "names.cnf")
    return folder


@pytest.mark.parametrize("mutual", [False, True])
def test_tls(tmp_path, folder, certificates, mutual):
    environment = {"TESSERA_FLIGHT__TLS__CERT": str(certificates / "server.pem"), "TESSERA_FLIGHT__TLS__KEY_FILE": str(certificates / "server.key")}
    if mutual:
        environment["TESSERA_FLIGHT__TLS__CLIENT_CA"] = str(certificates / "ca.pem")
    with Server(tmp_path, folder / "image.npy", environment=environment) as server:
        place = f"grpc+tls://127.0.0.1:{server.flight_port}"
        trust = {"tls_root_certs": (certificates / "ca.pem").read_bytes()}
        identity = {"cert_chain": (certificates / "client.pem").read_bytes(), "private_key": (certificates / "client.key").read_bytes()}

        def listed(**options):
            return list(connect(server, place, **options).list_flights(b"", with_key(server)))

        wait_until(lambda: len(listed(**trust, **identity)) == 1, "the array is there")
        info = listed(**trust, **identity)[0]
        where = info.endpoints[0].locations[0] if info.endpoints[0].locations else place
        assert connect(server, where, **trust, **identity).do_get(info.endpoints[0].ticket).read_all().num_rows == 40
        if mutual:
            refused(flight.FlightUnavailableError, ".", lambda: listed(**trust))
        else:
            assert len(listed(**trust)) == 1
        refused(flight.FlightUnavailableError, ".", lambda: list(connect(server).list_flights(b"", headers(("x-api-key", server.key)))))

"""Wrong requests and damaged files: a clear 4xx each, and everything else goes on."""

import struct
import zlib

import h5py
import httpx
import numcodecs
import numpy as np
import pytest
import zarr

from server import Server

API = "/api/v1"
GOOD = np.arange(20_000, dtype="<i4")
# Two files of one key are served under their whole names.
NPY = "good.npy"
H5 = "good.h5"


def write_damaged(folder, outside):
    """Good files, damaged ones beside them, and links out of the folder."""
    np.save(folder / "good.npy", GOOD)
    with h5py.File(folder / "good.h5", "w") as file:
        file.create_dataset("chunked", data=GOOD, chunks=(1000,), compression="gzip")
        file["table"] = GOOD[:10]
    whole = (folder / "good.h5").read_bytes()
    (folder / "half.h5").write_bytes(whole[: len(whole) // 2])
    (folder / "noise.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + np.random.default_rng(1).bytes(5000))
    (folder / "nothing.h5").write_bytes(b"")
    (folder / "half.npy").write_bytes((folder / "good.npy").read_bytes()[:5000])
    (folder / "huge.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + b"{'descr': '<f8', 'fortran_order': False, 'shape': (9007199254740991, 9007199254740991), }".ljust(117) + b"\n")
    (folder / "noise.parquet").write_bytes(b"PAR1" + bytes(range(256)) + b"PAR1")
    (folder / "empty.csv").write_bytes(b"")
    _write_one_bad_chunk(folder / "one_bad_chunk.h5")
    _write_bomb(folder / "bomb.zarr")
    _write_bad_zarr(folder / "bad.zarr")
    np.save(outside / "secret.npy", np.arange(3))
    (folder / "link.npy").symlink_to(outside / "secret.npy")
    (folder / "linked").symlink_to(outside, target_is_directory=True)
    (folder / "loop").symlink_to(folder, target_is_directory=True)


def _write_one_bad_chunk(path):
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset("data", shape=(40,), chunks=(10,), dtype="<i4", compression="gzip")
        dataset[...] = np.arange(40)
        dataset.id.write_direct_chunk((20,), b"this is not deflated")


def _write_bomb(path):
    """A chunk of forty bytes by its shape whose stream inflates to a hundred mebibytes."""
    array = zarr.create_array(path, zarr_format=2, shape=(20,), chunks=(10,), dtype="<i4", compressors=numcodecs.Zlib())
    array[...] = np.arange(20)
    (path / "1").write_bytes(zlib.compress(bytes(100 * 2**20), 9))


def _write_bad_zarr(path):
    path.mkdir()
    (path / ".zarray").write_text('{"zarr_format": 2, "shape": [1, ')


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    base = tmp_path_factory.mktemp("bad")
    folder, outside = base / "data", base / "outside"
    folder.mkdir()
    outside.mkdir()
    write_damaged(folder, outside)
    with Server(base, folder) as running:
        yield running.wait_for(NPY, H5, "one_bad_chunk", "bomb")


@pytest.fixture(autouse=True)
def everything_else_goes_on(server):
    """After each test the server still answers, and still has the right values."""
    yield
    assert server.get("/healthz", key=False).status_code == 200
    block = server.get(f"{API}/array/full/{NPY}?slice=5:8")
    assert np.frombuffer(block.content, "<i4").tolist() == [5, 6, 7]


def refused(answer, *statuses):
    assert answer.status_code in statuses, f"{answer.status_code} {answer.text[:500]}"
    assert answer.headers["content-type"] == "application/json"
    detail = answer.json()["detail"]
    assert detail and isinstance(detail, (str, list))
    assert "/tmp" not in answer.text and "node_modules" not in answer.text
    return detail


@pytest.mark.parametrize("route", ["metadata", "search", "array/full", "array/block", "table/full", "table/partition", "container/full"])
def test_unknown_path(server, route):
    detail = refused(server.get(f"{API}/{route}/no/such?block=0&partition=0"), 404)
    assert "no" in detail


def test_unknown_path_names_it(server):
    assert refused(server.get(f"{API}/metadata/no/such"), 404) == "No such entry: ['no', 'such']"


def test_below_an_array(server):
    refused(server.get(f"{API}/metadata/{NPY}/deeper"), 404)


@pytest.mark.parametrize("path", [f"search/{NPY}", f"table/full/{NPY}", f"table/partition/{NPY}?partition=0", f"array/full/{H5}", f"array/block/{H5}?block=0", f"container/full/{NPY}"])
def test_wrong_family(server, path):
    refused(server.get(f"{API}/{path}"), 404)


@pytest.mark.parametrize("text", ["a", "1:2:3:4", "...", "[1]", "1 :2", "0:2,", "20000", "-20001", "::0", "1,2,3", "0x1", "9" * 40, "1:2,3:4"])
def test_bad_slices(server, text):
    refused(server.get(f"{API}/array/full/{NPY}", params={"slice": text}), 400, 422)


@pytest.mark.parametrize("query", ["", "block=", "block=a", "block=-1", "block=0,0", "block=99999999", "block=0&slice=a", "block=0&expected_shape=1,2,3", "block=0&expected_shape=x"])
def test_bad_blocks(server, query):
    refused(server.get(f"{API}/array/block/{NPY}?{query}"), 400, 422)


def test_expected_shape(server):
    refused(server.get(f"{API}/array/full/{NPY}?slice=0:5&expected_shape=6"), 400, 409, 422)


@pytest.mark.parametrize("name", ["nonsense", "image/nonsense", "application/x-netcdf", "%00"])
def test_bad_formats(server, name):
    refused(server.get(f"{API}/array/full/{NPY}?format={name}"), 400, 406)


def test_bad_accept(server):
    answer = httpx.get(f"{server.url}{API}/array/full/{NPY}", headers={**server.headers, "Accept": "application/nonsense"})
    refused(answer, 406)


@pytest.mark.parametrize("query", ["page[limit]=-1", "page[limit]=301", "page[limit]=x", "page[offset]=-1", "page[offset]=x", "page[cursor]=x", "page[offset]=1&page[cursor]=1", "sort=a b", "sort=--a", "fields=nonsense", "max_depth=9"])
def test_bad_pages(server, query):
    refused(server.get(f"{API}/search/?{query}"), 400, 422)


@pytest.mark.parametrize("query", ["filter[eq][condition][key]=a&filter[eq][condition][value]={", "filter[in][condition][key]=a&filter[in][condition][value]=3", "filter[eq][condition][key]=a"])
def test_bad_filters(server, query):
    refused(server.get(f"{API}/search/?{query}"), 400, 422)


def test_bad_json_body(server):
    for body in (b"{", b'{"a": 1}', b"\xff\xfe"):
        answer = httpx.post(f"{server.url}{API}/container/full/{H5}", headers={**server.headers, "Content-Type": "application/json"}, content=body)
        refused(answer, 400, 405, 415, 422)


@pytest.mark.parametrize("path", ["%", "%zz", "%00", "a%00b", "%2e%2e/%2e%2e/etc/passwd", "..%2f..%2fetc%2fpasswd"])
def test_bad_paths(server, path):
    refused(server.get(f"{API}/metadata/{path}"), 400, 404, 422)
    assert server.get(f"/zarr/v2/{path}/.zarray").status_code in (400, 404, 422)


def test_unknown_routes(server):
    for path in (f"{API}/nonsense", "/nonsense", f"{API}/array/nonsense/{NPY}"):
        refused(server.get(path), 404)


@pytest.mark.parametrize("name", ["noise.h5", "nothing", "huge", "noise.parquet", "bad"])
def test_damaged_files_are_one_clear_error(server, name):
    """Damaged files are a key without data or no key at all, never a failure of the server."""
    for route in ("metadata", "array/full", "container/full", "table/full"):
        refused(server.get(f"{API}/{route}/{name}"), 404, 409, 410, 422)
    assert server.get(f"/zarr/v2/{name}/.zarray").status_code in (404, 410)


@pytest.mark.parametrize("dataset", ["chunked", "table"])
def test_a_truncated_tree(server, dataset):
    """What is left of it may be served with its right values; what is lost is an error."""
    refused(server.get(f"{API}/array/full/half.h5/{dataset}"), 404, 409, 410, 422)
    refused(server.get(f"{API}/metadata/half.h5/{dataset}/deeper"), 404, 410)


def test_a_truncated_array(server):
    """Its header promises more than is there: what lies behind the end is an error, not zeros."""
    refused(server.get(f"{API}/array/full/half.npy"), 404, 409, 410, 422)


def test_a_damaged_chunk_spares_the_others(server):
    for block, expected in ((0, range(10)), (1, range(10, 20)), (3, range(30, 40))):
        answer = server.get(f"{API}/array/block/one_bad_chunk/data?block={block}")
        assert np.frombuffer(answer.content, "<i4").tolist() == list(expected)
    refused(server.get(f"{API}/array/block/one_bad_chunk/data?block=2"), 409, 410, 422)
    refused(server.get(f"{API}/array/full/one_bad_chunk/data"), 409, 410, 422)


def test_a_chunk_that_inflates_beyond_its_shape_is_refused(server):
    answer = server.get(f"{API}/array/block/bomb?block=0")
    assert np.frombuffer(answer.content, "<i4").tolist() == list(range(10))
    refused(server.get(f"{API}/array/block/bomb?block=1"), 409, 410, 422)


def test_links_out_of_the_folder_are_not_followed(server):
    assert not {"link", "linked", "link.npy"} & set(server.keys())
    for path in ("link", "linked", "linked/secret", "linked%2fsecret"):
        refused(server.get(f"{API}/metadata/{path}"), 404, 410)


ROUTES = [
    f"{API}/metadata/", f"{API}/metadata/{NPY}", f"{API}/search/", f"{API}/array/full/{NPY}", f"{API}/array/block/{NPY}?block=0",
    f"{API}/table/full/x", f"{API}/table/partition/x?partition=0", f"{API}/container/full/",
    f"/array/full/{NPY}?format=png", "/dataframe/full/x?format=csv",
    "/zarr/v2/", "/zarr/v2/.zgroup", "/zarr/v2/.zattrs", "/zarr/v2/.zmetadata", f"/zarr/v2/{NPY}/.zarray", f"/zarr/v2/{NPY}/0", f"/zarr/v2/{H5}/.zgroup",
]


@pytest.mark.parametrize("route", ROUTES)
def test_no_key_no_answer(server, route):
    for method in ("GET", "HEAD"):
        answer = httpx.request(method, f"{server.url}{route}")
        assert answer.status_code == 401, f"{method} {route}: {answer.status_code}"
    assert httpx.get(f"{server.url}{route}", headers={"Authorization": "Apikey wrong"}).status_code == 401
    assert httpx.get(f"{server.url}{route}{'&' if '?' in route else '?'}api_key=wrong").status_code == 401


def test_malformed_credentials(server):
    for value in ("nonsense", "Apikey", "Basic YTpi", "Bearer not.a.token"):
        assert httpx.get(f"{server.url}{API}/metadata/", headers={"Authorization": value}).status_code in (400, 401), value


def test_about_and_health_need_no_key(server):
    for path in (f"{API}/", "/healthz", "/readyz"):
        assert server.get(path, key=False).status_code == 200, path


def test_public_reads_but_does_not_write(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    np.save(folder / "good.npy", GOOD)
    with Server(tmp_path, folder, "--public") as server:
        server.wait_for("good")
        for route in (f"{API}/metadata/good", f"{API}/array/full/good", "/zarr/v2/good/.zarray", "/zarr/v2/good/0"):
            assert server.get(route, key=False).status_code == 200, route
        assert httpx.post(f"{server.url}{API}/metadata/", json={"structure_family": "container", "data_sources": []}).status_code in (401, 403, 405)
        assert httpx.get(f"{server.url}{API}/metadata/good", headers={"Authorization": "Apikey wrong"}).status_code == 401

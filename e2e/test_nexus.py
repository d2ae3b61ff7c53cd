"""Files of facilities: what h5py reads is served equal; what is broken is one clear error beside good neighbours."""

import os
from pathlib import Path
from urllib.parse import quote

import h5py
import pytest

import make_hdf5
import make_nexus
from compare import assert_same
from server import Server



def facility_folder():
    """Real files to be tried as well, if this machine has some."""
    given = os.environ.get("TESSERA_TEST_NEXUS_DIR")
    return Path(given) if given else None


def hdf5_files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file() and h5py.is_hdf5(path))


def broken_links(path):
    """Links of a file that lead nowhere, by h5py's judgement."""
    found = []

    def look(group, prefix, above):
        for name in group:
            link = group.get(name, getlink=True)
            try:
                item = group[name]
            except (KeyError, OSError):
                found.append((f"{prefix}/{name}".lstrip("/"), link))
                continue
            address = h5py.h5o.get_info(item.id).addr if isinstance(item, h5py.Group) else None
            if address is not None and address not in above:
                look(item, f"{prefix}/{name}", (*above, address))

    with h5py.File(path, "r") as file:
        look(file, "", ())
    return found


def key_of(path, folder):
    relative = path.relative_to(folder)
    return "/".join([*relative.parts[:-1], relative.name.split(".")[0]])


def cases(folder):
    return [] if folder is None else [pytest.param(path, id=str(path.relative_to(folder))) for path in hdf5_files(folder)]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "beamline"
    folder.mkdir()
    make_nexus.write_all(folder)
    with Server(tmp_path_factory.mktemp("server"), folder) as server:
        yield server.wait_for("scan_1", "scan_1-detector", "old_style"), folder


@pytest.fixture(scope="module")
def facility(tmp_path_factory):
    folder = facility_folder()
    with Server(tmp_path_factory.mktemp("server"), folder) as server:
        yield server.wait_for(*(key_of(path, folder) for path in hdf5_files(folder))), folder


def check_equal_to_h5py(server, folder, path):
    client, key = server.client(), key_of(path, folder)
    expected = make_hdf5.read_all(path)
    assert expected
    for inner, value in expected.items():
        assert_same(client[f"{key}/{inner}"].read(), value, f"{inner} over REST")
        for version in (2, 3):
            assert_same(server.zarr(quote(f"{key}/{inner}"), version)[...], value, f"{inner} over zarr v{version}", byte_order=version == 2)


def check_broken_links(server, folder, path):
    client, key = server.client(), key_of(path, folder)
    for inner, _ in broken_links(path):
        answer = server.get(f"/api/v1/metadata/{quote(f'{key}/{inner}')}")
        assert answer.status_code == 410, f"{inner}: {answer.status_code} {answer.text}"
        assert answer.json()["detail"]
        assert str(folder) not in answer.text
        with pytest.raises(KeyError):
            client[f"{key}/{inner}"]
        assert server.get(f"/zarr/v2/{quote(f'{key}/{inner}')}/.zarray").status_code in (404, 410)
        # The neighbours are still listed and read.
        parent = f"{key}/{inner}".rsplit("/", 1)[0]
        assert isinstance(list(client[parent]), list)


@pytest.mark.parametrize("name", ["scan_1.nxs", "scan_1-detector.h5", "old_style.nx5"])
def test_made_files_equal_h5py(made, name):
    server, folder = made
    check_equal_to_h5py(server, folder, folder / name)


def test_links_of_made_files_that_lead_nowhere(made):
    server, folder = made
    broken = {inner for inner, _ in broken_links(folder / "scan_1.nxs")}
    assert {f"entry/instrument/detector/{name}" for name in ("gone", "wrong_path", "outside")} | {"entry/data/dangling"} == broken
    check_broken_links(server, folder, folder / "scan_1.nxs")


def test_links_into_other_files_are_followed(made):
    server, _ = made
    client = server.client()
    assert_same(client["scan_1/entry/instrument/detector/data"].read(), make_nexus.FRAMES, "an external link")
    assert_same(client["scan_1/entry/data/counts"].read(), make_nexus.FRAMES.sum(axis=(1, 2)), "a soft link to an external link")
    assert_same(client["scan_1/entry/data/chosen_frames"].read(), make_nexus.FRAMES[[1, 3]], "a virtual dataset")


def test_what_has_no_values_does_not_hide_its_neighbours(made):
    """References, ragged rows and null spaces have no arrays; listing their parent and reading beside them works."""
    server, _ = made
    client = server.client()
    keys = set(client["scan_1/entry"])
    assert {"title", "instrument", "data", "sample"} <= keys
    for name in ("reference", "ragged", "absent"):
        assert server.get(f"/api/v1/metadata/scan_1/entry/{name}").status_code == 410, name
    assert client["scan_1/entry/title"].read().tobytes().decode() == "scan over θ"


def test_attributes(made):
    client = made[0].client()
    assert client["scan_1"].metadata["file_time"] == "2026-03-04T05:06:07"
    assert client["scan_1/entry"].metadata["NX_class"] == "NXentry"
    assert client["scan_1/entry/data"].metadata["axes"] in ("angle", ["angle"])
    assert client["scan_1/entry/data/angle"].metadata["units"] == "deg"
    assert "file_time" not in client["scan_1/entry"].metadata


# Without real files on this machine there are no such tests, rather than skipped ones.
if cases(facility_folder()):

    @pytest.mark.parametrize("path", cases(facility_folder()))
    def test_facility_files_equal_h5py(facility, path):
        check_equal_to_h5py(*facility, path)

    @pytest.mark.parametrize("path", cases(facility_folder()))
    def test_broken_links_of_facility_files(facility, path):
        check_broken_links(*facility, path)

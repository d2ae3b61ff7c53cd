"""Small files in the manner of beamlines: NeXus classes, links between files, a virtual dataset, links to nothing."""

import h5py
import numpy as np

FRAMES = np.arange(4 * 6 * 5, dtype="<u4").reshape(4, 6, 5)


def write_all(folder):
    _write_detector(folder / "scan_1-detector.h5")
    _write_scan(folder / "scan_1.nxs")
    _write_old_style(folder / "old_style.nx5")


def _write_detector(path):
    with h5py.File(path, "w", libver="latest") as file:
        file.create_dataset("entry/data", data=FRAMES, chunks=(1, 6, 5), compression="gzip")
        file["entry/sum"] = FRAMES.sum(axis=(1, 2))


def _write_scan(path):
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs.update({"default": "entry", "NeXus_version": "4.4", "file_time": "2026-03-04T05:06:07"})
        entry = _group(file, "entry", "NXentry", default="data")
        entry["title"] = "scan over θ"
        entry["start_time"] = np.bytes_(b"2026-03-04T05:06:07+01:00")
        detector = _group(entry, "instrument/detector", "NXdetector")
        detector["data"] = h5py.ExternalLink("scan_1-detector.h5", "/entry/data")
        detector["sum"] = h5py.ExternalLink("./scan_1-detector.h5", "entry/sum")
        detector["gone"] = h5py.ExternalLink("never-copied.h5", "/entry/data")
        detector["wrong_path"] = h5py.ExternalLink("scan_1-detector.h5", "/not/there")
        detector["outside"] = h5py.ExternalLink("/etc/hostname", "/x")
        detector["count_time"] = np.float32(0.5)
        data = _group(entry, "data", "NXdata", signal="counts", axes=["angle"])
        angle = data.create_dataset("angle", data=np.linspace(0, 1, 4))
        angle.attrs["units"] = "deg"
        data["counts"] = h5py.SoftLink("/entry/instrument/detector/sum")
        data["dangling"] = h5py.SoftLink("/entry/nothing/here")
        layout = h5py.VirtualLayout(shape=(2, 6, 5), dtype=FRAMES.dtype)
        source = h5py.VirtualSource("scan_1-detector.h5", "entry/data", shape=FRAMES.shape)
        layout[0], layout[1] = source[1], source[3]
        data.create_virtual_dataset("chosen_frames", layout, fillvalue=0)
        entry["reference"] = entry["title"].ref
        entry.create_dataset("ragged", data=[np.arange(2), np.arange(3)], dtype=h5py.vlen_dtype(np.int32))
        entry["absent"] = h5py.Empty("f4")
        _group(entry, "sample", "NXsample").attrs["empty"] = h5py.Empty("S1")


def _write_old_style(path):
    """As writers of the nineties did: one-element arrays for scalars, big-endian, fixed texts."""
    with h5py.File(path, "w", libver="earliest") as file:
        entry = _group(file, "Histogram1", "NXentry")
        entry["counts"] = np.arange(12, dtype=">i4").reshape(3, 4)
        entry["title"] = np.array([b"MgB2 PDOS 8meV"], dtype="S16")
        entry["run_number"] = np.array([3701], dtype=">i4")
        entry["counts"].attrs["signal"] = np.array([1], dtype=">i4")


def _group(parent, path, kind, **attributes):
    group = parent.require_group(path)
    group.attrs.update({"NX_class": kind, **attributes})
    return group

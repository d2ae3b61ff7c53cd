"""Tables from files of every kind: the Tiled client and Arrow give what pandas and pyarrow read from the files themselves."""

import gzip
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq
import pytest

from compare import assert_same_column
from server import ROOT, Server
from waiting import wait_until

FIXTURES = Path(ROOT) / "fixtures"
ROWS = 30_000


def long_frame():
    moments = pd.date_range("2024-01-01", periods=ROWS, freq="37s")
    return pd.DataFrame({
        "n": np.arange(ROWS),
        "x": np.random.default_rng(5).normal(size=ROWS),
        "label": [f"row {i % 89}, ü" for i in range(ROWS)],
        "flag": np.arange(ROWS) % 3 == 0,
        "moment": moments.strftime("%Y-%m-%dT%H:%M:%S"),
        "day": moments.strftime("%Y-%m-%d"),
    })


def write_packed_csv(path):
    long_frame().to_csv(path, index=False)


def write_semicolons(path):
    long_frame().to_csv(path, index=False, sep=";", decimal=",")


def write_lines(path):
    frame = long_frame()
    with gzip.open(path, "wt") if path.name.endswith(".gz") else open(path, "w") as file:
        for row in frame.to_dict("records"):
            file.write(json.dumps(row | {"list": [row["n"]] * (row["n"] % 3), "inner": {"a": row["n"], "b": row["label"]}}) + "\n")


def write_stream(path):
    table = pa.Table.from_pandas(long_frame(), preserve_index=False)
    table = table.append_column("letter", pa.chunked_array([table["label"].combine_chunks().dictionary_encode()]))
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=7000)


def write_parquet_folder(path):
    path.mkdir()
    table = pa.Table.from_pandas(long_frame(), preserve_index=False)
    for part in range(12):
        pq.write_table(table.slice(part * 2500, 2500), path / f"part.{part}.parquet", row_group_size=1000)


def write_csv_folder(path):
    path.mkdir()
    frame = long_frame()
    for part in range(3):
        frame[part * 10_000 : (part + 1) * 10_000].to_csv(path / f"{part}.csv", index=False)


def read_stream(path):
    with pa.OSFile(str(path)) as source:
        return pa.ipc.open_stream(source).read_all()


def read_parquet_folder(path):
    # In the order of the numbers, as they were written.
    return pa.concat_tables(pq.read_table(path / f"part.{part}.parquet") for part in range(12))


def read_csv_folder(path):
    return pa.concat_tables(pyarrow.csv.read_csv(path / f"{part}.csv") for part in range(3))


def read_lines(path):
    """Texts that look like times stay texts."""
    texts = pa.schema([("moment", pa.string()), ("day", pa.string())])
    table = pyarrow.json.read_json(path, parse_options=pyarrow.json.ParseOptions(explicit_schema=texts))
    return table.select([*long_frame().columns, "list", "inner"])


def read_semicolons(path):
    return pa.Table.from_pandas(pd.read_csv(path, sep=";", parse_dates=["moment", "day"]), preserve_index=False)


SAMPLES = {
    "packed.csv.gz": (write_packed_csv, pyarrow.csv.read_csv),
    "semicolons.csv": (write_semicolons, read_semicolons),
    "lines.jsonl": (write_lines, read_lines),
    "packed_lines.ndjson.gz": (write_lines, read_lines),
    "stream.arrows": (write_stream, read_stream),
    "folder.parquet": (write_parquet_folder, read_parquet_folder),
    "parts.csv": (write_csv_folder, read_csv_folder),
}
each = pytest.mark.parametrize("name", SAMPLES)


def key_of(name):
    return name.split(".")[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    data = tmp_path_factory.mktemp("table_files")
    for name, (write, _) in SAMPLES.items():
        write(data / name)
    shutil.copytree(FIXTURES / "table-folder" / "differing.parquet", data / "differing.parquet")
    (data / "broken.jsonl").write_text('{"a": 1}\nno more\n')
    (data / "cut.csv.gz").write_bytes((data / "packed.csv.gz").read_bytes()[:1000])
    return data


@pytest.fixture(scope="module")
def served(tmp_path_factory, folder):
    with Server(tmp_path_factory.mktemp("table_state"), folder) as server:
        yield server.wait_for(*(key_of(name) for name in SAMPLES))


@pytest.fixture(scope="module")
def client(served):
    return served.client()


@each
def test_values_are_those_of_the_library(served, folder, name):
    expected = SAMPLES[name][1](folder / name)
    table = served.arrow(f"table/full/{key_of(name)}")
    assert table.column_names == expected.column_names
    for column in expected.column_names:
        assert_same_column(as_read(table[column]), as_read(expected[column]), f"{name} column {column}")


def as_read(column):
    """Python values; a day and its midnight are the same, for pandas has no days."""
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("s"))
    return column.cast(pa.timestamp("ns")).to_pylist() if pa.types.is_timestamp(column.type) else column.to_pylist()


@each
def test_partitions_make_up_the_table(served, client, folder, name):
    node = client[key_of(name)]
    parts = [served.arrow(f"table/partition/{key_of(name)}?partition={index}") for index in range(node.structure().npartitions)]
    assert sum(part.num_rows for part in parts) == ROWS
    assert [n for part in parts for n in part["n"].to_pylist()] == list(range(ROWS))


@each
def test_the_client_reads_frames_and_columns(client, name):
    node = client[key_of(name)]
    frame = node.read(["x", "n"])
    assert list(frame.columns) == ["x", "n"] and len(frame) == ROWS
    np.testing.assert_array_equal(node["n"].read(), np.arange(ROWS))
    assert node["flag"].read().dtype == bool


def test_a_folder_has_the_row_groups_of_all_files(client):
    assert client["folder"].structure().npartitions == 36


def test_times_are_times(client):
    assert client["packed"]["moment"].read().dtype == np.dtype("M8[s]")
    assert client["packed"]["day"].read()[1] == np.datetime64("2024-01-01")


@pytest.mark.parametrize(("key", "text"), [("differing", 'column "a"'), ("broken", "line 2"), ("cut", "gzip")])
def test_what_cannot_be_read_says_why(served, key, text):
    answer = served.get(f"/api/v1/metadata/{key}")
    assert answer.status_code == 410
    assert text in answer.json()["detail"]


def test_a_file_that_comes_into_a_folder_counts_after_the_next_look(served, folder):
    extra = folder / "parts.csv" / "3.csv"
    long_frame()[:7].to_csv(extra, index=False)
    served.walk_again()
    try:
        wait_until(lambda: served.arrow("table/full/parts?column=n").num_rows == ROWS + 7, "the rows of a new file")
    finally:
        extra.unlink()
        served.walk_again()

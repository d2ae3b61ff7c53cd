"""Every type of column through every format that a table leaves in, read by the libraries that people use."""

import io

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import make_types
from server import Server
from table_readers import FORMATS, is_text, values_of

SOURCES = ["types.arrow", "types.parquet"]
#: (source, format) -> names of columns whose values were compared
COMPARED = {}
#: (format, type) -> the type that it comes back as, of formats that have Arrow's
TYPES = {}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("types")
    make_types.write_arrow(folder / "types.arrow")
    make_types.write_parquet(folder / "types.parquet")
    make_types.write_arrow(folder / "norows.arrow", make_types.types_table().slice(0, 0))
    with pa.ipc.new_file(folder / "nocolumns.arrow", pa.schema([])) as writer:
        writer.write_table(pa.table({}))
    twice = pa.Table.from_arrays([pa.array([1, 2]), pa.array(["x", "y"]), pa.array([0.5, 1.5])], names=["a", "a", "b"])
    with pa.ipc.new_file(folder / "twice.arrow", twice.schema) as writer:
        writer.write_table(twice)
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory, folder):
    with Server(tmp_path_factory.mktemp("server"), folder) as server:
        yield server.wait_for(*SOURCES, "norows", "nocolumns", "twice")


def expected_of(folder, source):
    """pyarrow's own reading."""
    if source.endswith(".parquet"):
        return pq.read_table(folder / source)
    return pa.ipc.open_file(folder / source).read_all()


def fetch(server, source, form, route="full", **parameters):
    answer = server.get(f"/api/v1/table/{route}/{source}", params={"format": form, **parameters})
    assert answer.status_code == 200, answer.text
    return answer.content


def differences(table, form, got):
    _, said = FORMATS[form]
    assert list(got) == table.column_names
    for name in table.column_names:
        kind = table.schema.field(name).type
        wanted = said(kind, values_of(table[name]))
        found = said(kind, got[name])
        if found != wanted:
            yield f"{name} ({kind}): {found} instead of {wanted}"


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("source", SOURCES)
def test_values_are_those_of_pyarrow(server, folder, source, form):
    table = expected_of(folder, source)
    read, _ = FORMATS[form]
    assert list(differences(table, form, read(fetch(server, source, form), table.schema))) == []
    COMPARED[source, form] = table.column_names


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("source", SOURCES)
def test_partitions_make_up_the_table(server, folder, source, form):
    table = expected_of(folder, source)
    count = server.get(f"/api/v1/metadata/{source}").json()["data"]["attributes"]["structure"]["npartitions"]
    assert count > 1 or source.endswith(".arrow")
    read, _ = FORMATS[form]
    whole = {name: [] for name in table.column_names}
    for partition in range(count):
        for name, values in read(fetch(server, source, form, "partition", partition=partition), table.schema).items():
            whole[name] += values
    assert list(differences(table, form, whole)) == []


@pytest.mark.parametrize("form", ["arrow", "arrow-stream", "parquet"])
def test_types_are_those_of_pyarrow(server, folder, form):
    table = expected_of(folder, "types.arrow")
    content = fetch(server, "types.arrow", form)
    got = pq.read_table(io.BytesIO(content)) if form == "parquet" else (pa.ipc.open_file if form == "arrow" else pa.ipc.open_stream)(content).read_all()
    for field in table.schema:
        became = got.schema.field(field.name).type
        TYPES[form, str(field.type)] = str(field.type if became == field.type else became)
    changed = {kind: became for (each, kind), became in TYPES.items() if each == form and kind != became}
    # Seconds and dates as pyarrow itself writes them to Parquet; it writes neither tens nor intervals.
    by_parquet = {
        "date64[ms]": "date32[day]", "time32[s]": "time32[ms]", "timestamp[s]": "timestamp[ms]", "timestamp[s, tz=Europe/Berlin]": "timestamp[ms, tz=Europe/Berlin]",
        "decimal128(6, -2)": "decimal128(8, 0)", "month_day_nano_interval": "string", "dictionary<values=int64, indices=int8, ordered=0>": "int64",
    }
    assert changed == (by_parquet if form == "parquet" else {})


def plain_columns(table):
    """Columns of types that every library has."""
    kinds = [pa.types.is_integer, pa.types.is_float32, pa.types.is_float64, pa.types.is_boolean, is_text]
    return [field.name for field in table.schema if any(is_kind(field.type) for is_kind in kinds)]


def without_missing(values):
    return [None if value is None or value != value else value for value in values]


@pytest.mark.parametrize("form", ["arrow", "arrow-stream", "parquet", "csv"])
def test_polars_and_duckdb_read_the_same(server, folder, tmp_path, form):
    table = expected_of(folder, "types.arrow")
    # polars reads no line ends in names.
    names = [name for name in plain_columns(table) if "\n" not in name]
    wanted = {name: without_missing(table[name].to_pylist()) for name in names}
    content = fetch(server, "types.arrow", form, column=names)
    types = dict(zip(names, pl.from_arrow(table.select(names)).dtypes))
    frame = {
        "arrow": lambda: pl.read_ipc(content, use_pyarrow=False),
        "arrow-stream": lambda: pl.read_ipc_stream(content, use_pyarrow=False),
        "parquet": lambda: pl.read_parquet(content),
        # polars knows truth values in lower case only.
        "csv": lambda: pl.read_csv(content.replace(b"True", b"true").replace(b"False", b"false"), schema_overrides=types),
    }[form]()
    assert {name: without_missing(frame[name].to_list()) for name in names} == wanted
    path = tmp_path / f"types.{form}"
    path.write_bytes(content)
    if form == "parquet":
        relation = duckdb.from_parquet(str(path))
    elif form == "csv":
        relation = duckdb.read_csv(str(path), all_varchar=True, allow_quoted_nulls=False)
        rows = relation.fetchall()
        texts = {name: [row[i] for row in rows] for i, name in enumerate(relation.columns)}
        assert {name: [None if text is None else int(text) for text in texts[name]] for name in ("int64", "uint64")} == {name: wanted[name] for name in ("int64", "uint64")}
        assert texts["text"] == wanted["text"]
        return
    else:
        stream = (pa.ipc.open_file if form == "arrow" else pa.ipc.open_stream)(content).read_all()
        relation = duckdb.from_arrow(stream)
    rows = relation.fetchall()
    assert {name: without_missing([row[i] for row in rows]) for i, name in enumerate(relation.columns)} == wanted


def test_pandas_reads_csv_back(server, folder):
    table = expected_of(folder, "types.arrow")
    moments = [field.name for field in table.schema if pa.types.is_timestamp(field.type) and field.type.tz is None]
    names = [*(name for name in plain_columns(table) if not is_text(table.schema.field(name).type)), *moments]
    frame = pd.read_csv(io.BytesIO(fetch(server, "types.arrow", "csv", column=names)), float_precision="round_trip", parse_dates=moments, dtype={name: "Int64" if name.startswith("int") else "UInt64" for name in names if "int" in name})
    for name in names:
        column = table[name]
        if name in moments:
            assert str(frame[name].dtype).startswith("datetime64"), name
            assert [None if pd.isna(value) else value.value for value in frame[name]] == values_of(column), name
        else:
            found = [None if pd.isna(value) else value for value in frame[name]]
            assert [None if value is None else np.float32(value) if name == "float32" else value for value in found] == without_missing(column.to_pylist()), name


def test_pandas_and_polars_read_sheets(server, folder):
    table = expected_of(folder, "types.arrow")
    names = ["int32", "float64", "bool", "date32", "timestamp ms", table.column_names[-1]]
    content = fetch(server, "types.arrow", "xlsx", column=names)
    frame = pd.read_excel(io.BytesIO(content))
    assert list(frame.columns) == names and len(frame) == table.num_rows
    assert [None if pd.isna(value) else int(value) for value in frame["int32"]] == table["int32"].to_pylist()
    assert [None if pd.isna(value) else bool(value) for value in frame["bool"]] == table["bool"].to_pylist()
    numbers = fetch(server, "types.arrow", "xlsx", column=["int32", "bool", table.column_names[-1]])
    assert pl.read_excel(io.BytesIO(numbers), engine="openpyxl")["int32"].to_list() == table["int32"].to_pylist()


@pytest.mark.parametrize("form", FORMATS)
def test_tables_without_rows(server, folder, form):
    table = expected_of(folder, "norows.arrow")
    read, _ = FORMATS[form]
    assert list(differences(table, form, read(fetch(server, "norows", form), table.schema))) == []


@pytest.mark.parametrize("form", FORMATS)
def test_tables_without_columns(server, form):
    answer = server.get("/api/v1/table/full/nocolumns", params={"format": form})
    assert answer.status_code == (406 if form == "parquet" else 200), answer.text


@pytest.mark.parametrize("form", FORMATS)
def test_columns_that_share_a_name(server, form):
    content = fetch(server, "twice", form)
    if form in ("arrow", "arrow-stream", "parquet"):
        table = {"arrow": pa.ipc.open_file, "arrow-stream": pa.ipc.open_stream, "parquet": lambda bytes_: pq.ParquetFile(io.BytesIO(bytes_))}[form](content)
        table = table.read() if form == "parquet" else table.read_all()
        assert table.column_names == ["a", "a", "b"]
        assert [column.to_pylist() for column in table.columns] == [[1, 2], ["x", "y"], [0.5, 1.5]]
    elif form == "json":
        assert content == b'{"a":[1,2],"a.1":["x","y"],"b":[0.5,1.5]}'
    elif form == "jsonl":
        assert content == b'{"a":1,"a.1":"x","b":0.5}\n{"a":2,"a.1":"y","b":1.5}'
    elif form == "csv":
        assert content == b"a,a,b\n1,x,0.5\n2,y,1.5\n"
    elif form == "html":
        assert content.count(b"<th>a</th>") == 2
    else:
        assert pd.read_excel(io.BytesIO(content)).to_dict("list") == {"a": [1, 2], "a.1": ["x", "y"], "b": [0.5, 1.5]}


@pytest.mark.parametrize(("form", "suffix"), [("arrow", "arrow"), ("parquet", "parquet"), ("csv", "csv"), ("xlsx", "xlsx"), ("xlsx", "xslx"), ("json", "json"), ("html", "html"), ("jsonl", "jsonl")])
def test_tiled_exports(server, folder, tmp_path, form, suffix):
    """The client asks for what the name of the file says."""
    table = expected_of(folder, "types.arrow")
    path = tmp_path / f"types.{suffix}"
    server.client()["types.arrow"].export(str(path))
    read, _ = FORMATS[form]
    assert list(differences(table, form, read(path.read_bytes(), table.schema))) == []


def test_tiled_reads_a_frame(server, folder):
    frame = server.client()["types.parquet"].read(["int64", "text", "timestamp us", "float64"])
    wanted = expected_of(folder, "types.parquet").select(["int64", "text", "timestamp us", "float64"]).to_pandas()
    # The client puts the partitions together, each with an index of its own.
    pd.testing.assert_frame_equal(frame.reset_index(drop=True), wanted, check_dtype=False)


def test_the_matrix(capsys):
    """Says what was compared: all columns of both files in each format."""
    kinds = {name: str(column.type) for name, column in make_types.COLUMNS.items()}
    count = sum(len(names) for names in COMPARED.values())
    with capsys.disabled():
        print(f"\n{count} columns of {len(COMPARED)} files and formats are equal to pyarrow's reading; {len(set(kinds.values()))} types:")
        for kind in dict.fromkeys(kinds.values()):
            became = TYPES.get(("parquet", kind), kind)
            print(f"  {kind}{'' if became == kind else f' (in Parquet {became})'}")
    assert count == len(FORMATS) * (2 * len(kinds) - len(make_types.NOT_IN_PARQUET))

"""Reads what was exported with pyarrow, and compares it with the file it was made from."""
import csv
import io
import json
import re
import sys

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def read_source(path, columns):
    if path.endswith(".parquet"):
        table = pq.read_table(path)
        # Dictionaries of Parquet files are exported as their values.
        for i, field in enumerate(table.schema):
            if pa.types.is_dictionary(field.type):
                table = table.set_column(i, field.name, table.column(i).cast(field.type.value_type))
    else:
        table = pa.ipc.open_file(path).read_all()
    return table.select(columns) if columns else table


def compare(job):
    source = read_source(job["source"], job["columns"])
    reader = (pa.ipc.open_file if job["kind"] == "file" else pa.ipc.open_stream)(pa.memory_map(job["exported"]))
    exported = reader.read_all()
    exported.validate(full=True)
    assert exported.schema.names == source.schema.names, exported.schema
    for name in source.schema.names:
        mine, theirs = exported[name].combine_chunks(), source[name].combine_chunks()
        assert mine.type == theirs.type, (name, mine.type, theirs.type)
        assert mine.to_pylist().__repr__() == theirs.to_pylist().__repr__(), name
    assert (exported.schema.metadata or {}).get(b"pandas") == (source.schema.metadata or {}).get(b"pandas")
    if job["pandas"]:
        again = (pa.ipc.open_file if job["kind"] == "file" else pa.ipc.open_stream)(pa.memory_map(job["exported"]))
        frame = again.read_pandas()
        pd.testing.assert_frame_equal(frame, source.to_pandas())
    return exported.num_rows


def cells(text):
    """What a CSV says. Seconds have the digits of their unit here, and as few as a column needs in pandas."""
    shorten = re.compile(r"(:\d\d)(\.\d*?)0+(?!\d)")
    return [[shorten.sub(lambda found: found[1] + found[2].rstrip("."), cell) for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]


def compare_csv(job):
    source = read_source(job["source"], job["columns"]).to_pandas()
    wanted = source.to_csv(index=False, lineterminator="\n")
    given = open(job["exported"], encoding="utf8", newline="").read()
    assert cells(given) == cells(wanted), "\n" + given + "\n---\n" + wanted
    return len(source)


print(json.dumps([compare_csv(job) if job["kind"] == "csv" else compare(job) for job in json.load(sys.stdin)]))

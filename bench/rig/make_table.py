"""The table of the Flight measurement: 5 million rows of 10 columns of float64, as Parquet and as an Arrow file."""

import sys

import numpy as np
import pyarrow
import pyarrow.parquet as parquet

folder, rows = sys.argv[1], int(sys.argv[2])
rng = np.random.default_rng(1)
table = pyarrow.table({f"c{i}": rng.random(rows) for i in range(10)})
parquet.write_table(table, f"{folder}/parquet.parquet", row_group_size=500_000)
with pyarrow.ipc.new_file(f"{folder}/arrow.arrow", table.schema) as writer:
    writer.write_table(table, max_chunksize=65_536)

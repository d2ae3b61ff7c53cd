"""A Flight server of pyarrow's over one table: from memory, or read from Parquet at each request. Prints its port."""

import json
import sys

import pyarrow
import pyarrow.flight as flight
import pyarrow.parquet as parquet

arrow_file, parquet_file = sys.argv[1:]


class TableServer(flight.FlightServerBase):
    table = pyarrow.ipc.open_file(arrow_file).read_all()

    def do_get(self, context, ticket):
        request = json.loads(ticket.ticket)
        columns = request.get("columns")
        if request["from"] == "parquet":
            return flight.RecordBatchStream(parquet.read_table(parquet_file, columns=columns))
        return flight.RecordBatchStream(self.table.select(columns) if columns else self.table)


server = TableServer("grpc://127.0.0.1:0")
print(server.port, flush=True)
server.serve()

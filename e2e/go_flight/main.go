// A Flight client in Go: reads a node and prints what it got as JSON, for the tests to compare.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

type result struct {
	Listed  []string `json:"listed"`
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
	Records int64    `json:"records"`
	Sum     float64  `json:"sum"`
}

func main() {
	if len(os.Args) != 4 {
		fail(fmt.Errorf("usage: go_flight HOST:PORT KEY DESCRIPTOR-COMMAND"))
	}
	out, err := read(os.Args[1], os.Args[2], os.Args[3])
	if err != nil {
		fail(err)
	}
	fail(json.NewEncoder(os.Stdout).Encode(out))
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Message limits are those that Go has by itself: 4 MiB.
func read(address, key, command string) (*result, error) {
	client, err := flight.NewClientWithMiddleware(address, nil, nil, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	ctx, err := client.AuthenticateBasicToken(context.Background(), "anybody", key)
	if err != nil {
		return nil, fmt.Errorf("handshake: %w", err)
	}
	out := &result{}
	if out.Listed, err = list(ctx, client); err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	info, err := client.GetFlightInfo(ctx, &flight.FlightDescriptor{Type: flight.DescriptorCMD, Cmd: []byte(command)})
	if err != nil {
		return nil, fmt.Errorf("info: %w", err)
	}
	out.Records = info.TotalRecords
	for _, endpoint := range info.Endpoint {
		if err := out.add(ctx, client, endpoint.Ticket); err != nil {
			return nil, fmt.Errorf("get: %w", err)
		}
	}
	return out, nil
}

func list(ctx context.Context, client flight.Client) ([]string, error) {
	stream, err := client.ListFlights(ctx, &flight.Criteria{})
	if err != nil {
		return nil, err
	}
	names := []string{}
	for {
		info, err := stream.Recv()
		if err == io.EOF {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		name := ""
		for _, key := range info.FlightDescriptor.Path {
			name += "/" + key
		}
		names = append(names, name)
	}
}

// add counts rows, and sums what is float64 among the values.
func (out *result) add(ctx context.Context, client flight.Client, ticket *flight.Ticket) error {
	stream, err := client.DoGet(ctx, ticket)
	if err != nil {
		return err
	}
	reader, err := flight.NewRecordReader(stream)
	if err != nil {
		return err
	}
	defer reader.Release()
	out.Columns = nil
	for _, field := range reader.Schema().Fields() {
		out.Columns = append(out.Columns, field.Name)
	}
	for reader.Next() {
		batch := reader.Record()
		out.Rows += batch.NumRows()
		for _, column := range batch.Columns() {
			if values, ok := column.(*array.Float64); ok {
				for _, value := range values.Float64Values() {
					out.Sum += value
				}
			}
		}
	}
	return reader.Err()
}

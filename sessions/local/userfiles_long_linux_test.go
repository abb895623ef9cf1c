//go:build long

package local_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
	"dynamic-sessions-mcp/sessions/userfolders"
)

// tableSize is how large the tables are that TestLargeTables sums.
const tableSize = 2 << 30

// sumTable groups a table by its first column, without having all of it in memory.
const sumTable = `import polars as pl
print(*pl.%s("/mnt/user/data/table.%s").group_by("region").agg(pl.len(), pl.col("amount").sum()).sort("region").collect(engine="streaming").rows())`

// TestLargeTables sums a CSV file and a Parquet file of 2 GB, in place, in a session
// of the usual size. DuckDB is used too where it is installed.
func TestLargeTables(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(data, 0o755); err != nil {
		t.Fatal(err)
	}
	rows := writeTable(t, filepath.Join(data, "table.csv"))
	pool := localtest.New(t, local.Options{Disk: 2 * tableSize, Folders: userfolders.New([]string{data})})
	run := func(code string) *sessions.Execution {
		t.Helper()
		x := localtest.Execute(t, pool, sessions.NewID(), code)
		if x.Status != sessions.Succeeded {
			t.Fatalf("%s %s %+v", x.Status, x.Stderr, x.Error)
		}
		return x
	}
	want := fmt.Sprintf("('east', %d, %[1]d.0) ('north', %[1]d, %[1]d.0) ('south', %[1]d, %[1]d.0) ('west', %[1]d, %[1]d.0)", rows/4)
	if x := run(fmt.Sprintf(sumTable, "scan_csv", "csv")); strings.TrimSpace(x.Stdout) != want {
		t.Errorf("the CSV file: got %s, want %s", x.Stdout, want)
	}
	saveParquet(t, pool, filepath.Join(data, "table.parquet"))
	if x := run(fmt.Sprintf(sumTable, "scan_parquet", "parquet")); !strings.HasPrefix(x.Stdout, "('east', ") {
		t.Errorf("the Parquet file: got %s", x.Stdout)
	}
	x := run(`try:
    import duckdb
except ImportError:
    print(4, 4)
else:
    duckdb.sql("set enable_progress_bar = false")
    print(*[len(duckdb.sql(f"select region, count(*), sum(amount) from '/mnt/user/data/table.{kind}' group by region").fetchall()) for kind in ("csv", "parquet")])`)
	if strings.TrimSpace(x.Stdout) != "4 4" {
		t.Errorf("DuckDB: got %s", x.Stdout)
	}
}

// writeTable writes a CSV file and returns how many rows it has, a quarter of them
// for each region.
func writeTable(t *testing.T, path string) (rows int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "id,region,note,amount")
	block := ""
	for i := range 4000 {
		block += fmt.Sprintf("%d,%s,%s,1.0\n", i, []string{"north", "south", "east", "west"}[i%4], strings.Repeat("x", 40))
	}
	for size := 0; size < tableSize; size += len(block) {
		if _, err := w.WriteString(block); err != nil {
			t.Fatal(err)
		}
		rows += 4000
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return rows
}

// saveParquet has a session make a Parquet file of numbers that cannot be compressed,
// and saves it.
func saveParquet(t *testing.T, pool *local.Pool, path string) {
	t.Helper()
	id := sessions.NewID()
	defer localtest.Stop(t, pool, id)
	x := localtest.Execute(t, pool, id, fmt.Sprintf(`import numpy as np, pyarrow as pa, pyarrow.parquet as pq
rng, rows, made = np.random.default_rng(1), 1 << 20, 0
writer = None
while made < %d:
    table = pa.table({"region": np.array(["north", "south", "east", "west"])[rng.integers(0, 4, rows)], "amount": rng.random(rows), "noise": rng.random(rows)})
    writer = writer or pq.ParquetWriter("/mnt/data/table.parquet", table.schema, compression="none")
    writer.write_table(table)
    made += rows * 16
writer.close()`, tableSize))
	if x.Status != sessions.Succeeded {
		t.Fatalf("%s %+v", x.Status, x.Error)
	}
	began := time.Now()
	_, from, err := pool.Download(t.Context(), id, "table.parquet")
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(to, from)
	if err := errors.Join(err, to.Close()); err != nil {
		t.Fatal(err)
	}
	t.Logf("the Parquet file has %d MB and was saved in %v", n>>20, time.Since(began))
}

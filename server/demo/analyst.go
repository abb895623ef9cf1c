package demo

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
)

const analyse = `import json
import pandas as pd
import matplotlib.pyplot as plt
df = pd.read_csv("/mnt/data/sales.csv")
df["revenue"] = df["units"] * df["price"]
totals = df.groupby("region")["revenue"].sum()
print(json.dumps({k: int(v) for k, v in totals.items()}))`

const report = `ax = totals.plot.bar(title="Revenue by region", rot=0)
ax.set_ylabel("revenue")
ax.figure.tight_layout()
ax.figure.savefig("/mnt/data/out/sales.png", dpi=100)
with pd.ExcelWriter("/mnt/data/out/sales.xlsx") as book:
    totals.to_frame().to_excel(book, sheet_name="Totals")
    df.to_excel(book, sheet_name="Sales", index=False)`

const digests = `import hashlib, pathlib
for name in ("sales.png", "sales.xlsx"):
    print(hashlib.sha256(pathlib.Path("/mnt/data/out", name).read_bytes()).hexdigest())`

// analyst is everything that an agent does for a user with a table.
func analyst(ctx context.Context, d *demo) error {
	totals, err := d.uploadSales(ctx)
	if err != nil {
		return err
	}
	a, err := d.run(ctx, analyse)
	if err != nil {
		return err
	}
	var got map[string]int
	if err := json.Unmarshal([]byte(a.section("stdout")), &got); err != nil {
		return fmt.Errorf("the totals are not JSON: %w", err)
	}
	d.screen.check(fmt.Sprint(got) == fmt.Sprint(totals), "the revenue of each region is correct")

	a, err = d.run(ctx, report)
	if err != nil {
		return err
	}
	d.screen.check(len(a.images) == 1, "the chart was returned")
	d.screen.check(strings.Contains(a.text, "Saved for the user in") && strings.Contains(a.text, "sales.png") && strings.Contains(a.text, "sales.xlsx"),
		"the answer says where the user has the files that the code made")
	a, err = d.call(ctx, "list_files", map[string]any{"path": "out"})
	if err != nil {
		return err
	}
	d.screen.check(hasLine(a.text, "sales.png") && hasLine(a.text, "sales.xlsx"), "both are listed")
	return d.fetchReport(ctx)
}

func (d *demo) uploadSales(ctx context.Context) (totals map[string]int, err error) {
	table, totals := sales()
	path, err := d.write("sales.csv", []byte(table))
	if err != nil {
		return nil, err
	}
	a, err := d.call(ctx, "upload_file", map[string]any{"local_path": path, "filename": "sales.csv"})
	if err != nil {
		return nil, err
	}
	d.screen.check(!a.failed, "the table was uploaded")
	return totals, nil
}

// fetchReport compares the files that were saved on this machine with those in the
// session, and saves them a second time under names of their own.
func (d *demo) fetchReport(ctx context.Context) error {
	a, err := d.run(ctx, digests)
	if err != nil {
		return err
	}
	want := strings.Fields(a.section("stdout"))
	names := [...]string{"sales.png", "sales.xlsx"}
	if len(want) != len(names) {
		return fmt.Errorf("expected %d digests, got %q", len(names), want)
	}
	for i, name := range names {
		saved, err := os.ReadFile(d.path(filepath.Join("python-output", name)))
		if err != nil {
			return fmt.Errorf("what the code made is not on this machine: %w", err)
		}
		first := sha256.Sum256(saved)
		d.screen.check(hex.EncodeToString(first[:]) == want[i], "%s is on this machine, byte for byte", name)
		path := d.path(name)
		a, err := d.call(ctx, "download_file", map[string]any{"filename": "out/" + name, "save_to": path})
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("the download is missing: %w", err)
		}
		digest := sha256.Sum256(data)
		d.screen.check(!a.failed && hex.EncodeToString(digest[:]) == want[i], "%s was saved byte for byte", name)
	}
	return d.inspectReport()
}

// inspectReport opens the files like the programs of a user.
func (d *demo) inspectReport() error {
	chart, err := os.Open(d.path("sales.png"))
	if err != nil {
		return err
	}
	defer chart.Close()
	_, err = png.Decode(chart)
	d.screen.check(err == nil, "the chart is a PNG image")
	book, err := zip.OpenReader(d.path("sales.xlsx"))
	if err != nil {
		return fmt.Errorf("the workbook cannot be opened: %w", err)
	}
	defer book.Close()
	_, err = book.Open("xl/workbook.xml")
	d.screen.check(err == nil, "the workbook is an Excel file")
	return nil
}

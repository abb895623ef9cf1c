package sandbox

import (
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestMessage(t *testing.T) {
	t.Parallel()
	ours, socket, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	theirs, err := openSocket(socket)
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	want := request{Op: opCreate, ID: "a", Bundle: "/b"}
	if err := send(ours, want, w); err != nil {
		t.Fatal(err)
	}
	w.Close()
	var got request
	files, err := receive(theirs, &got)
	if err != nil || !reflect.DeepEqual(got, want) || len(files) != 1 {
		t.Fatalf("got %+v, %d files, %v", got, len(files), err)
	}
	if _, err := files[0].WriteString("hello"); err != nil {
		t.Fatal(err)
	}
	closeAll(files)
	if data, err := io.ReadAll(r); err != nil || string(data) != "hello" {
		t.Errorf("through the file came %q, %v", data, err)
	}
	theirs.Close()
	if _, err := receive(ours, &got); err != io.EOF {
		t.Errorf("after the end: %v", err)
	}
}

func TestMessageRefused(t *testing.T) {
	t.Parallel()
	ours, socket, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	theirs, err := openSocket(socket)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	for name, message := range map[string]any{
		"too long": request{Op: strings.Repeat("x", maxMessage)},
		"no map":   "create",
	} {
		if err := send(ours, message); err != nil {
			t.Fatal(err)
		}
		var got request
		if _, err := receive(theirs, &got); err == nil {
			t.Errorf("%s: received %+v", name, got)
		}
	}
}

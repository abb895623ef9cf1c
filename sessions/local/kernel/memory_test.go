package kernel

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
)

// A forger is a kernel that sends what it likes, without having it in memory.
type forger struct {
	frames []io.Reader
}

func (f *forger) frame(head string, payload ...io.Reader) {
	var size int64
	for _, p := range payload {
		switch p := p.(type) {
		case *io.LimitedReader:
			size += p.N
		case *strings.Reader:
			size += int64(p.Len())
		}
	}
	h := encode(head, "")
	h[4], h[5], h[6], h[7] = byte(size>>24), byte(size>>16), byte(size>>8), byte(size)
	f.frames = append(f.frames, bytes.NewReader(h))
	f.frames = append(f.frames, payload...)
}

// junk are so many bytes.
func junk(n int64) io.Reader { return io.LimitReader(repeated('j'), n) }

type repeated byte

func (r repeated) Read(p []byte) (int, error) {
	n := min(len(p), 64<<10)
	for i := range n {
		p[i] = byte(r)
	}
	return n, nil
}

func (f *forger) done() {
	f.frame(`{"type":"done","seq":1,"status":"ok","stdout":[0,""],"stderr":[0,""]}`)
}

// execute has the frames read within an account, which may be nil, and returns
// what is in memory more while the outcome is.
func (f *forger) execute(t *testing.T, opts Options, memory *budget.Account) (o *Outcome, kept int64, err error) {
	t.Helper()
	if opts.MaxOutput == 0 {
		opts.MaxOutput = defaultMaxOutput
	}
	if opts.MaxDisplays == 0 {
		opts.MaxDisplays, opts.MaxDisplayBytes = defaultMaxDisplays, defaultMaxDisplayBytes
	}
	c := &Conn{r: bufio.NewReaderSize(io.MultiReader(f.frames...), 64<<10), out: outbox{w: io.Discard}, opts: opts}
	before := heap()
	o, err = c.RunWithin(memory, sessions.Request{})
	kept = heap() - before
	runtime.KeepAlive(c)
	runtime.KeepAlive(o)
	return o, kept, err
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// What is kept of a frame is what is shown of it, whatever else was in it. (Not
// parallel: it looks at the heap.)
func TestFramesAreNotKeptForAPartOfThem(t *testing.T) {
	const large = maxPayload - 1
	for name, send := range map[string]func(f *forger){
		"parts without a type": func(f *forger) {
			f.frame(fmt.Sprintf(`{"type":"display","seq":1,"parts":[["nothing",%d],["a/b",1]]}`, large), junk(large), strings.NewReader("x"))
		},
		"a part twice": func(f *forger) {
			f.frame(`{"type":"display","seq":1,"parts":[["a/b",4000000],["a/b",1]]}`, junk(4000000), strings.NewReader("x"))
		},
		"an end of a stream": func(f *forger) {
			f.frame(`{"type":"tail","seq":1,"name":"stdout"}`, junk(large))
		},
		"a stream": func(f *forger) {
			f.frame(`{"type":"stream","seq":1,"name":"stderr"}`, junk(large))
		},
		"a value's forms": func(f *forger) {
			f.frame(fmt.Sprintf(`{"type":"result","seq":1,"json":1,"parts":[["text/plain",1],["nothing",%d]]}`, large-1),
				strings.NewReader("1"), strings.NewReader("1"), junk(large-1))
		},
		"a value that is too rich": func(f *forger) {
			f.frame(fmt.Sprintf(`{"type":"result","seq":1,"json":1,"parts":[["text/plain",1],["a/b",%d]]}`, large-1),
				strings.NewReader("1"), strings.NewReader("1"), junk(large-1))
		},
		"an update": func(f *forger) {
			f.frame(`{"type":"display","seq":1,"id":"a","parts":[["a/b",4000000]]}`, junk(4000000))
			f.frame(`{"type":"display","seq":1,"id":"a","update":true,"parts":[["a/b",1]]}`, strings.NewReader("x"))
		},
		"an identifier": func(f *forger) {
			f.frame(fmt.Sprintf(`{"type":"display","seq":1,"id":%q,"parts":[["a/b",1]]}`, strings.Repeat("i", 60000)), strings.NewReader("x"))
		},
		"many types": func(f *forger) {
			parts := strings.TrimSuffix(strings.Repeat(`["a/b",0],`, 6000), ",")
			f.frame(`{"type":"display","seq":1,"parts":[` + parts + `]}`)
		},
		"a long type": func(f *forger) {
			f.frame(`{"type":"display","seq":1,"parts":[["a/`+strings.Repeat("b", 60000)+`",1],["a/b",1]]}`, strings.NewReader("xy"))
		},
	} {
		f := &forger{}
		for range 6 {
			send(f)
		}
		f.done()
		o, kept, err := f.execute(t, Options{}, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if kept > 3<<20 {
			t.Errorf("%s: %d bytes are kept (%d displays)", name, kept, len(o.Displays))
		}
	}
}

// What the kernel would not send is not read.
func TestFramesLargerThanTheyMayBeEndTheSession(t *testing.T) {
	for name, head := range map[string]string{
		"a value":     `{"type":"result","seq":1,"json":60000000,"parts":[]}`,
		"a name":      `{"type":"error","seq":1,"sizes":[60000000,0]}`,
		"a message":   `{"type":"error","seq":1,"sizes":[0,60000000]}`,
		"a traceback": `{"type":"error","seq":1,"sizes":[0,0]}`,
		"an end":      `{"type":"done","seq":1,"status":"ok","stdout":[0,""],"stderr":[0,""]}`,
	} {
		f := &forger{}
		f.frame(head, junk(60000000))
		f.done()
		if _, kept, err := f.execute(t, Options{}, nil); err == nil || kept > 1<<20 {
			t.Errorf("%s: %v, %d bytes are kept", name, err, kept)
		}
	}
}

// All that an outcome holds was taken from the account before, and where there
// is no room the outcome says so and is what it says.
func TestOutcomeIsWithinItsAccount(t *testing.T) {
	const total = 16 << 20
	f := &forger{}
	for range 5 {
		f.frame(`{"type":"stream","seq":1,"name":"stdout"}`, junk(1<<20))
		f.frame(`{"type":"display","seq":1,"parts":[["image/png",3000000]]}`, strings.NewReader("\x89PNG\r\n\x1a\n"), junk(3000000-8))
	}
	f.frame(`{"type":"stream","seq":1,"name":"stdout"}`, strings.NewReader("the end"))
	f.done()
	shares := budget.New(total)
	account := shares.Open("ada")
	opts := Options{MaxOutput: 8 << 20, MaxDisplays: defaultMaxDisplays, MaxDisplayBytes: defaultMaxDisplayBytes}
	o, kept, err := f.execute(t, opts, account)
	if err != nil || !o.ShortOfMemory {
		t.Errorf("short of memory %t, %v", o.ShortOfMemory, err)
	}
	if len(o.Displays) == 0 || len(o.Displays)+o.DisplaysDropped != 5 {
		t.Errorf("%d displays, %d dropped", len(o.Displays), o.DisplaysDropped)
	}
	if held := account.Held(); kept > held+(1<<20) || held > total*2/3 {
		t.Errorf("%d bytes are kept, %d were taken", kept, held)
	}
	if len(o.Stdout) < freeText || !strings.HasSuffix(o.Stdout, "the end") || !strings.Contains(o.Stdout, "since the server is short of memory") {
		t.Errorf("stdout has %d bytes: …%s", len(o.Stdout), o.Stdout[max(0, len(o.Stdout)-100):])
	}
	account.Close()
	if shares.Held() != 0 {
		t.Errorf("%d bytes are held by nobody", shares.Held())
	}
}

// TestDisplaysTakeWhatTheyWeigh has displays alone, of which an account takes as
// many as it has room for.
func TestDisplaysTakeWhatTheyWeigh(t *testing.T) {
	const size, total = 3_000_000, 16 << 20
	f := &forger{}
	for range 5 {
		f.frame(`{"type":"display","seq":1,"parts":[["a/b",3000000]]}`, junk(size))
	}
	f.done()
	account := budget.New(total).Open("ada")
	defer account.Close()
	o, _, err := f.execute(t, Options{}, account)
	if err != nil || len(o.Displays) != 3 || o.DisplaysDropped != 2 || !o.ShortOfMemory {
		t.Errorf("%d displays, %d dropped, short of memory %t, %v", len(o.Displays), o.DisplaysDropped, o.ShortOfMemory, err)
	}
	if held := account.Held(); held < 3*size {
		t.Errorf("%d bytes were taken for displays of %d", held, 3*size)
	}
}

// Without any room for it an answer still has what a model looks at first.
func TestAnswersWithoutRoom(t *testing.T) {
	shares := budget.New(1 << 20)
	others := shares.Open("others")
	others.Take(1 << 19)
	shares.Take("more", 1<<18)
	f := &forger{}
	f.frame(`{"type":"stream","seq":1,"name":"stdout"}`, strings.NewReader("printed\n"), junk(5<<20))
	f.frame(`{"type":"result","seq":1,"json":2,"parts":[["text/plain",2],["a/b",700000]]}`, strings.NewReader("42"), strings.NewReader("42"), junk(700000))
	f.done()
	began := time.Now()
	o, _, err := f.execute(t, Options{}, shares.Open("ada"))
	if err != nil || !strings.HasPrefix(o.Stdout, "printed\n") || string(o.Result) != "42" || o.Text != "42" || !o.ShortOfMemory || o.DisplaysDropped != 1 {
		t.Errorf("%.20q, %s, %q, short of memory %t, %d dropped, %v", o.Stdout, o.Result, o.Text, o.ShortOfMemory, o.DisplaysDropped, err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it waited for %v", took)
	}

	f = &forger{}
	f.frame(`{"type":"error","seq":1,"sizes":[4,200000]}`, strings.NewReader("Boom"), junk(200000), junk(400000), strings.NewReader("the last line"))
	f.frame(`{"type":"done","seq":1,"status":"error","stdout":[0,""],"stderr":[0,""]}`)
	o, _, err = f.execute(t, Options{}, shares.Open("ada"))
	if err != nil || o.Error == nil || o.Error.Name != "Boom" || !strings.HasSuffix(o.Error.Traceback, "the last line") || len(o.Error.Traceback) > freeText {
		t.Errorf("%+v, %v", o.Error, err)
	}
}

// Frames that bring nothing do not take the server's time without bound.
func TestHeadersAreSlowedDown(t *testing.T) {
	f := &forger{}
	head := fmt.Sprintf(`{"type":"display","seq":1,"id":%q,"parts":[]}`, strings.Repeat("i", 60000))
	for range (headerBurst + headerRate) / 60000 {
		f.frame(head)
	}
	f.done()
	began := time.Now()
	if _, _, err := f.execute(t, Options{}, nil); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 900*time.Millisecond {
		t.Errorf("a second's worth beyond the burst took %v", took)
	}
}

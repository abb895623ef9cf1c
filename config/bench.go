package config

// Bench is what is measured.
type Bench struct {
	Pairs  int      `default:"9" placeholder:"N" help:"How many pairs of inside and outside are made of each measurement, in alternation (default ${default})."`
	Load   int      `default:"4" placeholder:"N" help:"How many busy processes there are when everything is measured again beside load. 0 leaves that out (default ${default})."`
	Only   []string `placeholder:"NAME,…" help:"Measure only these; --list has the names. curves stands for all curves. Default: everything but the curves."`
	List   bool     `help:"List what can be measured, and measure nothing."`
	Curves bool     `help:"Also draw how it goes on as work grows, with the limits: sessions alive from 1 to 300, output and files from 1 kB to 1 GB. Takes some minutes, 3 GB of disk, and most of the memory that is free."`
	Short  bool     `help:"Print the short table that the README has: the main rows, and what is inside only."`
	Values string   `placeholder:"FILE|-" help:"Write each single value as JSON to a file, or with - to standard output; the tables go to standard error then. Default: none."`
	Peers  string   `placeholder:"DIR" help:"Compare with other servers too: the folder testdata/peers of the source, which needs python3 with venv, and npm. The first run installs them (1.5 GB). Default: no other servers."`
}

func (b *Bench) validate() error {
	if err := between("pairs", number(b.Pairs), 1, 1000); err != nil {
		return err
	}
	return between("load", number(b.Load), 0, 1000)
}

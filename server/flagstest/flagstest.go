// Package flagstest shows in tests that flags arrive where they work. Each
// package that uses settings has a table of [Row]s and gives it to [Run].
package flagstest

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"dynamic-sessions-mcp/config"
)

// A Row sets one flag to another value than its default and says where that must
// arrive.
type Row struct {
	Flag, Value string
	Base        []string // the command and the flags beside which the flag has an effect
	Extra       []string // flags that it cannot be given without
	Environ     []string // variables that it cannot be given without
	NoVariable  bool     // its variable sets nothing
	Arrives     []Destination
}

// Command is the command of the row.
func (r Row) Command() config.Command {
	if len(r.Base) > 0 && !strings.HasPrefix(r.Base[0], "-") {
		return config.Command(r.Base[0])
	}
	return config.CommandServe
}

// A Destination is one place that reads a setting.
type Destination struct {
	Place string
	Got   func(*testing.T, config.Config) any
	Want  any
}

// At is a field of the options of a package, which of makes.
func At[T any](of func(*testing.T, config.Config) T, field string, want any) Destination {
	return Destination{reflect.TypeFor[T]().String() + "." + field, func(t *testing.T, c config.Config) any {
		return reflect.ValueOf(of(t, c)).FieldByName(field).Interface()
	}, want}
}

// To is a destination that is no field of options.
func To(place string, want any, got func(*testing.T, config.Config) any) Destination {
	return Destination{place, got, want}
}

// Run sets the flag of each row, on the command line and in the environment, and
// looks for its value at its destinations.
func Run(t *testing.T, rows []Row) {
	t.Helper()
	for _, row := range rows {
		t.Run(strings.Join(slices.Concat(row.Base, []string{row.Flag, row.Value}), " "), func(t *testing.T) {
			t.Parallel()
			row.run(t)
		})
	}
}

func (r Row) run(t *testing.T) {
	argument, value := "--"+r.Flag, "true"
	if r.Value != "" {
		argument, value = argument+"="+r.Value, r.Value
	}
	variable := "DYNAMIC_SESSIONS_" + strings.ToUpper(strings.ReplaceAll(r.Flag, "-", "_")) + "=" + value
	with := slices.Concat(r.Base, r.Extra)
	unset := parse(t, nil, r.Base)
	set := map[string]config.Config{
		"flag":     parse(t, r.Environ, append(slices.Clone(with), argument)),
		"variable": parse(t, append(slices.Clone(r.Environ), variable), with),
	}
	for _, a := range r.Arrives {
		if before := a.Got(t, unset); reflect.DeepEqual(before, a.Want) {
			t.Errorf("%s is %v without --%s too: the row shows nothing", a.Place, before, r.Flag)
		}
		for how, c := range set {
			want := a.Want
			if r.NoVariable && how == "variable" {
				want = a.Got(t, unset)
			}
			if got := a.Got(t, c); !reflect.DeepEqual(got, want) {
				t.Errorf("%s set by its %s: %s is %v, want %v", argument, how, a.Place, got, want)
			}
		}
	}
}

func parse(t *testing.T, environ, args []string) config.Config {
	t.Helper()
	c, err := config.Parse(args, environ)
	if err != nil {
		t.Fatalf("%q %q: %v", args, environ, err)
	}
	return c
}

// EveryOptionIsSet fails for a field of options that no row arrives at. except
// names the fields that no flag sets, separated by spaces.
func EveryOptionIsSet(t *testing.T, rows []Row, options reflect.Type, except string) {
	t.Helper()
	for field := range options.Fields() {
		place := options.String() + "." + field.Name
		if field.IsExported() && !reaches(rows, place) && !slices.Contains(strings.Fields(except), field.Name) {
			t.Errorf("no row arrives at %s: add one, or name it as an exception", place)
		}
	}
}

func reaches(rows []Row, place string) bool {
	return slices.ContainsFunc(rows, func(r Row) bool {
		return slices.ContainsFunc(r.Arrives, func(d Destination) bool { return d.Place == place })
	})
}

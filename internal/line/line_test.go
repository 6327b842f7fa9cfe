package line_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/internal/line"
)

type shared struct {
	LogLevel string   `env:"LEVEL" key:"log_level" default:"info" placeholder:"LEVEL" help:"Least level."`
	Proxies  []string `env:"PROXIES" key:"proxies" placeholder:"CIDR" help:"Networks."`
}

type program struct {
	shared

	Add   add    `cmd:"" help:"Add a thing."`
	Count counts `cmd:"" help:"Count things."`
	Spare spare  `cmd:"" hidden:"" help:"For nobody."`
}

type spare struct{}

type add struct {
	Slug  string         `arg:"" help:"Its handle."`
	Files []string       `arg:"" name:"file" help:"Its files."`
	Label string         `required:"" placeholder:"TEXT" help:"Its label."`
	Links *bool          `negatable:"" help:"Whether it links."`
	Wait  *time.Duration `placeholder:"5m" help:"How long it waits."`
	Names []string       `sep:"none" placeholder:"NAME" help:"Its names."`
}

type counts struct {
	Every countEvery `cmd:"" default:"withargs" help:"All of them."`
	Some  countSome  `cmd:"" help:"Some of them."`
}

type countEvery struct {
	Sizes []int   `default:"1,2" help:"How many."`
	Rate  float64 `hidden:"" default:"0.5" placeholder:"N" help:"How fast."`
	Dry   bool    `env:"DRY" help:"Count nothing."`
}

type countSome struct {
	File string `arg:"" optional:"" help:"Where they are."`
}

func ref[T any](v T) *T { return &v }

// parsed is what a command line, an environment and a file make of a program.
func parsed(args string, env map[string]string, file map[string][]string) (program, string, error) {
	var all program
	chosen, err := line.New("thing", "Things.", &all).Parse(strings.Fields(args))
	if err != nil {
		return all, "", err
	}
	lookup := func(name string) (string, bool) { text, found := env[name]; return text, found }
	for _, source := range []func(*line.Option) ([]string, bool){
		line.Environment(lookup),
		func(o *line.Option) ([]string, bool) { texts, found := file[o.Key]; return texts, found },
		line.Defaults,
	} {
		if err := chosen.Fill(source); err != nil {
			return all, "", err
		}
	}
	return all, chosen.Path(), chosen.Complete()
}

func TestParse(t *testing.T) {
	counted := counts{Every: countEvery{Sizes: []int{1, 2}, Rate: 0.5}}
	file := map[string][]string{"log_level": {"warn"}, "proxies": {"a,b", "c"}}
	for _, tt := range []struct {
		args string
		env  map[string]string
		file map[string][]string
		path string
		want program
	}{
		{args: "count", path: "count every", want: program{shared: shared{LogLevel: "info"}, Count: counted}},
		{
			args: "count", file: file, path: "count every",
			want: program{shared: shared{LogLevel: "warn", Proxies: []string{"a,b", "c"}}, Count: counted},
		},
		{
			args: "count", file: file, env: map[string]string{"LEVEL": "", "PROXIES": `a\,b,c`, "DRY": "yes"}, path: "count every",
			want: program{
				shared: shared{Proxies: []string{"a,b", "c"}},
				Count:  counts{Every: countEvery{Sizes: []int{1, 2}, Rate: 0.5, Dry: true}},
			},
		},
		{
			args: "--log-level=error count --proxies a,b --sizes 7 --sizes 8,9 --dry=no", file: file,
			env: map[string]string{"LEVEL": "debug", "DRY": "1"}, path: "count every",
			want: program{
				shared: shared{LogLevel: "error", Proxies: []string{"a", "b"}},
				Count:  counts{Every: countEvery{Sizes: []int{7, 8, 9}, Rate: 0.5}},
			},
		},
		{
			args: "count some -- --dry", env: map[string]string{"DRY": "wrong, and of another command"}, path: "count some",
			want: program{shared: shared{LogLevel: "info"}, Count: counts{Some: countSome{File: "--dry"}}},
		},
		{
			args: "add --no-links one - --label=x two --wait 90s --names a,b --names c", path: "add",
			want: program{
				shared: shared{LogLevel: "info"},
				Add: add{
					Slug: "one", Files: []string{"-", "two"}, Label: "x", Links: ref(false), Wait: ref(90 * time.Second),
					Names: []string{"a,b", "c"},
				},
			},
		},
	} {
		got, path, err := parsed(tt.args, tt.env, tt.file)
		if err != nil || path != tt.path {
			t.Errorf("%s: the command %q, %v, not %q", tt.args, path, err, tt.path)
		}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(program{})); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.args, diff)
		}
	}
}

func TestParse_mistakes(t *testing.T) {
	for args, want := range map[string]string{
		"":                       `expected one of "add", "count"`,
		"ad":                     `unexpected argument ad, did you mean "add"?`,
		"publish":                `unexpected argument publish`,
		"count --sort":           `unknown flag --sort`,
		"count --size 3":         `unknown flag --size, did you mean "--sizes"?`,
		"count -n":               `unknown flag -n, did you mean "-h"?`,
		"count --sizes":          `--sizes needs a value`,
		"count --sizes -3":       `--sizes needs a value; one that begins with - is written --sizes=-3`,
		"count --sizes 1,x":      `--sizes: "x" is not a whole number`,
		"count --rate=fast":      `--rate: "fast" is not a number`,
		"count --dry=perhaps":    `--dry: "perhaps" is not true, yes, 1, false, no or 0`,
		"count some a b":         `unexpected argument b`,
		"add":                    `missing flags: --label=TEXT`,
		"add --label x":          `expected "<slug> <file> ..."`,
		"add --label x --wait y": `--wait: "y" is not a time like 90s or 1h30m`,
		"add --no-links=x":       `--links: "x" is not true, yes, 1, false, no or 0`,
		"add --help --nope":      `unknown flag --nope`,
	} {
		if _, _, err := parsed(args, nil, nil); err == nil || err.Error() != want {
			t.Errorf("%s: %v, not %s", args, err, want)
		}
	}
}

func TestHelp(t *testing.T) {
	for args, want := range map[string]string{
		"--help": `Usage: thing <command> [flags]

Things.

Flags:
  -h, --help                Show context-sensitive help.
      --log-level=LEVEL     Least level. [default info, $LEVEL, key log_level]
      --proxies=CIDR,...    Networks. [$PROXIES, key proxies]

Commands:
  add      Add a thing.
  count    Count things.

Run "thing <command> --help" for more information on a command.
`,
		"count every --help": `Usage: thing count every [flags]

All of them.

Flags:
  -h, --help                Show context-sensitive help.
      --log-level=LEVEL     Least level. [default info, $LEVEL, key log_level]
      --proxies=CIDR,...    Networks. [$PROXIES, key proxies]

      --sizes=1,2,...       How many.
      --dry                 Count nothing. [$DRY]
`,
		"add -h": `Usage: thing add --label=TEXT <slug> <file> ... [flags]

Add a thing.

Arguments:
  <slug>        Its handle.
  <file> ...    Its files.

Flags:
  -h, --help                Show context-sensitive help.
      --log-level=LEVEL     Least level. [default info, $LEVEL, key log_level]
      --proxies=CIDR,...    Networks. [$PROXIES, key proxies]

      --label=TEXT          Its label.
      --[no-]links          Whether it links.
      --wait=5m             How long it waits.
      --names=NAME          Its names.
`,
	} {
		var all program
		chosen, err := line.New("thing", "Things.", &all).Parse(strings.Fields(args))
		if !errors.Is(err, line.ErrHelp) {
			t.Fatalf("%s: %v, not %v", args, err, line.ErrHelp)
		}
		var got strings.Builder
		if err := chosen.WriteHelp(&got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.String()); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", args, diff)
		}
	}
}

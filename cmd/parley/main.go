// Command parley is the whole program: the server, and the commands with which
// a newsroom sets up sites, brings stories and archives in, and checks an
// installation. config.go has every option, exit.go every exit code.
//
// What may never enter: SQL, HTTP handlers, and rules about comments. A command
// reads its arguments, calls package desk, and prints.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(int(run(ctx, os.Args[1:], os.Stdout, os.Stderr)))
}

// commands is the command line.
type commands struct {
	options

	Serve  serveCommand   `cmd:"" help:"Serve all sites of the database."`
	Site   siteCommands   `cmd:"" help:"Add, change and list sites."`
	Key    keyCommands    `cmd:"" help:"Make keys for the newsroom's own systems."`
	Story  storyCommands  `cmd:"" help:"Publish stories."`
	Import importCommand  `cmd:"" help:"Bring in what other systems wrote."`
	Audit  auditCommands  `cmd:"" help:"Check the logs of what the desk did."`
	Export exportCommands `cmd:"" help:"Take data out."`
	Erase  eraseCommands  `cmd:"" help:"Forget again who asked for it, after a backup was brought back."`
	Backup backupCommand  `cmd:"" help:"Copy the database to a file while it is in use, and check the copy."`
	Doctor doctorCommand  `cmd:"" help:"Check the installation and recount every counter."`
	Bench  benchCommands  `cmd:"" help:"Measure this machine, as docs/benchmarks.md tells."`
}

// program is what every command gets.
type program struct {
	ctx    context.Context
	opts   options
	stdout io.Writer
	stderr io.Writer
	log    *slog.Logger
	now    func() time.Time

	sockets map[string]net.Listener // handed over at the start; nil: not looked at yet
}

// run carries out one command line and returns the exit code. Errors are one
// line on stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) exitCode {
	err := command(ctx, args, stdout, stderr)
	if err == nil {
		return exitOK
	}
	var silent errSilent
	if !errors.As(err, &silent) {
		fmt.Fprintf(stderr, "parley: %s\n", sentence(err))
	}
	return codeOf(err)
}

// errSilent ends the program with a code when all has been said.
type errSilent struct{}

func (errSilent) Error() string { return "said already" }

// helped unwinds the parser after it has printed a help text.
type helped struct{}

func command(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	defer func() {
		if v := recover(); v != nil {
			if _, ok := v.(helped); !ok {
				panic(v)
			}
		}
	}()
	var line commands
	parser, err := kong.New(&line,
		kong.Name("parley"),
		kong.Description("Parley serves news stories with their readers' discussions."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { panic(helped{}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.ValueFormatter(describe),
	)
	if err != nil {
		return fmt.Errorf("command line: %w", err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		var f *failure
		if errors.As(err, &f) {
			return f
		}
		return exitWith(exitUsage, fmt.Errorf("%w; parley --help lists what there is", err))
	}
	if err := line.check(); err != nil {
		return exitWith(exitConfig, err)
	}
	return parsed.Run(&program{
		ctx: ctx, opts: line.options, stdout: stdout, stderr: stderr, log: line.logger(stderr), now: time.Now,
	})
}

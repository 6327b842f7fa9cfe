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

	"parley/internal/line"
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

// runner is a command; measurer is one that is told what holds for all
// measurements.
type (
	runner   interface{ Run(p *program) error }
	measurer interface {
		Run(p *program, b *benchCommands) error
	}
)

func command(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var all commands
	chosen, err := all.parse(args, stdout)
	if err != nil {
		return err
	}
	if err := all.check(); err != nil {
		return exitWith(exitConfig, err)
	}
	p := &program{
		ctx: ctx, opts: all.options, stdout: stdout, stderr: stderr, log: all.logger(stderr), now: time.Now,
	}
	switch c := chosen.Target.(type) {
	case runner:
		return c.Run(p)
	case measurer:
		return c.Run(p, &all.Bench)
	}
	return fmt.Errorf("%s does nothing", chosen.Path())
}

// grammar returns all that can be said on the command line.
func (c *commands) grammar() *line.Command {
	return line.New("parley", "Parley serves news stories with their readers' discussions.", c)
}

// parse reads a command line, gives every option its value and returns the command
// that is named. If the line asks for help, that is printed instead, and the error
// says so.
func (c *commands) parse(args []string, stdout io.Writer) (*line.Command, error) {
	all := c.grammar()
	chosen, err := all.Parse(args)
	if errors.Is(err, line.ErrHelp) {
		return nil, errors.Join(chosen.WriteHelp(stdout), exitWith(exitOK, errSilent{}))
	}
	if err != nil {
		return nil, misused(err)
	}
	if err := chosen.Fill(line.Environment(os.LookupEnv)); err != nil {
		return nil, exitWith(exitConfig, fmt.Errorf("environment: %w", err))
	}
	file, err := readOptions(c.Config, all.Keys())
	if err != nil {
		return nil, exitWith(exitConfig, err)
	}
	if err := chosen.Fill(file); err != nil {
		return nil, exitWith(exitConfig, fmt.Errorf("%s: %w", optionsFile(c.Config), err))
	}
	if err := chosen.Fill(line.Defaults); err != nil {
		return nil, misused(err)
	}
	if err := chosen.Complete(); err != nil {
		return nil, misused(err)
	}
	return chosen, nil
}

// misused is an error of who wrote the command line.
func misused(err error) error {
	return exitWith(exitUsage, fmt.Errorf("%w; parley --help lists what there is", err))
}

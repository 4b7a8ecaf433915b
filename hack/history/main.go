// Command history runs a whole chat system on this machine, breaks it in many
// ways under load, and checks that nothing acknowledged was lost, doubled or
// reordered. `make history` uses it.
//
//	history -program bin/uim                          each fault for a few thousand messages
//	history -program bin/uim -messages 200000 -rate 0 -fault 'kill|pause'
//
// It prints a line for each fault and exits with 1 if any promise was broken.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"

	"uim.dev/uim/chatserver/history/faults"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "history:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	program string
	nodes   int
	load    faults.Load
	faults  *regexp.Regexp
	logDir  string
	quiet   bool
}

func parse(args []string) (o options, err error) {
	var pattern string
	flags := flag.NewFlagSet("history", flag.ContinueOnError)
	flags.StringVar(&o.program, "program", "bin/uim", "the uim binary")
	flags.IntVar(&o.nodes, "nodes", 2, "chat nodes")
	flags.IntVar(&o.load.Messages, "messages", 2000, "messages under each fault, at least")
	flags.IntVar(&o.load.Rounds, "rounds", 2, "times that each fault happens, at least")
	flags.IntVar(&o.load.Every, "every", 0, "messages between one time and the next, at least; 0 for as soon as all is well")
	flags.IntVar(&o.load.Rate, "rate", 1000, "messages a second; 0 for as fast as they are acknowledged")
	flags.IntVar(&o.load.People, "people", 12, "people, who each talk with two others and all in a group")
	flags.StringVar(&pattern, "fault", "", "regular expression of the faults to run; empty for all")
	flags.StringVar(&o.logDir, "log", "", "folder for what the clients wrote down, one file for each fault")
	flags.BoolVar(&o.quiet, "quiet", false, "no progress")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.load.People < 3 || o.nodes < 1 {
		return o, errors.New("want at least 3 people and a node")
	}
	if o.program, err = filepath.Abs(o.program); err != nil {
		return o, err
	}
	o.faults, err = regexp.Compile("^(" + pattern + ")$")
	if pattern == "" {
		o.faults = regexp.MustCompile("")
	}
	return o, err
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	rig, err := faults.NewRig(ctx, o.program, o.nodes)
	if err != nil {
		return err
	}
	err = runAll(ctx, rig, o)
	return errors.Join(err, rig.Close())
}

func runAll(ctx context.Context, rig *faults.Rig, o options) error {
	fmt.Println(faults.Heading)
	broken := 0
	for _, fault := range faults.All() {
		if !o.faults.MatchString(fault.Name) {
			continue
		}
		report, err := runOne(ctx, rig, fault, o)
		if err != nil {
			return errors.Join(fmt.Errorf("%s: %w", fault.Name, err), rig.Logs())
		}
		fmt.Println(report)
		fmt.Print(report.Details())
		broken += len(report.Findings)
	}
	if broken > 0 {
		return fmt.Errorf("%d promises were broken", broken)
	}
	return nil
}

func runOne(ctx context.Context, rig *faults.Rig, fault faults.Fault, o options) (faults.Report, error) {
	load := o.load
	if !o.quiet {
		load.Progress = func(acked, rounds int) {
			fmt.Fprintf(os.Stderr, "\r%s: %d of %d messages, %d rounds ", fault.Name, acked, load.Messages, rounds)
		}
		defer fmt.Fprint(os.Stderr, "\r\033[K")
	}
	if o.logDir == "" {
		return rig.Run(ctx, fault, load)
	}
	file, err := os.Create(filepath.Join(o.logDir, fault.Name+".jsonl"))
	if err != nil {
		return faults.Report{}, err
	}
	load.LogFile = file
	report, err := rig.Run(ctx, fault, load)
	return report, errors.Join(err, file.Close())
}

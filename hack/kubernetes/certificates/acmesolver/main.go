// Command acmesolver answers one ACME HTTP-01 challenge; cert-manager starts it in
// a pod and sets the flags.
package main

import (
	"flag"
	"log/slog"
	"os"

	"github.com/cert-manager/cert-manager/pkg/issuer/acme/http/solver"
	"github.com/cert-manager/cert-manager/pkg/logs"
)

func main() {
	s := &solver.HTTP01Solver{}
	flag.IntVar(&s.ListenPort, "listen-port", 8089, "port to listen on")
	flag.StringVar(&s.Domain, "domain", "", "host of the challenge")
	flag.StringVar(&s.Token, "token", "", "last part of the path")
	flag.StringVar(&s.Key, "key", "", "the answer")
	flag.Parse()
	if err := s.Listen(logs.Log); err != nil {
		slog.Error("stopped", "error", err)
		os.Exit(1)
	}
}

// Command acmesolver answers the one question by which an ACME server sees that a
// host is ours. cert-manager runs it in a pod for as long as that takes.
package main

import (
	"flag"
	"log"

	"github.com/cert-manager/cert-manager/pkg/issuer/acme/http/solver"
	"github.com/cert-manager/cert-manager/pkg/logs"
)

func main() {
	s := &solver.HTTP01Solver{}
	flag.IntVar(&s.ListenPort, "listen-port", 8089, "port to listen on")
	flag.StringVar(&s.Domain, "domain", "", "host to answer for")
	flag.StringVar(&s.Token, "token", "", "last part of the path to answer at")
	flag.StringVar(&s.Key, "key", "", "the answer")
	flag.Parse()
	log.Fatal(s.Listen(logs.Log))
}

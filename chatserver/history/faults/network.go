package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// network is all the links of a rig.
type network struct {
	server *toxiproxy.ApiServer // holds what proxies share; it does not listen
	links  []*link
}

func newNetwork() *network {
	zerolog.SetGlobalLevel(zerolog.Disabled) // some toxics have loggers of their own
	return &network{server: toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())}
}

// link opens a link to an address, with an address of its own.
func (n *network) link(name, to string) (*link, error) {
	l := &link{toxiproxy.NewProxy(n.server, name, "127.0.0.1:0", to)}
	n.links = append(n.links, l)
	return l, l.proxy.Start()
}

func (n *network) close() {
	for _, l := range n.links {
		l.cut()
	}
}

// link is one way between two parts of the system.
type link struct{ proxy *toxiproxy.Proxy }

// toxic is an illness of a link; see toxiproxy's manual for kinds and attributes.
type toxic struct {
	Type       string         `json:"type"`
	Stream     string         `json:"stream"` // upstream: towards the server
	Attributes map[string]int `json:"attributes"`
}

func (l *link) address() string { return l.proxy.Listen }

// cut ends the link's connections, at both ends, and lets nobody in.
func (l *link) cut() { l.proxy.Stop() }

// mend lets connections in again, if the link was cut.
func (l *link) mend() error {
	if err := l.proxy.Start(); !errors.Is(err, toxiproxy.ErrProxyAlreadyStarted) {
		return err
	}
	return nil
}

// infect makes the link ill, open connections too.
func (l *link) infect(illnesses ...toxic) error {
	for _, t := range illnesses {
		text, err := json.Marshal(t)
		if err != nil {
			return err
		}
		if _, err := l.proxy.Toxics.AddToxicJson(bytes.NewReader(text)); err != nil {
			return err
		}
	}
	return nil
}

// heal takes all illnesses away.
func (l *link) heal(ctx context.Context) { l.proxy.Toxics.ResetToxics(ctx) }

package main

import (
	"errors"
	"fmt"

	"uim.dev/uim/chatserver/history"
)

// cuts is whom a break is meant to cut off. One that was meant to cut people off
// and did not has proved nothing.
type cuts string

const (
	cutsAnyone  cuts = "anyone" // or nobody: it does not matter
	cutsSomeone cuts = "someone"
	cutsNobody  cuts = "nobody"
)

// Set implements flag.Value.
func (c *cuts) Set(s string) error {
	switch v := cuts(s); v {
	case cutsAnyone, cutsSomeone, cutsNobody:
		*c = v
		return nil
	default:
		return errors.New("want anyone, someone or nobody")
	}
}

// String implements flag.Value.
func (c *cuts) String() string { return string(*c) }

// check compares with how often the clients connected.
func (c *cuts) check(clients []*history.Client) error {
	again := 0
	for _, client := range clients {
		again += client.Stats().Connections - 1
	}
	switch {
	case *c == cutsSomeone && again == 0:
		return errors.New("the break cut nobody off, so nothing was proved")
	case *c == cutsNobody && again > 0:
		return fmt.Errorf("the break cut people off %d times, and should have cut off nobody", again)
	}
	return nil
}

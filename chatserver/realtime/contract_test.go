package realtime

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/gorilla/websocket"

	"uim.dev/uim/chatserver/wire"
)

func TestTheServerKnowsTheFramesOfTheContract(t *testing.T) {
	t.Parallel()
	var contract struct {
		Frames struct {
			Client map[string]string `yaml:"client"`
		} `yaml:"x-frames"`
	}
	if err := yaml.Unmarshal(wire.OpenAPI, &contract); err != nil || len(contract.Frames.Client) == 0 {
		t.Fatal(contract, err)
	}
	s := listener(ann)
	s.gateway, s.inFlight = newGateway(t, newOffice()), make(chan struct{}, 1)
	for kind := range contract.Frames.Client {
		s.dispatch(t.Context(), clientFrame{Type: kind, ID: kind})
		unknown := slices.ContainsFunc(s.queued(), func(f *outgoing) bool {
			text := string(f.payload)
			return f.kind == websocket.TextMessage && strings.Contains(text, `"re":"`+kind+`"`) && strings.Contains(text, "does not know")
		})
		if unknown {
			t.Errorf("the server does not know %s", kind)
		}
	}
}

// Every code is explained, and has a figure that is there at 0.
func TestTheServerClosesWithTheCodesOfTheContract(t *testing.T) {
	t.Parallel()
	var contract struct {
		CloseCodes map[string]string `yaml:"x-close-codes"`
	}
	if err := yaml.Unmarshal(wire.OpenAPI, &contract); err != nil {
		t.Fatal(err)
	}
	const keptForLater = "4029"
	delete(contract.CloseCodes, keptForLater)
	var ours []string
	for _, code := range closeCodes {
		ours = append(ours, strconv.Itoa(code))
	}
	if want := slices.Sorted(maps.Keys(contract.CloseCodes)); !slices.Equal(ours, want) {
		t.Errorf("the server closes with %v, the contract has %v", ours, want)
	}
}

package uimcluster_test

import (
	"fmt"
	"testing"

	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// thenEvent waits for an event about the UIMCluster.
func (s *story) thenEvent(kind, reason string) {
	s.Helper()
	s.eventually("event "+reason, func() error {
		all := s.events()
		for _, e := range all {
			if e.Type == kind && e.Reason == reason {
				return nil
			}
		}
		return fmt.Errorf("is not among %d", len(all))
	})
}

func (s *story) events() []eventsv1.Event {
	s.Helper()
	list := &eventsv1.EventList{}
	if err := kubernetes.Client.List(s.Context(), list, client.InNamespace(s.namespace)); err != nil {
		s.Fatal(err)
	}
	var about []eventsv1.Event
	for _, e := range list.Items {
		if e.Regarding.Kind == "UIMCluster" && e.Regarding.Name == "acme" {
			about = append(about, e)
		}
	}
	return about
}

// The way to Ready is one event, not one a step.
func TestEventsAreFew(t *testing.T) {
	s := newStory(t)
	s.givenRunning(`{}`)
	s.thenEvent("Normal", "Ready")
	s.afterPasses(3)
	if all := s.events(); len(all) != 1 {
		t.Errorf("there are %d events: %v", len(all), all)
	}
}

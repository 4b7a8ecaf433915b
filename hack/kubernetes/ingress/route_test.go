package main

import (
	"errors"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const oneGateway = `
metadata: {name: public, namespace: infra}
spec:
  gatewayClassName: nginx
  listeners:
  - {name: http, protocol: HTTP}
  - {name: https, protocol: HTTPS, tls: {certificateRefs: [{name: acme-tls}]}}
`

const oneRoute = `
metadata: {name: acme, namespace: chat}
spec:
  parentRefs: [{name: public, namespace: infra}]
  hostnames: [chat.example.test]
  rules:
  - matches: [{path: {type: PathPrefix, value: /}}]
    backendRefs: [{name: acme-chat, port: 8080}]
`

func TestRoutesAreServedLikeIngresses(t *testing.T) {
	cluster := objects{"chat/acme-chat": service("10.96.0.7", 8080), "infra/acme-tls": certificateSecret(t)}
	s, answers, problems := newSite(nil, []*route{parsed[route](t, oneRoute)}, []*gateway{parsed[gateway](t, oneGateway)}, cluster)
	if len(problems) > 0 || len(answers) != 1 || answers[0].err != nil {
		t.Fatalf("problems %v, answers %+v", problems, answers)
	}
	golden(t, "route", rendered(t, s))
}

func TestRoutesThatCannotBeServedAreAnswered(t *testing.T) {
	for name, test := range map[string]struct{ from, to, reason string }{
		"no such listener":    {"name: public, namespace: infra", "name: public, namespace: infra, sectionName: tcp", "NoMatchingParent"},
		"no such service":     {"name: acme-chat", "name: nowhere", "BackendNotFound"},
		"host with a command": {"chat.example.test", "'h; return 200'", "UnsupportedValue"},
		"path with a command": {"value: /", "value: '/ { return 200; }'", "BackendNotFound"},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := objects{"chat/acme-chat": service("10.96.0.7", 8080), "infra/acme-tls": certificateSecret(t)}
			r := parsed[route](t, strings.Replace(oneRoute, test.from, test.to, 1))
			s, answers, _ := newSite(nil, []*route{r}, []*gateway{parsed[gateway](t, oneGateway)}, cluster)
			if len(answers) != 1 || answers[0].err == nil || answers[0].reason != test.reason {
				t.Errorf("the answers are %+v", answers)
			}
			if text := rendered(t, s); strings.Contains(text, "return 200;\n    }") {
				t.Errorf("the bad one is there:\n%s", text)
			}
		})
	}
}

func TestRoutesOfOtherGatewaysAreLeftAlone(t *testing.T) {
	r := parsed[route](t, strings.Replace(oneRoute, "name: public", "name: other", 1))
	s, answers, _ := newSite(nil, []*route{r}, []*gateway{parsed[gateway](t, oneGateway)}, objects{})
	if len(answers) > 0 || len(s.Servers) > 0 {
		t.Errorf("answers %+v, servers %+v", answers, s.Servers)
	}
}

func TestStatusKeepsTimesOfWhatDidNotChange(t *testing.T) {
	r := parsed[route](t, oneRoute)
	before := []any{parentStatus(answer{route: r})}
	for _, c := range conditionsOf(before[0]) {
		c["lastTransitionTime"] = "then"
	}
	after := conditionsOf(keepTimes(before, []any{parentStatus(answer{route: r, reason: "BackendNotFound", err: errors.New("no such Service")})})[0])
	if after[0]["lastTransitionTime"] != "then" || after[1]["lastTransitionTime"] == "then" || after[1]["status"] != "False" {
		t.Errorf("the conditions are %v", after)
	}
}

func parsed[T any](t *testing.T, text string) *T {
	t.Helper()
	one := new(T)
	if err := yaml.Unmarshal([]byte(text), one); err != nil {
		t.Fatal(err)
	}
	return one
}

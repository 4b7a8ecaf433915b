package controllers_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"

	"uim.dev/uim/controllers"
)

// Only those whom Kubernetes lets get /metrics see which clusters there are.
func TestMetricsAreForThoseWhoMay(t *testing.T) {
	namespace := kubernetes.Namespace(t)
	address := freeAddress(t)
	startOperator(t, controllers.Options{Namespaces: []string{namespace}, MetricsAddress: address, MetricsSecure: true, Version: "1.4.0"})
	givenCluster(t, namespace, "acme")
	thenLookedAfter(t, namespace, "acme")

	prometheus, stranger := givenToken(t, namespace, "prometheus"), givenToken(t, namespace, "stranger")
	givenMetricsReader(t, namespace, "prometheus")
	text := ""
	err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, 30*time.Second, true, func(context.Context) (bool, error) {
		code, body := scrape(t, address, prometheus)
		text = body
		return code == http.StatusOK && strings.Contains(body, "uim_operator_certificate_expiry"), nil
	})
	if err != nil {
		t.Fatalf("%v: Prometheus reads %s", err, text)
	}
	for token, want := range map[string]int{"": http.StatusUnauthorized, "forged": http.StatusUnauthorized, stranger: http.StatusForbidden} {
		if code, body := scrape(t, address, token); code != want || strings.Contains(body, "uim_") {
			t.Errorf("who comes with %.6q gets %d, want %d", token, code, want)
		}
	}
	for _, want := range []string{
		fmt.Sprintf(`uim_operator_cluster_condition{condition="Ready",uim_cluster="acme",uim_namespace=%q} 0`, namespace),
		fmt.Sprintf(`uim_operator_cluster_phase{phase="Installing",uim_cluster="acme",uim_namespace=%q} 1`, namespace),
		fmt.Sprintf(`uim_operator_cluster_phase{phase="Running",uim_cluster="acme",uim_namespace=%q} 0`, namespace),
		fmt.Sprintf(`uim_operator_certificate_expiry_timestamp_seconds{secret="acme-postgres-tls",uim_cluster="acme",uim_namespace=%q}`, namespace),
		"controller_runtime_reconcile_errors_total{controller=\"uimcluster\"}",
		"workqueue_longest_running_processor_seconds{controller=\"uimcluster\"",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s", want)
		}
	}
	documented := namesIn(t, regexp.MustCompile("(?m)^\\| `(uim_[a-z_]+)` \\|"), readFile(t, "../docs/operator-metrics.md"))
	if served := namesIn(t, regexp.MustCompile(`(?m)^# TYPE (uim_[a-z_]+) `), text); !slices.Equal(served, documented) {
		t.Errorf("it serves %v, docs/operator-metrics.md has %v", served, documented)
	}

	if err := kubernetes.Client.Delete(t.Context(), clusterNamed(namespace, "acme")); err != nil {
		t.Fatal(err)
	}
	err = wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, 30*time.Second, true, func(context.Context) (bool, error) {
		_, text = scrape(t, address, prometheus)
		return !strings.Contains(text, `uim_namespace="`+namespace), nil
	})
	if err != nil {
		t.Errorf("%v: the figures of a cluster that is gone stay", err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// givenToken is that of a ServiceAccount.
func givenToken(t *testing.T, namespace, name string) string {
	t.Helper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	if err := kubernetes.Client.Create(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	request := &authenticationv1.TokenRequest{}
	if err := kubernetes.Client.SubResource("token").Create(t.Context(), account, request); err != nil {
		t.Fatal(err)
	}
	return request.Status.Token
}

func givenMetricsReader(t *testing.T, namespace, account string) {
	t.Helper()
	at := metav1.ObjectMeta{Name: namespace + "-" + account}
	role := &rbacv1.ClusterRole{ObjectMeta: at, Rules: []rbacv1.PolicyRule{{NonResourceURLs: []string{"/metrics"}, Verbs: []string{"get"}}}}
	if err := kubernetes.Client.Create(t.Context(), role); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: at, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: at.Name},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: account}},
	}
	if err := kubernetes.Client.Create(t.Context(), binding); err != nil {
		t.Fatal(err)
	}
}

// scrape reads /metrics; the code is 0 while nobody listens.
func scrape(t *testing.T, address, token string) (code int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+address+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	// The operator signs its certificate itself.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// namesIn are sorted.
func namesIn(t *testing.T, pattern *regexp.Regexp, text string) []string {
	t.Helper()
	var names []string
	for _, match := range pattern.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
	}
	slices.Sort(names)
	return names
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

package controllers_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/controllers"
)

// The API server restarts under a running operator, in the middle of making a cluster:
// the operator sees it through, with the passwords that it had made, and what happens
// afterwards reaches it as before.
func TestAPIServerRestarts(t *testing.T) {
	namespace := kubernetes.Namespace(t)
	startOperator(t, controllers.Options{Namespaces: []string{namespace}})
	givenCluster(t, namespace, "before")
	thenLookedAfter(t, namespace, "before")
	givenCluster(t, namespace, "amid")
	secret, service := &corev1.Secret{}, &corev1.Service{}
	thenFound(t, namespace, "before-postgres", secret)
	password := secret.Data["password"]

	kubernetes.RestartAPIServer(t, func() {
		if err := kubernetes.Client.Get(t.Context(), client.ObjectKeyFromObject(secret), secret); err == nil {
			t.Fatal("the API server is there")
		}
	})

	thenLookedAfter(t, namespace, "amid")
	givenCluster(t, namespace, "after")
	thenLookedAfter(t, namespace, "after")
	for _, name := range []string{"before", "amid", "after"} {
		thenFound(t, namespace, name+"-redis", service)
	}
	thenFound(t, namespace, "before-postgres", service)
	if err := kubernetes.Client.Delete(t.Context(), service); err != nil {
		t.Fatal(err)
	}
	gone := service.UID
	eventually(t, "another Service", func() error {
		if err := kubernetes.Client.Get(t.Context(), client.ObjectKeyFromObject(service), service); err != nil {
			return err
		}
		if service.UID == gone {
			return errors.New("it is the deleted one")
		}
		return nil
	})
	thenFound(t, namespace, "before-postgres", secret)
	if !bytes.Equal(secret.Data["password"], password) {
		t.Error("the password is another one")
	}
}

func thenFound(t *testing.T, namespace, name string, object client.Object) {
	t.Helper()
	eventually(t, name, func() error {
		return kubernetes.Client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, object)
	})
}

func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, 30*time.Second, true, func(context.Context) (bool, error) {
		last = try()
		return last == nil, nil
	})
	if err != nil {
		t.Fatalf("%s: %v", what, last)
	}
}

// Package testenv gives tests a real API server: etcd and kube-apiserver from the
// folder in KUBEBUILDER_ASSETS, with the CRDs of this repository. There is no
// kubelet and no controller manager; tests play their parts.
package testenv

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"uim.dev/uim/api/v1alpha1"
)

// Environment is a running API server.
type Environment struct {
	// Config is that of an administrator.
	Config *rest.Config
	// Client is the administrator's; it has no cache.
	Client client.WithWatch
	// Root is the folder of this repository.
	Root string

	control *envtest.Environment
}

// Run starts an API server, gives it to prepare, runs the tests of a package and
// answers their exit code. What prepare answers is called before the end. Run fails,
// and never skips, without KUBEBUILDER_ASSETS.
func Run(m *testing.M, prepare func(*Environment) (stop func(), err error)) (code int) {
	flag.Parse()
	e, err := start()
	if err != nil {
		fmt.Fprintln(os.Stderr, "FAIL: no API server for the tests:", err)
		return 1
	}
	defer func() {
		if err := stop(e.control); err != nil {
			fmt.Fprintln(os.Stderr, "FAIL: the API server did not stop:", err)
			code = 1
		}
	}()
	stop, err := prepare(e)
	if err != nil {
		fmt.Fprintln(os.Stderr, "FAIL: the tests could not be prepared:", err)
		return 1
	}
	defer stop()
	return m.Run()
}

func start() (*Environment, error) {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		return nil, errors.New("set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl; hack/kubernetes/binaries.sh makes one and prints it")
	}
	root, err := repository()
	if err != nil {
		return nil, err
	}
	control := &envtest.Environment{
		CRDDirectoryPaths:     []string{filepath.Join(root, "config", "crd", "bases")},
		ErrorIfCRDPathMissing: true,
	}
	// Of its own folder the API server would make a new one at each start.
	control.ControlPlane.GetAPIServer().CertDir, err = os.MkdirTemp("", "uim-testenv-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for certificates: %w", err)
	}
	// Each test makes Services, and nothing ever frees their addresses.
	control.ControlPlane.GetAPIServer().Configure().Set("service-cluster-ip-range", "10.0.0.0/16")
	config, err := control.Start()
	if err != nil {
		return nil, fmt.Errorf("start etcd and kube-apiserver: %w", errors.Join(err, stop(control)))
	}
	// Tests wait for the API server, not for the client's own rate limit.
	config.QPS = -1
	c, err := client.NewWithWatch(config, client.Options{Scheme: Scheme()})
	if err != nil {
		return nil, fmt.Errorf("make a client: %w", errors.Join(err, stop(control)))
	}
	return &Environment{Config: config, Client: c, Root: root, control: control}, nil
}

func stop(control *envtest.Environment) error {
	return errors.Join(control.Stop(), os.RemoveAll(control.ControlPlane.GetAPIServer().CertDir))
}

// As is the configuration of another user, with no rights but those granted.
func (e *Environment) As(name string, groups ...string) (*rest.Config, error) {
	user, err := e.control.AddUser(envtest.User{Name: name, Groups: groups}, e.Config)
	if err != nil {
		return nil, fmt.Errorf("add user %s: %w", name, err)
	}
	return user.Config(), nil
}

// Kubectl runs an administrator's kubectl and
// answers what it printed.
func (e *Environment) Kubectl(args ...string) (string, error) {
	user, err := e.control.AddUser(envtest.User{Name: "kubectl", Groups: []string{"system:masters"}}, nil)
	if err != nil {
		return "", fmt.Errorf("add user kubectl: %w", err)
	}
	kubectl, err := user.Kubectl()
	if err != nil {
		return "", fmt.Errorf("set up kubectl: %w", err)
	}
	stdout, stderr, err := kubectl.Run(args...)
	var text strings.Builder
	for _, output := range []io.Reader{stdout, stderr} {
		if _, copyErr := io.Copy(&text, output); copyErr != nil {
			return "", fmt.Errorf("read what kubectl printed: %w", copyErr)
		}
	}
	if err != nil {
		return text.String(), fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, text.String())
	}
	return text.String(), nil
}

// Namespace makes a namespace for one test, in which only pods that satisfy the Pod
// Security Standard "restricted" are admitted. It ends with the API server.
func (e *Environment) Namespace(t *testing.T) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "test-",
		Labels:       map[string]string{"pod-security.kubernetes.io/enforce": "restricted"},
	}}
	if err := e.Client.Create(t.Context(), namespace); err != nil {
		t.Fatalf("make a namespace: %v", err)
	}
	return namespace.Name
}

// Scheme knows the types of Kubernetes and of UIM.
func Scheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			panic(err) // Only a programming error can make it fail.
		}
	}
	return scheme
}

// repository is the folder of go.mod, upwards from that of the test.
func repository() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the working folder: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", errors.New("no go.mod above the working folder")
		}
		folder = parent
	}
}

package metrics

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-logr/logr"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/cache"
	authenticationclient "k8s.io/client-go/kubernetes/typed/authentication/v1"
	authorizationclient "k8s.io/client-go/kubernetes/typed/authorization/v1"
	"k8s.io/client-go/rest"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const (
	// rememberLeave is how long who may read may go on after they no longer may.
	rememberLeave = time.Minute
	// rememberRefusal is how long who may not read waits when they are given the right.
	rememberRefusal = 10 * time.Second
	// rememberedReaders bounds what is kept of strangers.
	rememberedReaders = 1024
)

// readers knows who may read the figures. Its methods may be called at any time.
type readers struct {
	tokens  authenticationclient.TokenReviewInterface
	rights  authorizationclient.SubjectAccessReviewInterface
	answers *cache.LRUExpireCache // status codes, by token and request
}

// OnlyReaders asks Kubernetes whom a bearer token belongs to and whether they may do
// what they ask for: who has none, or an unknown one, gets 401, who may not 403. When
// Kubernetes can't be asked nobody new gets in.
//
// That of controller-runtime does the same with the libraries of the API server: a
// fifth of all packages of the binary were there for it alone.
func OnlyReaders(config *rest.Config, client *http.Client) (metricsserver.Filter, error) {
	tokens, err := authenticationclient.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, fmt.Errorf("make a client for tokens: %w", err)
	}
	rights, err := authorizationclient.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, fmt.Errorf("make a client for rights: %w", err)
	}
	r := &readers{tokens.TokenReviews(), rights.SubjectAccessReviews(), cache.NewLRUExpireCache(rememberedReaders)}
	return r.guard, nil
}

func (r *readers) guard(log logr.Logger, figures http.Handler) (http.Handler, error) {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		code, err := r.judge(request)
		switch {
		case err != nil:
			log.Error(err, "Could not tell who may read the metrics")
			http.Error(w, "Kubernetes could not be asked who may read this", http.StatusServiceUnavailable)
		case code != http.StatusOK:
			http.Error(w, http.StatusText(code), code)
		default:
			figures.ServeHTTP(w, request)
		}
	}), nil
}

func (r *readers) judge(request *http.Request) (code int, err error) {
	scheme, token, _ := strings.Cut(request.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "bearer") || token == "" {
		return http.StatusUnauthorized, nil
	}
	wish := &authorizationv1.NonResourceAttributes{Path: request.URL.Path, Verb: strings.ToLower(request.Method)}
	key := sha256.Sum256([]byte(wish.Verb + " " + wish.Path + " " + token))
	if known, ok := r.answers.Get(key); ok {
		if code, ok := known.(int); ok {
			return code, nil
		}
	}
	code, err = r.ask(request.Context(), token, wish)
	if err != nil {
		return 0, err
	}
	remember := rememberRefusal
	if code == http.StatusOK {
		remember = rememberLeave
	}
	r.answers.Add(key, code, remember)
	return code, nil
}

func (r *readers) ask(ctx context.Context, token string, wish *authorizationv1.NonResourceAttributes) (code int, err error) {
	who, err := r.tokens.Create(ctx, &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token}}, metav1.CreateOptions{})
	if err != nil {
		return 0, fmt.Errorf("ask whose token it is: %w", err)
	}
	if !who.Status.Authenticated {
		return http.StatusUnauthorized, nil
	}
	user := who.Status.User
	extra := map[string]authorizationv1.ExtraValue{}
	for key, values := range user.Extra {
		extra[key] = authorizationv1.ExtraValue(values)
	}
	may, err := r.rights.Create(ctx, &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user.Username, UID: user.UID, Groups: user.Groups, Extra: extra, NonResourceAttributes: wish,
	}}, metav1.CreateOptions{})
	if err != nil {
		return 0, fmt.Errorf("ask what they may: %w", err)
	}
	if !may.Status.Allowed || may.Status.Denied {
		return http.StatusForbidden, nil
	}
	return http.StatusOK, nil
}

package resources

// websocketAnnotations are what the usual ingress controllers need for connections
// that stay open for hours. Each controller reads those of its own prefix and no
// others, so they need no knowledge of which one serves the class. Those of HAProxy,
// Traefik, Istio and Cilium need none.
//
// A heartbeat passes every 30 s, in both directions. An hour without a byte is far
// beyond that: it never ends a connection that the chat servers think alive. Bodies
// may be larger than the 1 MiB that the chat servers take, so that these refuse what is
// too big and say so in their own words.
func websocketAnnotations(c Cluster) map[string]string {
	return map[string]string{
		// ingress-nginx. Its read timeout is 60 s otherwise.
		"nginx.ingress.kubernetes.io/proxy-read-timeout": "3600",
		"nginx.ingress.kubernetes.io/proxy-send-timeout": "3600",
		"nginx.ingress.kubernetes.io/proxy-body-size":    "2m",
		"nginx.ingress.kubernetes.io/proxy-buffering":    "off",
		// F5's NGINX Ingress Controller. It upgrades connections of listed Services only.
		"nginx.org/websocket-services":   ChatServiceName(c),
		"nginx.org/proxy-read-timeout":   "3600s",
		"nginx.org/proxy-send-timeout":   "3600s",
		"nginx.org/client-max-body-size": "2m",
		"nginx.org/proxy-buffering":      "False",
		// Contour. It upgrades connections of listed paths only, and gives up on a
		// response after 15 s otherwise.
		"projectcontour.io/websocket-routes": "/",
		"projectcontour.io/response-timeout": "infinity",
	}
}

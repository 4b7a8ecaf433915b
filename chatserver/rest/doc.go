// Package rest is the HTTP side of the server: routes, middleware, and the
// translation between JSON and the chat services. Requests and answers are the
// types of package wire, generated from openapi.yaml.
package rest

// Package controllers is the operator: it makes UIMClusters real. It knows nothing
// of chat; with the chat server it shares a binary, an image and a contract of
// environment variables.
package controllers

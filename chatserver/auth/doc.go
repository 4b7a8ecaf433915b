// Package auth knows who someone is: accounts and passwords, sessions with
// their rotating refresh tokens, short-lived access tokens, and the keys that
// sign them.
package auth

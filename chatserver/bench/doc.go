// Package bench is `uim bench`: load generators that speak the public contract,
// and the stand that runs them all against a server of its own, beside a bare
// one, and reports what they cost.
//
// The generator shares the machine with what it measures. It is therefore kept
// light: frames are made from prepared text and read without decoding their
// JSON, and where a figure is processor time it is the server's and Postgres's
// own, read from /proc.
package bench

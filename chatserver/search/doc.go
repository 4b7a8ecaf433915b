// Package search is what finding messages by their words means: which words a
// text has, what a query asks for, whether a text answers it and where. It is
// the same for what Postgres has indexed, whose text forms it writes, and for
// what is looked through message by message.
//
// A text is told apart here rather than by Postgres' parser, which depends on
// the locale of the database and knows no words of Chinese, Japanese and Korean.
package search

// Version names the way in which texts are taken apart. A change of it has all
// messages indexed anew.
const Version = "1"

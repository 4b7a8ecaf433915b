// Package chat is the domain: people, conversations, members and messages, the
// rules that hold among them, and the services that carry those rules out.
//
// It knows no database, no network and no encoding. What it needs of the world
// it names as small interfaces, which the adapters (postgres, redis, realtime)
// implement and chatserver.New joins.
//
// The promise the package keeps: a message whose Send has answered is stored;
// it is stored once for each (sender, client message id); and in a conversation
// seq counts 1, 2, 3 … without gaps in commit order.
package chat

package faults

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/history"
	"uim.dev/uim/chatserver/wire"
)

// The group is of everybody. While they write, its owner takes some of them out
// and lets them in again, at one node and then at another, whatever is broken.

// movePause is between two changes of the group.
const movePause = 100 * time.Millisecond

// movers are those who come and go: some at each node, with one device or two.
func (w *world) movers() (people []int) {
	for i := range w.accounts {
		if i%5 >= 2 && i%5 <= 3 {
			people = append(people, i)
		}
	}
	return people
}

func (w *world) makeGroup(ctx context.Context) (wire.Conversation, error) {
	request := wire.CreateGroupRequest{Name: "everybody " + w.run}
	for _, a := range w.accounts[1:] {
		request.MemberIds = append(request.MemberIds, a.User.ID)
	}
	return history.Call[wire.Conversation](ctx, w.accounts[0], http.MethodPost, "/api/conversations/group", request)
}

func (w *world) group() uuid.UUID { return w.conversations[len(w.conversations)-1] }

// moveMembers changes the group until enough is written. In the end the first of
// the movers is out, by a removal, and the others are in, by what was done at the
// first node.
func (w *world) moveMembers(ctx context.Context) error {
	movers := w.movers()
	for i := 0; !w.enough.Load(); i++ {
		_ = w.seat(ctx, movers[i%len(movers)], i/len(movers)%2 == 1, i) // else the system is broken right now
		if wait(ctx, movePause) != nil {
			return nil //nolint:nilerr // the run is over
		}
	}
	for i, person := range movers {
		for _, in := range []bool{i == 0, i > 0} {
			for w.seat(ctx, person, in, 0) != nil {
				if wait(ctx, movePause) != nil {
					return nil //nolint:nilerr // the run is over
				}
			}
		}
	}
	w.seated.Store(true)
	return nil
}

// seat lets somebody into the group or takes them out, at a node.
func (w *world) seat(ctx context.Context, person int, in bool, node int) error {
	owner, user, path := w.accounts[0], w.accounts[person].User.ID, "/api/conversations/"+w.group().String()+"/members"
	if in {
		_, err := history.CallAt[wire.MemberList](ctx, owner, node, http.MethodPost, path, wire.AddMembersRequest{UserIds: []uuid.UUID{user}})
		return unlessCode(err, "already_member")
	}
	_, err := history.CallAt[struct{}](ctx, owner, node, http.MethodDelete, path+"/"+user.String(), nil)
	return unlessCode(err, "not_found")
}

// unlessCode forgives an answer that says that it is done already.
func unlessCode(err error, code string) error {
	if refusal, ok := errors.AsType[*history.RefusalError](err); ok && refusal.Code == code {
		return nil
	}
	return err
}

// outside reports whether a device's person is out of a conversation in the end.
func (w *world) outside(d device, conversation uuid.UUID) bool {
	return conversation == w.group() && d.person == w.movers()[0]
}

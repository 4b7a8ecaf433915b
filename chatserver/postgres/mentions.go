package postgres

import (
	"context"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
)

// callersOfAll are the roles whose members may call everybody.
var callersOfAll = func() (roles []string) {
	for _, r := range chat.RolesWith(chat.PermitMentionAll) {
		roles = append(roles, string(r))
	}
	return roles
}()

// addMentions adds to an append whom the drafts call. Names are looked up before
// it, since they never change hands: an append has nothing to do with people.
// What mentions nobody costs nothing here.
func (s *Store) addMentions(ctx context.Context, arg *queries.AppendMessagesParams, drafts []chat.Draft) error {
	arg.MentionOrds, arg.MentionIds, arg.CallersOfAll = []int32{}, []uuid.UUID{}, callersOfAll
	var names []string
	for i, d := range drafts {
		names = append(names, d.Mentions...)
		if d.MentionsAll {
			arg.MentionOrds, arg.MentionIds = append(arg.MentionOrds, int32(i)), append(arg.MentionIds, uuid.Nil)
		}
	}
	if len(names) == 0 {
		return nil
	}
	rows, err := again(ctx, func() ([]queries.UserIDsByNameRow, error) { return s.q.UserIDsByName(ctx, s.pool, names) })
	if err != nil {
		return wrap("looking up who is mentioned", err)
	}
	ids := make(map[string]uuid.UUID, len(rows))
	for _, r := range rows {
		ids[r.Name] = r.ID
	}
	for i, d := range drafts {
		for _, name := range d.Mentions {
			if id, known := ids[name]; known {
				arg.MentionOrds, arg.MentionIds = append(arg.MentionOrds, int32(i)), append(arg.MentionIds, id)
			}
		}
	}
	return nil
}

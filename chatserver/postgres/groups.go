package postgres

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
)

// CreateGroup implements chat.GroupStore.
func (s *Store) CreateGroup(ctx context.Context, g chat.CreatedGroup, admit func([]chat.Person) error) (chat.GroupChanged, error) {
	changed := chat.GroupChanged{ConversationID: g.ID, GroupChange: chat.GroupChange{Add: append([]uuid.UUID{g.By}, g.Members...)}}
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		there, err := s.q.LockPeople(ctx, tx, changed.Add)
		if err == nil && !slices.Contains(there, g.By) {
			err = chat.ErrNotFound
		}
		if err != nil {
			return err
		}
		people, err := s.people(ctx, tx, g.ID, g.By, g.Members)
		if err == nil {
			err = admit(people)
		}
		if err != nil {
			return err
		}
		changed.Messages, err = s.storeGroup(ctx, tx, g)
		return err
	})
	return changed, groupError("creating a group", err)
}

func (s *Store) storeGroup(ctx context.Context, tx pgx.Tx, g chat.CreatedGroup) ([]chat.Message, error) {
	err := s.q.CreateGroup(ctx, tx, queries.CreateGroupParams{
		ID: g.ID, Name: g.Name, Description: g.Description, AvatarUrl: g.AvatarURL, HistoryVisible: g.HistoryVisible,
		MemberCount: int32(1 + len(g.Members)), CreatedBy: g.By,
	})
	if err == nil {
		err = s.q.CreateHead(ctx, tx, g.ID)
	}
	if err == nil {
		err = s.q.AddMembers(ctx, tx, queries.AddMembersParams{ConversationID: g.ID, UserIds: []uuid.UUID{g.By}, Role: string(chat.RoleOwner)})
	}
	if err == nil {
		err = s.q.AddMembers(ctx, tx, queries.AddMembersParams{ConversationID: g.ID, UserIds: g.Members, Role: string(chat.RoleMember)})
	}
	if err != nil {
		return nil, err
	}
	return s.notices(ctx, tx, g.ID, 0, g.Events)
}

// groupError tells what a caller can be told from other failures.
func groupError(doing string, err error) error {
	if e, refused := errors.AsType[*chat.Error](err); refused {
		return e
	}
	return wrap(doing, err)
}

// ChangeGroup implements chat.GroupStore. People are locked before the head, as
// by those who delete accounts and block; with the head held nobody else changes
// the group and no message is on its way into it.
func (s *Store) ChangeGroup(ctx context.Context, q chat.GroupQuery, decide func(chat.GroupState) (chat.GroupChange, error)) (chat.GroupChanged, error) {
	changed := chat.GroupChanged{ConversationID: q.ConversationID}
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if q.Joining {
			if _, err := s.q.LockPeople(ctx, tx, append([]uuid.UUID{q.Actor}, q.People...)); err != nil {
				return err
			}
		}
		head, err := s.q.LockHead(ctx, tx, q.ConversationID)
		if err != nil {
			return err
		}
		state, err := s.groupState(ctx, tx, q)
		if err != nil {
			return err
		}
		if changed.GroupChange, err = decide(state); err != nil {
			return err
		}
		changed.Messages, err = s.applyToGroup(ctx, tx, q.ConversationID, head, changed.GroupChange)
		return err
	})
	return changed, groupError("changing a group", err)
}

// groupState reads what a change is judged by. The head is held.
func (s *Store) groupState(ctx context.Context, tx pgx.Tx, q chat.GroupQuery) (chat.GroupState, error) {
	row, err := s.q.Group(ctx, tx, q.ConversationID)
	if err != nil {
		return chat.GroupState{}, err
	}
	people, err := s.people(ctx, tx, q.ConversationID, q.Actor, append([]uuid.UUID{q.Actor}, q.People...))
	if err != nil {
		return chat.GroupState{}, err
	}
	state := chat.GroupState{
		Kind: chat.Kind(row.Kind), Name: row.Name, Description: row.Description, AvatarURL: row.AvatarUrl, HistoryVisible: row.HistoryVisible,
		MemberCount: int(row.MemberCount), Actor: people[0], People: people[1:], Heir: row.Heir, Now: row.Moment,
	}
	if q.InvitationID == uuid.Nil {
		return state, nil
	}
	invitation, err := s.q.InvitationOf(ctx, tx, queries.InvitationOfParams{ID: q.InvitationID, ConversationID: q.ConversationID})
	if errors.Is(err, pgx.ErrNoRows) {
		return state, nil
	}
	found := toInvitation(invitation)
	state.Invitation = &found
	return state, err
}

func (s *Store) people(ctx context.Context, tx pgx.Tx, group, actor uuid.UUID, ids []uuid.UUID) ([]chat.Person, error) {
	rows, err := s.q.PeopleForGroup(ctx, tx, queries.PeopleForGroupParams{ConversationID: group, Actor: actor, Ids: ids})
	people := make([]chat.Person, len(rows))
	for i, r := range rows {
		people[i] = chat.Person{ID: r.ID, Exists: r.Account, Role: chat.Role(r.Role), Blocked: r.Blocked}
	}
	return people, err
}

// applyToGroup does what was decided. The head is held and stands at seq.
func (s *Store) applyToGroup(ctx context.Context, tx pgx.Tx, group uuid.UUID, seq int64, c chat.GroupChange) ([]chat.Message, error) {
	for _, e := range c.Audited {
		if err := s.note(ctx, tx, e); err != nil {
			return nil, err
		}
	}
	if c.Delete {
		return nil, s.q.DeleteGroup(ctx, tx, group)
	}
	if err := s.applyToMembers(ctx, tx, group, seq, c); err != nil {
		return nil, err
	}
	if err := s.applyToInvitations(ctx, tx, group, c); err != nil {
		return nil, err
	}
	if c.Update != (chat.GroupUpdate{}) {
		err := s.q.UpdateGroup(ctx, tx, queries.UpdateGroupParams{
			ID: group, Name: c.Update.Name, Description: c.Update.Description, AvatarUrl: c.Update.AvatarURL, HistoryVisible: c.Update.HistoryVisible,
		})
		if err != nil {
			return nil, err
		}
	}
	return s.notices(ctx, tx, group, seq, c.Events)
}

// applyToMembers lets members go before it changes roles: a group never has two owners.
func (s *Store) applyToMembers(ctx context.Context, tx pgx.Tx, group uuid.UUID, seq int64, c chat.GroupChange) error {
	if len(c.Remove) > 0 {
		if err := s.q.LeaveGroup(ctx, tx, queries.LeaveGroupParams{ConversationID: group, UserIds: c.Remove}); err != nil {
			return err
		}
	}
	if len(c.Add) > 0 {
		if err := s.q.JoinGroup(ctx, tx, queries.JoinGroupParams{ConversationID: group, Seq: seq, UserIds: c.Add}); err != nil {
			return err
		}
	}
	for _, r := range c.Roles {
		if err := s.q.SetRole(ctx, tx, queries.SetRoleParams{ConversationID: group, UserID: r.UserID, Role: string(r.Role)}); err != nil {
			return err
		}
	}
	more := len(c.Add) - len(c.Remove)
	if more == 0 {
		return nil
	}
	return s.q.CountMembers(ctx, tx, queries.CountMembersParams{ID: group, More: int32(more)})
}

// notices stores messages of the system after seq.
func (s *Store) notices(ctx context.Context, tx pgx.Tx, group uuid.UUID, seq int64, events []chat.SystemEvent) ([]chat.Message, error) {
	if len(events) == 0 {
		return nil, nil
	}
	arg := queries.AppendNoticesParams{ConversationID: group}
	for i, e := range events {
		id, err := uuid.NewV7()
		if err != nil {
			return nil, err
		}
		arg.Seqs, arg.Ids = append(arg.Seqs, seq+int64(i)+1), append(arg.Ids, id)
		arg.Contents, arg.Events = append(arg.Contents, e.Text()), append(arg.Events, string(e.JSON()))
	}
	rows, err := s.q.AppendNotices(ctx, tx, arg)
	messages := toMessages(rows)
	slices.SortFunc(messages, func(a, b chat.Message) int { return cmp.Compare(a.Seq, b.Seq) })
	return messages, err
}

// leaveGroups takes somebody out of all groups whose account ends. The heads are held.
func (s *Store) leaveGroups(ctx context.Context, tx pgx.Tx, user uuid.UUID) ([]chat.GroupChanged, error) {
	groups, err := s.q.GroupsOf(ctx, tx, user)
	if err != nil {
		return nil, err
	}
	all := make([]chat.GroupChanged, 0, len(groups))
	for _, id := range groups {
		head, err := s.q.LockHead(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		state, err := s.groupState(ctx, tx, chat.GroupQuery{ConversationID: id, Actor: user})
		if err != nil {
			return nil, err
		}
		left := chat.GroupChanged{ConversationID: id}
		if left.GroupChange, err = chat.DecideDeparture(state); err != nil {
			return nil, err
		}
		if left.Messages, err = s.applyToGroup(ctx, tx, id, head, left.GroupChange); err != nil {
			return nil, err
		}
		all = append(all, left)
	}
	return all, nil
}

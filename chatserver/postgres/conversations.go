package postgres

import (
	"cmp"
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
)

var errBlocked error = &chat.Error{Code: chat.CodeBlocked}

// OpenDirect implements chat.ConversationStore.
func (s *Store) OpenDirect(ctx context.Context, id, opener, peer uuid.UUID) (uuid.UUID, bool, error) {
	low, high := ordered(opener, peer)
	if blocked, err := s.BlockedEither(ctx, low, high); err != nil || blocked {
		return uuid.Nil, false, cmp.Or(err, errBlocked)
	}
	existing, err := s.q.DirectBetween(ctx, s.pool, queries.DirectBetweenParams{Low: &low, High: &high})
	if !errors.Is(err, pgx.ErrNoRows) {
		return existing, false, wrap("looking up a direct conversation", err)
	}
	created := true
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		people, err := s.q.LockPeople(ctx, tx, []uuid.UUID{low, high})
		if err != nil {
			return err
		}
		if len(people) != 2 {
			return chat.ErrNotFound
		}
		blocked, err := s.q.BlockedEither(ctx, tx, queries.BlockedEitherParams{Low: low, High: high}) // now that no other can begin
		if err != nil || blocked {
			return cmp.Or(err, errBlocked)
		}
		_, err = s.q.CreateDirect(ctx, tx, queries.CreateDirectParams{ID: id, CreatedBy: opener, Low: &low, High: &high})
		if errors.Is(err, pgx.ErrNoRows) { // the other one was faster
			created = false
			id, err = s.q.DirectBetween(ctx, tx, queries.DirectBetweenParams{Low: &low, High: &high})
			return err
		}
		if err != nil {
			return err
		}
		if err := s.q.CreateHead(ctx, tx, id); err != nil {
			return err
		}
		return s.q.AddMembers(ctx, tx, queries.AddMembersParams{
			ConversationID: id, UserIds: []uuid.UUID{low, high}, Role: string(chat.RoleMember)})
	})
	if e, refused := errors.AsType[*chat.Error](err); refused {
		return uuid.Nil, false, e
	}
	return id, created, wrap("opening a direct conversation", err)
}

// JoinedSeq implements chat.MembershipReader.
func (s *Store) JoinedSeq(ctx context.Context, conversation, user uuid.UUID) (int64, error) {
	seq, err := again(ctx, func() (int64, error) {
		return s.q.JoinedSeq(ctx, s.pool, queries.JoinedSeqParams{ConversationID: conversation, UserID: user})
	})
	return seq, wrap("looking up a membership", err)
}

// Members implements chat.ConversationStore.
func (s *Store) Members(ctx context.Context, viewer, conversation, after uuid.UUID, limit int) ([]chat.Member, error) {
	rows, err := s.q.Members(ctx, s.pool, queries.MembersParams{Viewer: viewer, ConversationID: conversation, After: after, PageSize: int32(limit)})
	members := make([]chat.Member, len(rows))
	for i, r := range rows {
		members[i] = chat.Member{
			User: chat.User{ID: r.ID, Username: r.Username, DisplayName: r.DisplayName, AvatarURL: r.AvatarUrl, CreatedAt: r.CreatedAt},
			Role: chat.Role(r.Role), JoinedAt: r.JoinedAt, DeliveredSeq: r.DeliveredSeq, ReadSeq: r.ReadSeq,
		}
		if r.Deleted {
			members[i].User = deleted(members[i].User)
		}
	}
	return members, wrap("listing members", err)
}

// ConversationIDs returns the conversations that a user belongs to.
func (s *Store) ConversationIDs(ctx context.Context, user uuid.UUID) ([]uuid.UUID, error) {
	return ask(ctx, s.gathered.memberships, user)
}

// AdvanceCursors implements chat.CursorStore.
func (s *Store) AdvanceCursors(ctx context.Context, moves []chat.CursorsMoved) ([]chat.CursorsMoved, error) {
	var arg queries.AdvanceCursorsParams
	for _, m := range moves {
		arg.ConversationIds = append(arg.ConversationIds, m.ConversationID)
		arg.UserIds = append(arg.UserIds, m.UserID)
		arg.DeliveredSeqs = append(arg.DeliveredSeqs, m.DeliveredSeq)
		arg.ReadSeqs = append(arg.ReadSeqs, m.ReadSeq)
	}
	rows, err := s.q.AdvanceCursors(ctx, s.pool, arg)
	moved := make([]chat.CursorsMoved, len(rows))
	for i, r := range rows {
		moved[i] = chat.CursorsMoved(r)
	}
	return moved, wrap("advancing cursors", err)
}

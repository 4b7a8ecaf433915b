package postgres

import (
	"cmp"
	"context"
	"errors"
	"strings"

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

// VisibleSpan implements chat.MembershipReader.
func (s *Store) VisibleSpan(ctx context.Context, conversation, user uuid.UUID) (after, through int64, err error) {
	row, err := again(ctx, func() (queries.VisibleSpanRow, error) {
		return s.q.VisibleSpan(ctx, s.pool, queries.VisibleSpanParams{ConversationID: conversation, UserID: user})
	})
	return row.JoinedSeq, row.LastSeq, wrap("looking up a membership", err)
}

// Members implements chat.ConversationStore.
func (s *Store) Members(ctx context.Context, viewer, conversation uuid.UUID, q chat.MemberQuery) ([]chat.Member, error) {
	arg := queries.MembersParams{Viewer: viewer, ConversationID: conversation, After: q.After, PageSize: int32(q.Limit), Parts: []string{}}
	if q.Search != "" {
		arg.Searching, arg.UsernamePattern = true, likePrefix(strings.ToLower(q.Search))
		arg.NameQuery, arg.Parts = nameSearch(q.Search)
	}
	rows, err := s.q.Members(ctx, s.pool, arg)
	return toMembers(rows, func(r queries.MembersRow) queries.MembersByIDRow { return queries.MembersByIDRow(r) }), wrap("listing members", err)
}

// MembersByID implements chat.ConversationStore.
func (s *Store) MembersByID(ctx context.Context, viewer, conversation uuid.UUID, ids []uuid.UUID) ([]chat.Member, error) {
	rows, err := s.q.MembersByID(ctx, s.pool, queries.MembersByIDParams{Viewer: viewer, ConversationID: conversation, Ids: ids})
	return toMembers(rows, func(r queries.MembersByIDRow) queries.MembersByIDRow { return r }), wrap("looking up members", err)
}

func toMembers[R any](rows []R, as func(R) queries.MembersByIDRow) []chat.Member {
	members := make([]chat.Member, len(rows))
	for i, row := range rows {
		r := as(row)
		members[i] = chat.Member{
			User: chat.User{ID: r.ID, Username: r.Username, DisplayName: r.DisplayName, AvatarURL: r.AvatarUrl, CreatedAt: r.CreatedAt},
			Role: chat.Role(r.Role), JoinedAt: r.JoinedAt, DeliveredSeq: r.DeliveredSeq, ReadSeq: r.ReadSeq,
		}
		if r.Deleted {
			members[i].User = deleted(members[i].User)
		}
	}
	return members
}

// PlacesIn returns the conversations that a user belongs to, and their places in them.
func (s *Store) PlacesIn(ctx context.Context, user uuid.UUID) (map[uuid.UUID]chat.Place, error) {
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

package postgres

import (
	"context"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres/queries"
)

// Views implements chat.ConversationStore.
func (s *Store) Views(ctx context.Context, viewer uuid.UUID, after *chat.ActivityPosition, limit int) ([]chat.Conversation, error) {
	if after == nil && limit == chat.SyncConversations {
		return ask(ctx, s.gathered.views, viewer)
	}
	arg := queries.ConversationViewsParams{Viewer: viewer, PageSize: int32(limit)}
	if after != nil {
		arg.AfterAt, arg.AfterID = &after.UpdatedAt, &after.ID
	}
	rows, err := again(ctx, func() ([]queries.ListedConversation, error) { return s.q.ConversationViews(ctx, s.pool, arg) })
	return toConversations(rows), wrap("listing conversations", err)
}

// List implements chat.ConversationStore.
func (s *Store) List(ctx context.Context, viewer uuid.UUID, q chat.ListQuery) ([]chat.Conversation, error) {
	arg := queries.ConversationListParams{
		Viewer: viewer, Unread: q.Filter.Unread, Archived: q.Filter.Archived, PageSize: int32(q.Limit), Parts: []string{}, Found: []uuid.UUID{},
	}
	if q.After != nil {
		arg.AfterPinned, arg.AfterAt, arg.AfterID = &q.After.Pinned, &q.After.UpdatedAt, &q.After.ID
	}
	if kind := string(q.Filter.Kind()); kind != "" {
		arg.Kind = &kind
	}
	if q.Search != "" {
		arg.Searching, arg.UsernamePattern = true, likePrefix(strings.ToLower(q.Search))
		arg.NameQuery, arg.Parts = nameSearch(q.Search)
		found, err := s.q.GroupsByMember(ctx, s.pool, queries.GroupsByMemberParams{
			UsernamePattern: arg.UsernamePattern, NameQuery: wordPrefixes(q.Search), Viewer: viewer, Most: peopleSearched,
		})
		if err != nil {
			return nil, wrap("searching the members of groups", err)
		}
		arg.Found = append(arg.Found, found...)
	}
	rows, err := s.q.ConversationList(ctx, s.pool, arg)
	return toConversations(rows), wrap("listing conversations", err)
}

// peopleSearched is of how many people whom a text finds the groups are looked for.
const peopleSearched = 500

// nameSearch returns what a name must match to be found by a text: a tsquery of
// beginnings of words, and LIKE patterns. Scripts that put no spaces between
// words have no beginnings to look for, so their words may be anywhere in the
// name; and so may a text that has no words at all, such as an emoji.
func nameSearch(text string) (tsquery string, patterns []string) {
	var spaced []string
	patterns = []string{}
	for _, w := range words(text) {
		if strings.ContainsFunc(w, unspaced) {
			patterns = append(patterns, "%"+likePrefix(w))
		} else {
			spaced = append(spaced, w)
		}
	}
	if len(spaced)+len(patterns) == 0 {
		patterns = append(patterns, "%"+likePrefix(text))
	}
	return wordPrefixes(strings.Join(spaced, " ")), patterns
}

func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// SetSettings implements chat.ConversationStore.
func (s *Store) SetSettings(ctx context.Context, conversation, user uuid.UUID, settings chat.Settings) error {
	arg := queries.SetSettingsParams{
		ConversationID: conversation, UserID: user,
		Notifications: string(settings.Notifications), Pinned: settings.Pinned, Archived: settings.Archived,
	}
	if !settings.MutedUntil.IsZero() {
		arg.MutedUntil = &settings.MutedUntil
	}
	n, err := s.q.SetSettings(ctx, s.pool, arg)
	if err == nil && n == 0 {
		return chat.ErrNotFound
	}
	return wrap("changing the settings of a conversation", err)
}

// ViewsByID implements chat.ConversationStore.
func (s *Store) ViewsByID(ctx context.Context, viewer uuid.UUID, ids []uuid.UUID) ([]chat.Conversation, error) {
	rows, err := again(ctx, func() ([]queries.ListedConversation, error) {
		return s.q.ConversationViewsByID(ctx, s.pool, queries.ConversationViewsByIDParams{Viewer: viewer, ConversationIds: ids})
	})
	return toConversations(rows), wrap("reading conversations", err)
}

// ViewsOf returns a conversation as each of some people sees it; who is not a
// member is left out. All of it is of one moment.
func (s *Store) ViewsOf(ctx context.Context, conversation uuid.UUID, viewers []uuid.UUID) (map[uuid.UUID]chat.Conversation, error) {
	rows, err := again(ctx, func() ([]queries.ListedConversation, error) {
		return s.q.ViewsOf(ctx, s.pool, queries.ViewsOfParams{ConversationID: conversation, Viewers: viewers})
	})
	views := make(map[uuid.UUID]chat.Conversation, len(rows))
	for _, r := range rows {
		views[r.ViewerID] = toConversation(r)
	}
	return views, wrap("reading a conversation", err)
}

func toConversations(rows []queries.ListedConversation) []chat.Conversation {
	conversations := make([]chat.Conversation, len(rows))
	for i, r := range rows {
		conversations[i] = toConversation(r)
	}
	return conversations
}

func toConversation(r queries.ListedConversation) chat.Conversation {
	c := chat.Conversation{
		ID: r.ID, Kind: chat.Kind(r.Kind), Name: r.Name, Description: r.Description, AvatarURL: r.AvatarUrl,
		HistoryVisible: r.HistoryVisible, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt, UpdatedAt: r.LastMessageAt, MemberCount: int(r.MemberCount), LastSeq: r.LastSeq,
		MyRole: chat.Role(r.Role), MyJoinedSeq: r.JoinedSeq, MyReadSeq: r.ReadSeq, MyDeliveredSeq: r.DeliveredSeq,
		UnreadCount: r.UnreadCount, UnreadMentions: r.UnreadMentions, FirstUnreadMentionSeq: r.FirstUnreadMentionSeq,
		Settings: chat.Settings{
			MutedUntil: value(r.MutedUntil), Notifications: chat.Notifications(r.Notifications), Pinned: r.Pinned, Archived: r.PutAway,
		},
	}
	if r.LastID != nil {
		c.LastMessage = &chat.Message{
			ID: *r.LastID, ConversationID: r.ID, Seq: r.LastSeq, SenderID: value(r.LastSenderID), ClientMsgID: value(r.LastClientMsgID),
			Type: chat.MessageType(value(r.LastType)), Content: value(r.LastContent), Event: r.LastEvent,
			ReplyTo: value(r.LastReplyTo), CreatedAt: value(r.LastCreatedAt),
			Mentions: r.LastMentions, MentionsAll: r.LastMentionsAll,
		}
	}
	if r.UnreadCount > 0 {
		c.FirstUnreadSeq = r.FirstUnreadSeq
	}
	if r.PeerID != nil {
		c.Peer = &chat.User{
			ID: *r.PeerID, Username: value(r.PeerUsername), DisplayName: value(r.PeerDisplayName),
			AvatarURL: value(r.PeerAvatarUrl), CreatedAt: value(r.PeerCreatedAt),
		}
		if r.PeerDeleted {
			*c.Peer = deleted(*c.Peer)
		}
		c.PeerReadSeq, c.PeerDeliveredSeq = r.PeerReadSeq, value(r.PeerDeliveredSeq)
	}
	return c
}

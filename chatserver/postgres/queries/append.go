// Package queries is the SQL of package postgres, made callable by sqlc.
package queries

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// BatchSender is a connection or a pool that takes several statements at once.
type BatchSender interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// Append runs LockHeads and AppendMessages in one transaction and one round
// trip: a batch without BEGIN is one implicit transaction, committed when its
// results are closed.
func (q *Queries) Append(ctx context.Context, db BatchSender, arg AppendMessagesParams) (rows []AppendMessagesRow, err error) {
	var b pgx.Batch
	b.Queue(lockHeads, arg.ConversationIds)
	b.Queue(appendMessages, arg.Ords, arg.Ids, arg.ConversationIds, arg.SenderIds, arg.ClientMsgIds, arg.Contents, arg.ReplyTos,
		arg.MentionOrds, arg.MentionIds, arg.CallersOfAll)
	results := db.SendBatch(ctx, &b)
	defer func() { // the answers count only if the commit succeeds
		if closeErr := results.Close(); err == nil && closeErr != nil {
			rows, err = nil, closeErr
		}
	}()
	if _, err := results.Exec(); err != nil {
		return nil, err
	}
	answers, err := results.Query()
	if err != nil {
		return nil, err
	}
	rows, err = pgx.CollectRows(answers, pgx.RowToStructByPos[AppendMessagesRow])
	if err != nil {
		return nil, err
	}
	if len(rows) != len(arg.Ids) {
		return nil, errors.New("the answers to an append do not match its drafts")
	}
	return rows, nil
}

package chat

import "net/http"

// Code is the stable name of something that can go wrong. Clients act on it,
// over REST and WebSocket alike, so a name never changes its meaning.
type Code string

// The codes of the contract.
const (
	CodeInvalidRequest      Code = "invalid_request"
	CodeValidationFailed    Code = "validation_failed"
	CodeUnauthenticated     Code = "unauthenticated"
	CodeTokenExpired        Code = "token_expired"
	CodeInvalidCredentials  Code = "invalid_credentials"
	CodeSessionRevoked      Code = "session_revoked"
	CodeRefreshReused       Code = "refresh_reused"
	CodeForbidden           Code = "forbidden"
	CodeNotFound            Code = "not_found"
	CodeConflict            Code = "conflict"
	CodeUsernameTaken       Code = "username_taken"
	CodeEmailTaken          Code = "email_taken"
	CodeAlreadyMember       Code = "already_member"
	CodeGroupFull           Code = "group_full"
	CodeLastOwner           Code = "last_owner"
	CodeInvitationExpired   Code = "invitation_expired"
	CodeBlocked             Code = "blocked"
	CodePayloadTooLarge     Code = "payload_too_large"
	CodeRateLimited         Code = "rate_limited"
	CodeIdempotencyMismatch Code = "idempotency_mismatch"
	CodeSearchTimeout       Code = "search_timeout"
	CodeOverloaded          Code = "overloaded"
	CodeUnavailable         Code = "unavailable"
	CodeInternal            Code = "internal"
)

// CodeInfo is what goes with a code wherever it is told.
type CodeInfo struct {
	Status    int    // HTTP status
	Title     string // one sentence for people, the same at every occurrence
	Retryable bool   // the same request may succeed later, unchanged
}

var codeTable = map[Code]CodeInfo{
	CodeInvalidRequest:      {http.StatusBadRequest, "The request could not be understood.", false},
	CodeValidationFailed:    {http.StatusUnprocessableEntity, "Something in the request is not allowed.", false},
	CodeUnauthenticated:     {http.StatusUnauthorized, "Sign in first.", false},
	CodeTokenExpired:        {http.StatusUnauthorized, "The access token has expired.", false},
	CodeInvalidCredentials:  {http.StatusUnauthorized, "The username or the password is wrong.", false},
	CodeSessionRevoked:      {http.StatusUnauthorized, "This session has been ended.", false},
	CodeRefreshReused:       {http.StatusUnauthorized, "The refresh token was used before; the session has been ended.", false},
	CodeForbidden:           {http.StatusForbidden, "You are not allowed to do this.", false},
	CodeNotFound:            {http.StatusNotFound, "There is no such thing, or you may not see it.", false},
	CodeConflict:            {http.StatusConflict, "This conflicts with what is there.", false},
	CodeUsernameTaken:       {http.StatusConflict, "The username is taken.", false},
	CodeEmailTaken:          {http.StatusConflict, "The email address is taken.", false},
	CodeAlreadyMember:       {http.StatusConflict, "They are a member already.", false},
	CodeGroupFull:           {http.StatusConflict, "The group is full.", false},
	CodeLastOwner:           {http.StatusConflict, "A group needs an owner.", false},
	CodeInvitationExpired:   {http.StatusGone, "The invitation no longer works.", false},
	CodeBlocked:             {http.StatusForbidden, "You can't reach this person.", false},
	CodePayloadTooLarge:     {http.StatusRequestEntityTooLarge, "The request is too large.", false},
	CodeRateLimited:         {http.StatusTooManyRequests, "Too many requests; wait a moment.", true},
	CodeIdempotencyMismatch: {http.StatusConflict, "The client_msg_id was used for another message.", false},
	CodeSearchTimeout:       {http.StatusServiceUnavailable, "The search took too long; narrow it.", true},
	CodeOverloaded:          {http.StatusServiceUnavailable, "The server is busy; try again in a moment.", true},
	CodeUnavailable:         {http.StatusServiceUnavailable, "The service is not available right now.", true},
	CodeInternal:            {http.StatusInternalServerError, "Something went wrong on the server.", true},
}

// Info returns what goes with c; an unknown code is an internal error.
func (c Code) Info() CodeInfo {
	if info, ok := codeTable[c]; ok {
		return info
	}
	return codeTable[CodeInternal]
}

// Codes returns every code there is, in no order.
func Codes() []Code {
	codes := make([]Code, 0, len(codeTable))
	for c := range codeTable {
		codes = append(codes, c)
	}
	return codes
}

package resources

import (
	"io"
	"maps"
	"time"
)

// Rotation is how far the change of the passwords of a managed server is. It is
// kept in the server's Secret, so that each step is one write of data and stage.
//
// While it lasts there are two logins for the chat servers, and both work: the new
// one is made beside the old one, chat servers change to it one by one, and when
// the last of those with the old one has ended, the old one is closed.
type Rotation string

// The stages of a rotation.
const (
	// RotationNone: there is one login.
	RotationNone Rotation = ""
	// RotationPreparing: the server is being told a second login.
	RotationPreparing Rotation = "preparing"
	// RotationSwitching: chat servers change to it.
	RotationSwitching Rotation = "switching"
	// RotationClosing: the server is being told to forget the first one.
	RotationClosing Rotation = "closing"
)

// Keys of Secrets that say when their content was made and why.
const (
	keyRotation        = "rotation"
	keyRotatedAt       = "rotated-at"
	keyRotationRequest = "rotation-request"
)

// RotationOf is the stage that the Secret of a managed server is at.
func RotationOf(data map[string][]byte) Rotation { return Rotation(data[keyRotation]) }

// RotatedAt is when the passwords in use were made; zero when it is not known.
func RotatedAt(data map[string][]byte) time.Time {
	at, err := time.Parse(time.RFC3339, string(data[keyRotatedAt]))
	if err != nil {
		return time.Time{}
	}
	return at
}

// RotationRequest is the request that was last heard of; see the annotations of
// package v1alpha1.
func RotationRequest(data map[string][]byte) string { return string(data[keyRotationRequest]) }

// WithRotationDate notes of passwords that bear no date that they are of now. What
// was requested by then has been done by making them.
func WithRotationDate(data map[string][]byte, now time.Time, request string) map[string][]byte {
	if len(data[keyRotatedAt]) == 0 {
		data[keyRotatedAt] = []byte(now.UTC().Format(time.RFC3339))
		setOrDelete(data, keyRotationRequest, request)
	}
	return data
}

// BeginRotation makes a second login for the chat servers, and a new password for
// the others, whom no pod that stays is signed in as.
func BeginRotation(component Component, existing map[string][]byte, request string, random io.Reader) (map[string][]byte, error) {
	if RotationOf(existing) != RotationNone {
		return existing, nil
	}
	data := maps.Clone(existing)
	fresh := []string{keyOtherPassword, adminKey(component)}
	data[previousPrefix+adminKey(component)] = data[adminKey(component)]
	if component == ComponentPostgres {
		fresh = append(fresh, keyOwnerPassword)
		data[keyOtherUser] = []byte(otherUser(string(data[keyUser])))
	}
	for _, key := range fresh {
		password, err := randomPassword(random)
		if err != nil {
			return nil, err
		}
		data[key] = password
	}
	data[keyRotation] = []byte(RotationPreparing)
	setOrDelete(data, keyRotationRequest, request)
	return data, nil
}

// SwitchLogins makes the second login the one that chat servers use.
func SwitchLogins(existing map[string][]byte) map[string][]byte {
	if RotationOf(existing) != RotationPreparing {
		return existing
	}
	data := maps.Clone(existing)
	data[keyPassword], data[keyOtherPassword] = data[keyOtherPassword], data[keyPassword]
	if other, ok := data[keyOtherUser]; ok {
		data[keyUser], data[keyOtherUser] = other, data[keyUser]
	}
	data[keyRotation] = []byte(RotationSwitching)
	return data
}

// CloseLogins leaves one login, the new one.
func CloseLogins(existing map[string][]byte) map[string][]byte {
	if RotationOf(existing) != RotationSwitching {
		return existing
	}
	data := maps.Clone(existing)
	delete(data, keyOtherUser)
	delete(data, keyOtherPassword)
	data[keyRotation] = []byte(RotationClosing)
	return data
}

// EndRotation is for when the server has forgotten the old login.
func EndRotation(existing map[string][]byte, now time.Time) map[string][]byte {
	if RotationOf(existing) != RotationClosing {
		return existing
	}
	data := maps.Clone(existing)
	for _, key := range []string{keyRotation, previousPrefix + superuserPasswordKey, previousPrefix + keyAdminPassword} {
		delete(data, key)
	}
	data[keyRotatedAt] = []byte(now.UTC().Format(time.RFC3339))
	return data
}

func otherUser(user string) string {
	if user == DatabaseUser {
		return databaseOtherUser
	}
	return DatabaseUser
}

func setOrDelete(data map[string][]byte, key, value string) {
	if value == "" {
		delete(data, key)
		return
	}
	data[key] = []byte(value)
}

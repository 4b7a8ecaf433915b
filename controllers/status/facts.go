package status

import (
	"time"

	"uim.dev/uim/controllers/resources"
)

// Part is a part of a cluster that has a condition of its own.
type Part string

// The parts, in the order in which they depend on each other.
const (
	Database     Part = "Database"
	Cache        Part = "Cache"
	Migrations   Part = "Migrations"
	Chat         Part = "Chat"
	Certificates Part = "Certificates"
	Traffic      Part = "Traffic"
	Watching     Part = "Watching"
)

// Problem keeps a part from being looked after.
type Problem struct {
	// Reason is one CamelCase word, Message a sentence that names the object and
	// says what to do.
	Reason  string
	Message string
	// NeedsHelp is true when waiting will not solve it.
	NeedsHelp bool
}

// Facts are what one pass saw.
type Facts struct {
	Generation int64
	Cluster    resources.Cluster

	// Paused is true when changes are held back; Pending names them.
	Paused  bool
	Pending []string

	// Problems are at most one a part.
	Problems map[Part]Problem

	// Troubles are why pods of a part do not run, at most one a part.
	Troubles map[Part]Problem

	Database   Server
	Cache      Server
	Migrations Migration
	Chat       Servers
	Monitoring Monitoring
	Rotation   Rotation
	// Certificates are those that were found good.
	Certificates []Certificate
	// FormerCertificate is the Secret by which people are served as long as the one
	// that spec.tls says now is not good, or empty.
	FormerCertificate string
}

// Rotation is what was seen of generated keys and passwords.
type Rotation struct {
	SigningKeys Times
	Passwords   Times
	// Failed is why a server could not be told of its passwords, and what to do, or
	// empty.
	Failed string
}

// Times are those of rotations; zero when there is none.
type Times struct {
	Last, Next time.Time
	Stage      resources.Rotation
}

// Certificate is what was seen of a certificate that is good.
type Certificate struct {
	Secret   string
	NotAfter time.Time
	// Late is true when its successor should be there by now.
	Late bool
	// Public is true for the one that people are shown.
	Public bool
}

// Server is what was seen of Postgres or Redis.
type Server struct {
	// Secret is where the chat servers find it.
	Secret string
	// Ready is true when it takes connections; of an external one, when its Secret
	// is complete.
	Ready bool
	// ReadyServers counts those that run; Quorum is how many are needed for it to be
	// ready and to stay so by itself, 0 or 1 for a single server.
	ReadyServers int32
	Quorum       int32
	// Detail is what another operator says of it, for people.
	Detail string
	// Updating is true while its pod is being replaced.
	Updating bool
	// TellingLogins is true while it has other passwords than its Secret.
	TellingLogins bool
	// StorageSize is the size of the volume asked for, StorageCapacity that of the
	// volume as it is.
	StorageSize     string
	StorageCapacity string
}

// Migration is what was seen of the migration Job of the image in use.
type Migration struct {
	// Job is its name, empty when it could not be made yet.
	Job   string
	State MigrationState
	// Detail is why it failed, as the Job has it.
	Detail string
}

// MigrationState is how far a migration is.
type MigrationState int

// The states of a migration.
const (
	// MigrationWaiting: the database does not take connections yet.
	MigrationWaiting MigrationState = iota
	// MigrationRunning: the Job is at work.
	MigrationRunning
	// MigrationFailed: the Job has given up.
	MigrationFailed
	// MigrationDone: the schema is current.
	MigrationDone
)

// Servers is what was seen of the chat servers.
type Servers struct {
	// Exist is true once there is a Deployment.
	Exist bool
	// Current is true when the Deployment is as the spec wants it and Kubernetes
	// has taken note; Updated then counts the servers that run that version.
	Current bool
	// Wanted is the number that Kubernetes keeps up.
	Wanted    int32
	Replicas  int32
	Updated   int32
	Ready     int32
	Available int32
	// Terminating counts those that are ending; nil where Kubernetes does not say.
	Terminating *int32
	// ProgressedAt is when the last rollout last got on.
	ProgressedAt time.Time
	// Refused is why Kubernetes makes no pods for them, or empty.
	Refused string
	// Stuck is why a rollout makes no progress any more, or empty.
	Stuck string
}

// wanted is the number of chat servers asked for: the spec's, or the autoscaler's.
func (f Facts) wanted() int32 {
	if f.Cluster.Chat.Autoscaling != nil && f.Chat.Exist {
		return max(f.Chat.Wanted, f.Cluster.Chat.Replicas)
	}
	return f.Cluster.Chat.Replicas
}

// RolledOut is true when all the servers asked for run the version asked for.
func (f Facts) RolledOut() bool {
	wanted := f.wanted()
	c := f.Chat
	return c.Exist && c.Current && c.Updated == wanted && c.Replicas == wanted && c.Available == wanted
}

// Settled is true when nothing is on its way and nothing is amiss.
func (f Facts) Settled() bool {
	return f.RolledOut() && f.Database.Ready && !f.Database.Updating && f.Cache.Ready && !f.Cache.Updating && len(f.Problems) == 0
}

// hibernated is true when no chat servers are asked for and none are left.
func (f Facts) hibernated() bool {
	return f.wanted() == 0 && f.RolledOut()
}

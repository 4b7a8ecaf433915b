package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Annotations of a UIMCluster that ask for one rotation now, whatever the schedule.
// Any value that was not there before counts, so a time makes a good one:
//
//	kubectl annotate uim acme --overwrite uim.dev/rotate-passwords="$(date +%s)"
const (
	AnnotationRotateSigningKeys = "uim.dev/rotate-signing-keys"
	AnnotationRotatePasswords   = "uim.dev/rotate-passwords" //nolint:gosec // the name of an annotation
)

// AnnotationOperator hands a UIMCluster over to the operator it names; see
// status.operator.
const AnnotationOperator = "uim.dev/operator"

// RotationSpec says how often generated secrets are replaced. Nobody is signed out
// and no server is refused meanwhile.
type RotationSpec struct {
	// The keys that sign access tokens; every 90 days when left out. Chat servers
	// take a new key up without a restart, and the old one is honoured until its
	// last token has ended. The annotation uim.dev/rotate-signing-keys with a new
	// value asks for it at once.
	// +optional
	SigningKeys RotationSchedule `json:"signingKeys,omitzero"`

	// The passwords of the Postgres and Redis that the operator runs; never when
	// left out. It rolls the chat servers, one by one. The annotation
	// uim.dev/rotate-passwords with a new value asks for it at once. The passwords
	// of external servers are changed in their Secrets by whoever runs them.
	// +optional
	Passwords RotationSchedule `json:"passwords,omitzero"`
}

// RotationSchedule says how often.
type RotationSchedule struct {
	// Days from one rotation to the next; 0 is never.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3650
	// +optional
	EveryDays *int32 `json:"everyDays,omitempty"`
}

// RotationStatus says when generated secrets were last replaced.
type RotationStatus struct {
	// The keys that sign access tokens.
	// +optional
	SigningKeys RotationTimes `json:"signingKeys,omitzero"`

	// The passwords of the Postgres and Redis that the operator runs.
	// +optional
	Passwords RotationTimes `json:"passwords,omitzero"`
}

// RotationTimes are the times of rotations.
type RotationTimes struct {
	// When the secrets in use were made.
	// +optional
	LastTime *metav1.Time `json:"lastTime,omitempty"`

	// When they are to be replaced; empty when only the annotation asks for it.
	// +optional
	NextTime *metav1.Time `json:"nextTime,omitempty"`

	// What is being done right now; empty between rotations.
	// +optional
	Stage string `json:"stage,omitempty"`
}

package status

import "uim.dev/uim/api/v1alpha1"

// phase sums up for people. Installing lasts until the first time that everything
// was there, which the phase before remembers; it decides nothing.
func phase(f Facts, before v1alpha1.Phase) v1alpha1.Phase {
	blockedReason, _ := f.blocked()
	switch {
	case f.Paused:
		return v1alpha1.PhasePaused
	case blockedReason != "":
		return v1alpha1.PhaseBlocked
	case f.hibernated():
		return v1alpha1.PhaseHibernated
	case ready(f).Status == "True":
		return v1alpha1.PhaseRunning
	case !f.Chat.Exist || before == v1alpha1.PhaseInstalling:
		return v1alpha1.PhaseInstalling
	case f.updating() && f.Chat.Available > 0:
		return v1alpha1.PhaseUpdating
	default:
		return v1alpha1.PhaseDegraded
	}
}

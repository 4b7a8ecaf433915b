package plugin

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"uim.dev/uim/api/v1alpha1"
	"uim.dev/uim/controllers/resources"
)

// object is a line of the tree.
type object struct {
	kind, name, state string

	created metav1.Time
	uid     types.UID
	owner   types.UID
}

// objectsOf are the objects of a UIMCluster, and what could not be listed.
func (k *kubernetesAPI) objectsOf(ctx context.Context, cluster *v1alpha1.UIMCluster) (found []object, unseen []error) {
	labels := client.MatchingLabels{resources.LabelInstance: cluster.Name, resources.LabelPartOf: "uim", resources.LabelManagedBy: resources.FieldManager}
	for _, kind := range kinds() {
		if err := k.List(ctx, kind.list, client.InNamespace(cluster.Namespace), labels); err != nil {
			unseen = append(unseen, fmt.Errorf("%ss: %w", kind.name, err))
			continue
		}
		for _, o := range kind.items() {
			line := object{
				kind: kind.name, name: o.GetName(), state: kind.state(o),
				created: o.GetCreationTimestamp(), uid: o.GetUID(),
			}
			if owner := metav1.GetControllerOf(o); owner != nil {
				line.owner = owner.UID
			}
			found = append(found, line)
		}
	}
	return found, unseen
}

// printTree prints objects below those that own them. What is owned by something that
// is not listed, such as a ReplicaSet's pod, hangs below the one whose name it has.
func printTree(out io.Writer, cluster *v1alpha1.UIMCluster, objects []object, now time.Time) {
	slices.SortStableFunc(objects, func(a, b object) int {
		return cmp.Or(cmp.Compare(order(a.kind), order(b.kind)), cmp.Compare(a.name, b.name))
	})
	below := map[types.UID][]object{}
	for _, o := range objects {
		parent := parentOf(o, objects, cluster.UID)
		below[parent] = append(below[parent], o)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	say(w, "OBJECT\tSTATE\tAGE")
	say(w, "UIMCluster %s\t%s\t%s", cluster.Name, cluster.Status.Phase, since(cluster.CreationTimestamp, now))
	printBelow(w, below, cluster.UID, "", now)
	_ = w.Flush()
}

func printBelow(w io.Writer, below map[types.UID][]object, parent types.UID, indent string, now time.Time) {
	children := below[parent]
	for i, o := range children {
		branch, further := "├─ ", "│  "
		if i == len(children)-1 {
			branch, further = "└─ ", "   "
		}
		say(w, "%s%s%s %s\t%s\t%s", indent, branch, o.kind, o.name, o.state, since(o.created, now))
		printBelow(w, below, o.uid, indent+further, now)
	}
}

// parentOf is what an object hangs below: its owner, if that is listed; the workload
// whose name its own begins with; or the UIMCluster.
func parentOf(o object, all []object, cluster types.UID) types.UID {
	if o.owner == cluster {
		return cluster
	}
	for _, other := range all {
		if other.uid == o.owner {
			return other.uid
		}
	}
	if o.kind == "Pod" {
		for _, other := range all {
			if isWorkload(other.kind) && len(o.name) > len(other.name) && o.name[:len(other.name)+1] == other.name+"-" {
				return other.uid
			}
		}
	}
	return cluster
}

func isWorkload(kind string) bool {
	return kind == "Deployment" || kind == "StatefulSet" || kind == "Job"
}

func order(kind string) int {
	return slices.IndexFunc(kinds(), func(k listedKind) bool { return k.name == kind })
}

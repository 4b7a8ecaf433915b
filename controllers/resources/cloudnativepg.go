package resources

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"

	"uim.dev/uim/api/v1alpha1"
)

// AnnotationSpecHash stands on objects of other operators' kinds and changes with
// all that is wanted of them. Of those kinds the operator cannot ask which fields
// it owns, so that a field which is no longer wanted shows here.
const AnnotationSpecHash = "uim.dev/spec-hash"

// Labels of CloudNativePG.
const (
	// labelReload makes CloudNativePG take a changed password up.
	labelReload       = "cnpg.io/reload"
	labelCNPGCluster  = "cnpg.io/cluster"
	labelCNPGPodRole  = "cnpg.io/podRole"
	cnpgPodIsInstance = "instance"
)

// CloudNativePGKind is the kind of object that CloudNativePG makes Postgres servers of.
func CloudNativePGKind() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "postgresql.cnpg.io", Version: "v1", Kind: "Cluster"}
}

// CloudNativePGCluster asks CloudNativePG for the servers of the database. Its fields
// are those of https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/.
//
// An acknowledged message is on two servers, and a server that lacks one is never
// made the primary: both are what "required" and failoverQuorum mean.
func CloudNativePGCluster(c Cluster) *unstructured.Unstructured {
	s := c.Postgres
	parameters := map[string]any{}
	for _, p := range s.Parameters {
		parameters[p.Name] = p.Value
	}
	postgresql := map[string]any{"parameters": parameters}
	if s.Instances > 1 {
		postgresql["synchronous"] = map[string]any{"method": "any", "number": int64(1), "dataDurability": "required", "failoverQuorum": s.Instances > 2}
	}
	storage := map[string]any{"size": s.StorageSize.String()}
	if s.StorageClass != "" {
		storage["storageClass"] = s.StorageClass
	}
	spec := map[string]any{
		"instances":             int64(s.Instances),
		"enableSuperuserAccess": false,
		"bootstrap": map[string]any{"initdb": map[string]any{
			"database":               databaseName,
			"owner":                  databaseOwner,
			"dataChecksums":          true,
			"encoding":               "UTF8",
			"localeCollate":          "C.UTF-8",
			"localeCType":            "C.UTF-8",
			"postInitApplicationSQL": rightsOfTheServers(),
		}},
		// Its password is set from the Secret, now and when that changes.
		"managed": map[string]any{"roles": []any{map[string]any{
			"name": DatabaseUser, "ensure": "present", "login": true,
			"passwordSecret": map[string]any{"name": PostgresName(c)},
		}}},
		"storage":    storage,
		"resources":  s.Resources.plain(),
		"postgresql": postgresql,
		"affinity": map[string]any{
			"enablePodAntiAffinity": true, "podAntiAffinityType": "preferred", "topologyKey": "kubernetes.io/hostname",
		},
	}
	if s.Image != "" {
		spec["imageName"] = s.Image
	}
	cluster := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	cluster.SetGroupVersionKind(CloudNativePGKind())
	cluster.SetNamespace(c.Namespace)
	cluster.SetName(PostgresName(c))
	cluster.SetLabels(labels(c, ComponentPostgres))
	if !c.KeepData { // CloudNativePG deletes the volumes with the Cluster
		yes := true
		cluster.SetOwnerReferences([]metav1.OwnerReference{{
			APIVersion: v1alpha1.GroupVersion().String(), Kind: v1alpha1.Kind, Name: c.Name, UID: c.UID,
			Controller: &yes, BlockOwnerDeletion: &yes,
		}})
	}
	cluster.SetAnnotations(map[string]string{AnnotationSpecHash: hashOfContent(cluster)})
	return cluster
}

// rightsOfTheServers are the statements, run once as the superuser, that let the
// servers' role read and write the rows of the owner's tables, and no more.
func rightsOfTheServers() []any {
	return []any{
		"CREATE ROLE " + DatabaseUser + " LOGIN",
		"REVOKE ALL ON DATABASE " + databaseName + " FROM PUBLIC",
		"GRANT CONNECT ON DATABASE " + databaseName + " TO " + DatabaseUser,
		"GRANT USAGE ON SCHEMA public TO " + DatabaseUser,
		"ALTER DEFAULT PRIVILEGES FOR ROLE " + databaseOwner + " IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO " + DatabaseUser,
		"ALTER DEFAULT PRIVILEGES FOR ROLE " + databaseOwner + " IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO " + DatabaseUser,
	}
}

// CloudNativePGOwner is what CloudNativePG tells of a database: the contents of the
// Secrets with its owner's password and with its certificate authority, each nil as
// long as it is not made.
type CloudNativePGOwner struct{ App, Authority map[string][]byte }

// CloudNativePGData is the content of the Secret by which pods reach a database of
// CloudNativePG. The password of the servers' role is made here, and kept; the
// owner's is CloudNativePG's.
func CloudNativePGData(c Cluster, existing map[string][]byte, owner CloudNativePGOwner, random io.Reader) (map[string][]byte, error) {
	data := maps.Clone(existing)
	if data == nil {
		data = map[string][]byte{}
	}
	if err := keepOrGenerate(data, random, keyPassword); err != nil {
		return nil, err
	}
	data[keyHost] = []byte(PostgresName(c) + "-rw." + c.Namespace + ".svc")
	data[keyPort] = []byte(databasePort)
	data[keyUser] = []byte(DatabaseUser)
	data[keyUsername] = []byte(DatabaseUser) // as CloudNativePG calls it
	data[keyName] = []byte(databaseName)
	data[keySSLMode] = []byte("verify-full")
	if owner.App != nil && owner.Authority != nil {
		data[keyOwnerUser] = owner.App[keyUsername]
		data[keyOwnerPassword] = owner.App[keyPassword]
		data[keyCA] = owner.Authority[keyCA]
	}
	return data, nil
}

// CloudNativePGSecret holds address and credentials of a database of CloudNativePG.
func CloudNativePGSecret(c Cluster, data map[string][]byte) *corev1ac.SecretApplyConfiguration {
	return secret(c, PostgresName(c), ComponentPostgres, data).WithLabels(map[string]string{labelReload: "true"})
}

// hashOfContent is short, and the same for the same content.
func hashOfContent(object *unstructured.Unstructured) string {
	text, err := json.Marshal(object.Object) // maps are written in order
	if err != nil {
		panic(fmt.Sprintf("an object of plain values cannot be written: %v", err))
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])[:16]
}

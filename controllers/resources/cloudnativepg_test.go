package resources_test

import (
	"testing"

	"uim.dev/uim/controllers/resources"
)

func TestCloudNativePGCluster(t *testing.T) {
	for name, spec := range map[string]string{
		"minimal": severalSpec, "full": severalFullSpec, "one": "postgres: {cloudNativePG: {instances: 1}}",
	} {
		t.Run(name, func(t *testing.T) { golden(t, resources.CloudNativePGCluster(given(t, spec)).Object) })
	}
}

func TestCloudNativePGSecret(t *testing.T) {
	c := given(t, severalSpec)
	golden(t, resources.CloudNativePGSecret(c, dependenciesOf(t, c).postgres))
}

// The servers' password is made once; the owner's follows CloudNativePG.
func TestCloudNativePGPasswords(t *testing.T) {
	c := given(t, severalSpec)
	early, err := resources.CloudNativePGData(c, nil, resources.CloudNativePGOwner{}, zeros{})
	if err != nil {
		t.Fatal(err)
	}
	if early["password"] == nil || early["owner-password"] != nil {
		t.Errorf("before CloudNativePG has made the database: %s", early)
	}
	later, err := resources.CloudNativePGData(c, early, resources.CloudNativePGOwner{
		App: secretData("username=uim", "password=new"), Authority: secretData("ca.crt=new authority", "ca.key=secret"),
	}, zeros{})
	if err != nil {
		t.Fatal(err)
	}
	if string(later["password"]) != string(early["password"]) || string(later["owner-password"]) != "new" || string(later["ca.crt"]) != "new authority" || later["ca.key"] != nil {
		t.Errorf("afterwards: %s", later)
	}
}

// What is no longer wanted changes the annotation.
func TestCloudNativePGHash(t *testing.T) {
	hash := func(spec string) string {
		return resources.CloudNativePGCluster(given(t, spec)).GetAnnotations()[resources.AnnotationSpecHash]
	}
	if hash("postgres: {cloudNativePG: {}}") != hash("{postgres: {cloudNativePG: {instances: 3}}, chat: {replicas: 5}}") {
		t.Error("it follows what does not matter to the database")
	}
	if hash("postgres: {cloudNativePG: {}}") == hash("postgres: {cloudNativePG: {parameters: {work_mem: 8MB}}}") {
		t.Error("it does not follow a parameter")
	}
}

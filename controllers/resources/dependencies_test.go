package resources_test

import (
	"testing"

	"uim.dev/uim/controllers/resources"
)

// built is all that the builders need beside the cluster, from generated Secrets
// made of zeros or, for an external cluster, from the user's.
type built struct {
	owner                 resources.Connection
	keys, postgres, redis map[string][]byte
	dependencies          resources.Dependencies
}

// authority and certificate stand in for what the builders only hand on.
func authority() []byte { return []byte("certificate of the authority\n") }

func certificate() map[string][]byte {
	return map[string][]byte{"ca.crt": authority(), "tls.crt": []byte("certificate of the server"), "tls.key": []byte("its key")}
}

func dependenciesOf(t *testing.T, c resources.Cluster) built {
	t.Helper()
	var b built
	var err error
	if b.keys, err = resources.KeysData(nil, noon(), zeros{}); err != nil {
		t.Fatal(err)
	}
	database, cache := c.Postgres.External, c.Redis.External
	switch {
	case database != "":
		b.postgres = map[string][]byte{
			"host": []byte("db.example"), "username": []byte("u"), "password": []byte("p"), "database": []byte("d"),
			"ca.crt": []byte("certificate"),
		}
	case c.Postgres.CloudNativePG:
		database = resources.PostgresName(c)
		b.postgres, err = resources.CloudNativePGData(c, nil, resources.CloudNativePGOwner{
			App:       secretData("username=uim", "password=of the owner"),
			Authority: map[string][]byte{"ca.crt": authority()},
		}, zeros{})
	default:
		database = resources.PostgresName(c)
		b.postgres, err = resources.PostgresData(c, nil, authority(), zeros{})
	}
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case cache != "":
		b.redis = map[string][]byte{"addr": []byte("redis.example:6379"), "tls": []byte("true"), "ca.crt": []byte("certificate")}
	case c.Redis.Instances > 1:
		cache = resources.RedisHAName(c)
		b.redis, err = resources.RedisHAData(c, nil, authority(), zeros{})
	default:
		cache = resources.RedisName(c)
		b.redis, err = resources.RedisData(c, nil, authority(), zeros{})
	}
	if err != nil {
		t.Fatal(err)
	}
	b.dependencies = resources.Dependencies{Keys: b.keys, Migration: "acme-migrate-0123456789"}
	if b.dependencies.Database, err = resources.DatabaseConnection(database, b.postgres); err != nil {
		t.Fatal(err)
	}
	if b.owner, err = resources.OwnerConnection(database, b.postgres); err != nil {
		t.Fatal(err)
	}
	if b.dependencies.Cache, err = resources.CacheConnection(cache, b.redis); err != nil {
		t.Fatal(err)
	}
	return b
}

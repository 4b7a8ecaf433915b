package chatserver

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"uim.dev/uim/chatserver/auth"
)

// environment sets variables beside the three that are always needed.
func environment(t *testing.T, variables map[string]string) {
	t.Helper()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "UIM_") {
			t.Setenv(name, "") // and back afterwards
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	keys := t.TempDir()
	if err := auth.CreateKeys(keys, time.Now()); err != nil {
		t.Fatal(err)
	}
	t.Setenv("UIM_KEYS_DIR", keys)
	t.Setenv("UIM_REDIS_ADDR", "redis:6379")
	for name, value := range variables {
		t.Setenv(name, value)
	}
}

func TestTheDefaultsAreTheContracts(t *testing.T) {
	environment(t, nil)
	c, err := LoadConfig()
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != ":8080" || c.OpsListen != ":9090" || c.MessageLength != 10_000 || c.MessagesPerMinute != 50 || c.MessagesPerHour != 500 ||
		c.AccessTokenTTL != 15*time.Minute || c.RefreshTokenTTL != 7*24*time.Hour || c.NodeName == "" || c.LogFormat != "json" {
		t.Errorf("got %+v", c)
	}
	if d, err := DefaultConfig(); err != nil || d.Listen != c.Listen || d.KeysDir != "" {
		t.Errorf("of an empty environment: %+v, %v", d, err)
	}
}

func TestMisspeltSettingsAreTold(t *testing.T) {
	environment(t, map[string]string{"UIM_PUBLIC_ULR": "x", "UIM_PUBLIC_URL": "http://localhost:1", "UIM_A": "", "UIMX": "x"})
	if got := UnknownSettings(); !slices.Equal(got, []string{"UIM_A", "UIM_PUBLIC_ULR"}) {
		t.Errorf("got %v", got)
	}
}

func TestEverySettingIsRead(t *testing.T) {
	environment(t, map[string]string{
		"UIM_PUBLIC_URL": "https://chat.example.com", "UIM_ALLOWED_ORIGINS": "https://a.example.com,http://localhost:5173",
		"UIM_TRUSTED_PROXIES": "10.0.0.0/8,::1/128", "UIM_POSTGRES_URL": "postgres://uim@db:5432/uim?sslmode=verify-full",
		"UIM_NODE_NAME": "node-1", "UIM_DRAIN_SECONDS": "0", "UIM_ACCESS_TOKEN_TTL": "1m",
	})
	c, err := LoadConfig()
	if err != nil {
		t.Fatal(err)
	}
	if c.NodeName != "node-1" || len(c.AllowedOrigins) != 2 || len(c.TrustedProxies) != 2 || c.DrainSeconds != 0 || c.AccessTokenTTL != time.Minute {
		t.Errorf("got %+v", c)
	}
}

func TestSettingsThatAreRefused(t *testing.T) {
	for name, values := range map[string][]string{
		"UIM_KEYS_DIR":                 {"", "/nowhere/keys"},
		"UIM_PRESENCE_GRACE":           {"-1s", "21s", "soon"},
		"UIM_OFFLINE_QUEUE":            {"maybe"},
		"UIM_OFFLINE_QUEUE_TTL":        {"0s", "1s", "long"},
		"UIM_REDIS_ADDR":               {""},
		"UIM_POSTGRES_URL":             {"mysql://db/uim", "host=db password=hunter2", "postgres://uim:hunter2@db/uim", "postgres://db/uim?password=hunter2", "postgres://db/uim?sslrootcert=/nowhere/ca.crt&sslmode=verify-full", "postgres://[::"},
		"UIM_PUBLIC_URL":               {"chat.example.com", "ftp://chat.example.com", "https://"},
		"UIM_ALLOWED_ORIGINS":          {"*", "example.com", "https://a.example.com/", "https://a.example.com,b"},
		"UIM_TRUSTED_PROXIES":          {"10.0.0.1", "proxy"},
		"UIM_MESSAGE_LENGTH":           {"0", "-1", "16001", "many"},
		"UIM_MESSAGES_PER_MINUTE":      {"0"},
		"UIM_MESSAGES_PER_HOUR":        {"0"},
		"UIM_POSTGRES_MAX_CONNECTIONS": {"0"},
		"UIM_DRAIN_SECONDS":            {"-1", "5s"},
		"UIM_AUDIT_RETENTION":          {"-1h", "90d"},
		"UIM_ACCESS_TOKEN_TTL":         {"59s", "200h", "soon"},
		"UIM_REFRESH_TOKEN_TTL":        {"15m"},
		"UIM_REDIS_TLS":                {"perhaps"},
		"UIM_REDIS_CA_FILE":            {"/nowhere/ca.crt", "/dev/null"},
		"UIM_LOGINS_PER_MINUTE":        {"0"},
		"UIM_ANONYMOUS_SOCKETS_PER_IP": {"0", "many"},
		"UIM_STARTUP_TIMEOUT":          {"0", "-1s", "soon"},
		"UIM_LOG_LEVEL":                {"loud"},
		"UIM_LOG_FORMAT":               {"xml"},
		"UIM_LOG_FILE_MAX_MB":          {"0"},
		"UIM_LOG_FILE_BACKUPS":         {"-1"},
		"UIM_LOG_FILE_DAYS":            {"-1", "week"},
		"UIM_PPROF":                    {"perhaps"},
	} {
		for _, value := range values {
			t.Run(name+"="+value, func(t *testing.T) {
				environment(t, map[string]string{name: value})
				_, err := LoadConfig()
				if err == nil || !strings.Contains(err.Error(), name) {
					t.Fatalf("got %v", err)
				}
				if strings.Contains(err.Error(), "hunter2") {
					t.Errorf("the error tells the password: %v", err)
				}
			})
		}
	}
}

func TestEverythingWrongWithTheSettingsIsToldAtOnce(t *testing.T) {
	wrong := map[string]string{
		"UIM_KEYS_DIR": "/nowhere/keys", "UIM_REDIS_ADDR": "", "UIM_PUBLIC_URL": "x", "UIM_POSTGRES_URL": "x://", "UIM_ALLOWED_ORIGINS": "*",
		"UIM_TRUSTED_PROXIES": "x", "UIM_MESSAGE_LENGTH": "0", "UIM_DRAIN_SECONDS": "five", "UIM_REDIS_TLS": "perhaps",
		"UIM_REDIS_CA_FILE": "/nowhere/ca.crt", "UIM_LOG_LEVEL": "loud", "UIM_STARTUP_TIMEOUT": "0", "UIM_PPROF": "perhaps",
		"UIM_PRESENCE_GRACE": "soon",
	}
	environment(t, wrong)
	_, err := LoadConfig()
	if err == nil {
		t.Fatal("all went well")
	}
	for name := range wrong {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not told:\n%v", name, err)
		}
	}
	if strings.Contains(err.Error(), "UIM_DRAIN_SECONDS: 0") || strings.Count(err.Error(), "\n") > len(wrong) {
		t.Errorf("something is told twice:\n%v", err)
	}
}

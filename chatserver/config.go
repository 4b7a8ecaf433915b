package chatserver

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"uim.dev/uim/chatserver/auth"
	"uim.dev/uim/chatserver/chat"
	"uim.dev/uim/chatserver/postgres"
	"uim.dev/uim/chatserver/redis"
	"uim.dev/uim/chatserver/telemetry"
)

// Config is everything the server can be told, read from the environment.
type Config struct {
	Listen         string   `env:"UIM_LISTEN" envDefault:":8080"`
	OpsListen      string   `env:"UIM_OPS_LISTEN" envDefault:":9090"`
	PublicURL      string   `env:"UIM_PUBLIC_URL" envDefault:"http://localhost:8080"`
	AllowedOrigins []string `env:"UIM_ALLOWED_ORIGINS"`
	TrustedProxies []string `env:"UIM_TRUSTED_PROXIES"`
	NodeName       string   `env:"UIM_NODE_NAME"`
	KeysDir        string   `env:"UIM_KEYS_DIR"`

	PostgresURL            string `env:"UIM_POSTGRES_URL"` // the rest, the password too, comes from PG… variables
	PostgresMaxConnections int    `env:"UIM_POSTGRES_MAX_CONNECTIONS" envDefault:"16"`

	RedisAddr             string `env:"UIM_REDIS_ADDR"` // several, separated by commas, of sentinels or of a Cluster
	RedisUsername         string `env:"UIM_REDIS_USERNAME"`
	RedisPassword         string `env:"UIM_REDIS_PASSWORD"`
	RedisSentinelMaster   string `env:"UIM_REDIS_SENTINEL_MASTER"`
	RedisSentinelUsername string `env:"UIM_REDIS_SENTINEL_USERNAME"`
	RedisSentinelPassword string `env:"UIM_REDIS_SENTINEL_PASSWORD"`
	RedisCluster          bool   `env:"UIM_REDIS_CLUSTER"`
	RedisTLS              bool   `env:"UIM_REDIS_TLS"`
	RedisCAFile           string `env:"UIM_REDIS_CA_FILE"`
	RedisCertFile         string `env:"UIM_REDIS_CERT_FILE"`
	RedisKeyFile          string `env:"UIM_REDIS_KEY_FILE"`

	AccessTokenTTL  time.Duration `env:"UIM_ACCESS_TOKEN_TTL" envDefault:"15m"`
	RefreshTokenTTL time.Duration `env:"UIM_REFRESH_TOKEN_TTL" envDefault:"168h"`

	PasswordCost   int           `env:"UIM_PASSWORD_COST" envDefault:"10"` // of bcrypt
	AuditRetention time.Duration `env:"UIM_AUDIT_RETENTION" envDefault:"2160h"`

	MessageLength     int `env:"UIM_MESSAGE_LENGTH" envDefault:"10000"`
	MessagesPerMinute int `env:"UIM_MESSAGES_PER_MINUTE" envDefault:"50"`
	MessagesPerHour   int `env:"UIM_MESSAGES_PER_HOUR" envDefault:"500"`

	GroupMembers          int `env:"UIM_GROUP_MEMBERS" envDefault:"500"`
	GroupChangesPerMinute int `env:"UIM_GROUP_CHANGES_PER_MINUTE" envDefault:"60"`

	SearchLanguage string `env:"UIM_SEARCH_LANGUAGE" envDefault:"english"`

	LoginsPerMinute            int `env:"UIM_LOGINS_PER_MINUTE" envDefault:"10"`
	AnonymousRequestsPerMinute int `env:"UIM_ANONYMOUS_REQUESTS_PER_MINUTE" envDefault:"100"`
	AnonymousSocketsPerIP      int `env:"UIM_ANONYMOUS_SOCKETS_PER_IP" envDefault:"20"`

	PresenceGrace time.Duration `env:"UIM_PRESENCE_GRACE" envDefault:"7s"`

	OfflineQueue    Switch        `env:"UIM_OFFLINE_QUEUE" envDefault:"on"`
	OfflineQueueTTL time.Duration `env:"UIM_OFFLINE_QUEUE_TTL" envDefault:"24h"`

	StartupTimeout time.Duration `env:"UIM_STARTUP_TIMEOUT" envDefault:"5m"`

	DrainSeconds int    `env:"UIM_DRAIN_SECONDS" envDefault:"5"`
	LogLevel     string `env:"UIM_LOG_LEVEL" envDefault:"info"`
	LogFormat    string `env:"UIM_LOG_FORMAT" envDefault:"json"`

	LogFile        string `env:"UIM_LOG_FILE"` // empty: standard output
	LogFileMaxMB   int    `env:"UIM_LOG_FILE_MAX_MB" envDefault:"100"`
	LogFileBackups int    `env:"UIM_LOG_FILE_BACKUPS" envDefault:"10"`
	LogFileDays    int    `env:"UIM_LOG_FILE_DAYS" envDefault:"30"`

	Pprof Switch `env:"UIM_PPROF" envDefault:"off"`
}

// maxPresenceGrace is less than half of what a node's word counts for; see redis.Presence.
const maxPresenceGrace = redis.PresenceTTL / 3

// maxMessageLength is what a frame of 64 KiB holds of the longest characters,
// with what is around them.
const maxMessageLength = 16_000

// LoadConfig reads the environment and tells everything that is wrong with it at once.
func LoadConfig() (Config, error) {
	c, err := ReadConfig()
	if c.NodeName == "" {
		c.NodeName, _ = os.Hostname()
	}
	return c, errors.Join(err, c.Validate())
}

// ReadConfig reads the environment as it is. What can't be read is in the error
// and keeps its default.
func ReadConfig() (Config, error) {
	c, err := DefaultConfig()
	if err != nil {
		return c, err
	}
	return c, unreadable(env.Parse(&c))
}

// unreadable calls what can't be read by the names of the variables, not of our fields.
func unreadable(err error) error {
	all, ok := errors.AsType[env.AggregateError](err)
	if !ok {
		return err
	}
	var p problems
	for _, e := range all.Errors {
		parse, ok := errors.AsType[env.ParseError](e)
		if !ok {
			p = append(p, e)
			continue
		}
		field, _ := reflect.TypeFor[Config]().FieldByName(parse.Name)
		reason := parse.Err
		if n, ok := errors.AsType[*strconv.NumError](reason); ok {
			reason = fmt.Errorf("%q: %w", n.Num, n.Err)
		}
		p.add(field.Tag.Get("env"), "can't be read: %v", reason)
	}
	return errors.Join(p...)
}

// UnknownSettings returns the variables that look like settings and are none, such
// as misspelt ones.
func UnknownSettings() []string {
	known := map[string]bool{}
	for field := range reflect.TypeFor[Config]().Fields() {
		known[field.Tag.Get("env")] = true
	}
	var unknown []string
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "UIM_") && !known[name] {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}

// DefaultConfig returns the configuration of an empty environment.
func DefaultConfig() (Config, error) {
	return env.ParseAsWithOptions[Config](env.Options{Environment: map[string]string{}})
}

// Validate tells everything that is wrong at once.
func (c Config) Validate() error {
	var p problems
	c.checkDependencies(p.add)
	c.checkAddresses(p.add)
	c.checkAmounts(p.add)
	return errors.Join(p...)
}

type problems []error

func (p *problems) add(variable, format string, args ...any) {
	*p = append(*p, fmt.Errorf("%s: %s", variable, fmt.Sprintf(format, args...)))
}

// checkDependencies also reads the files that are named, so that a server does
// not start to find out one after the other what it lacks.
func (c Config) checkDependencies(wrong func(variable, format string, args ...any)) {
	if c.KeysDir == "" {
		wrong("UIM_KEYS_DIR", "is required: a folder with secret and signing-*.pem")
	} else if _, err := auth.LoadKeys(c.KeysDir); err != nil {
		wrong("UIM_KEYS_DIR", "%v", err)
	}
	if c.RedisAddr == "" {
		wrong("UIM_REDIS_ADDR", "is required, e.g. redis:6379")
	} else if c.RedisCluster && c.RedisSentinelMaster != "" {
		wrong("UIM_REDIS_CLUSTER", "can't be set together with UIM_REDIS_SENTINEL_MASTER")
	} else if err := c.redis().CheckAddr(); err != nil {
		wrong("UIM_REDIS_ADDR", "%v", err)
	}
	if err := c.redis().CheckFiles(); err != nil {
		wrong("UIM_REDIS_CA_FILE, UIM_REDIS_CERT_FILE, UIM_REDIS_KEY_FILE", "%v", err)
	}
	if u, err := url.Parse(c.PostgresURL); err != nil || c.PostgresURL != "" && !strings.HasPrefix(u.Scheme, "postgres") {
		wrong("UIM_POSTGRES_URL", "is not a postgres:// URL")
	} else if _, secret := u.User.Password(); secret || u.Query().Has("password") {
		wrong("UIM_POSTGRES_URL", "must not hold the password; put it into PGPASSWORD")
	} else if err := (postgres.Config{URL: c.PostgresURL}).Check(); err != nil {
		wrong("UIM_POSTGRES_URL", "and the PG… variables can't be used: %v", err)
	}
}

// redis is how to reach Redis.
func (c Config) redis() redis.Config {
	return redis.Config{
		Addr: c.RedisAddr, Username: c.RedisUsername, Password: c.RedisPassword,
		SentinelMaster: c.RedisSentinelMaster, SentinelUsername: c.RedisSentinelUsername, SentinelPassword: c.RedisSentinelPassword,
		Cluster: c.RedisCluster,
		TLS:     c.RedisTLS, CAFile: c.RedisCAFile, CertFile: c.RedisCertFile, KeyFile: c.RedisKeyFile,
	}
}

func (c Config) checkAddresses(wrong func(variable, format string, args ...any)) {
	if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		wrong("UIM_PUBLIC_URL", "%q is not an http or https URL", c.PublicURL)
	}
	for _, o := range c.AllowedOrigins {
		if u, err := url.Parse(o); err != nil || u.Host == "" || u.Path != "" {
			wrong("UIM_ALLOWED_ORIGINS", "%q is not an origin such as https://chat.example.com", o)
		}
	}
	for _, p := range c.TrustedProxies {
		if _, err := netip.ParsePrefix(p); err != nil {
			wrong("UIM_TRUSTED_PROXIES", "%q is not a CIDR such as 10.0.0.0/8", p)
		}
	}
}

// searchLanguage is what a text search configuration of Postgres may be called
// here; the database must have it too.
var searchLanguage = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

func (c Config) checkAmounts(wrong func(variable, format string, args ...any)) {
	for name, n := range map[string]int{
		"UIM_MESSAGE_LENGTH": c.MessageLength, "UIM_MESSAGES_PER_MINUTE": c.MessagesPerMinute,
		"UIM_MESSAGES_PER_HOUR": c.MessagesPerHour, "UIM_POSTGRES_MAX_CONNECTIONS": c.PostgresMaxConnections,
		"UIM_LOGINS_PER_MINUTE": c.LoginsPerMinute, "UIM_ANONYMOUS_REQUESTS_PER_MINUTE": c.AnonymousRequestsPerMinute,
		"UIM_ANONYMOUS_SOCKETS_PER_IP": c.AnonymousSocketsPerIP,
		"UIM_GROUP_CHANGES_PER_MINUTE": c.GroupChangesPerMinute,
		"UIM_LOG_FILE_MAX_MB":          c.LogFileMaxMB,
	} {
		if n < 1 {
			wrong(name, "%d is not positive", n)
		}
	}
	if c.MessageLength > maxMessageLength {
		wrong("UIM_MESSAGE_LENGTH", "%d is more than %d, which a frame can hold", c.MessageLength, maxMessageLength)
	}
	if c.PasswordCost < auth.DefaultPasswordCost || c.PasswordCost > 16 {
		wrong("UIM_PASSWORD_COST", "%d is not between %d and 16", c.PasswordCost, auth.DefaultPasswordCost)
	}
	if c.GroupMembers < chat.MinGroup {
		wrong("UIM_GROUP_MEMBERS", "%d is less than %d", c.GroupMembers, chat.MinGroup)
	}
	if c.PresenceGrace < 0 || c.PresenceGrace > maxPresenceGrace {
		wrong("UIM_PRESENCE_GRACE", "%s is not between 0s and %s", c.PresenceGrace, maxPresenceGrace)
	}
	if c.OfflineQueueTTL < time.Minute {
		wrong("UIM_OFFLINE_QUEUE_TTL", "%s is less than 1m", c.OfflineQueueTTL)
	}
	if c.AuditRetention < 0 {
		wrong("UIM_AUDIT_RETENTION", "%s is negative; 0 keeps everything", c.AuditRetention)
	}
	if _, err := telemetry.NewLogger(io.Discard, c.LogLevel, c.LogFormat); err != nil {
		wrong("UIM_LOG_LEVEL, UIM_LOG_FORMAT", "%v", err)
	}
	if !searchLanguage.MatchString(c.SearchLanguage) {
		wrong("UIM_SEARCH_LANGUAGE", "%q is not the name of a text search configuration such as english, or simple", c.SearchLanguage)
	}
	if c.StartupTimeout <= 0 {
		wrong("UIM_STARTUP_TIMEOUT", "%v is not positive", c.StartupTimeout)
	}
	for name, n := range map[string]int{
		"UIM_DRAIN_SECONDS": c.DrainSeconds, "UIM_LOG_FILE_BACKUPS": c.LogFileBackups, "UIM_LOG_FILE_DAYS": c.LogFileDays,
	} {
		if n < 0 {
			wrong(name, "%d is negative", n)
		}
	}
	if c.AccessTokenTTL < time.Minute || c.RefreshTokenTTL <= c.AccessTokenTTL {
		wrong("UIM_ACCESS_TOKEN_TTL, UIM_REFRESH_TOKEN_TTL", "want at least 1m, and the refresh token to live longer")
	}
}

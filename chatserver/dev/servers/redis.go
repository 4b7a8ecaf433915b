package servers

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"syscall"

	"uim.dev/uim/chatserver/redis"
)

// StartRedis runs a private Redis (or Valkey), reachable by a Unix socket, and
// by TCP if the host has a port for it, with its data and log in a folder.
func (h *Host) StartRedis(ctx context.Context, data string) (*Process, error) {
	program, err := find("", "redis-server", "valkey-server")
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(data, "redis")
	if err := h.folder(dir); err != nil {
		return nil, err
	}
	p, err := h.start("Redis", filepath.Join(data, "redis.log"), syscall.SIGTERM, program,
		"--port", strconv.Itoa(h.RedisPort), "--unixsocket", h.RedisAddr(), "--unixsocketperm", "700", "--dir", dir, "--save", "", "--appendonly", "yes")
	if err != nil {
		return nil, err
	}
	client, err := redis.Open(redis.Config{Addr: h.RedisAddr()})
	if err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	defer func() { _ = client.Close() }()
	if err := p.Await(ctx, func(ctx context.Context) error { return redis.Ping(ctx, client) }); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

// RedisAddr is the address of the private Redis.
func (h *Host) RedisAddr() string { return filepath.Join(h.sockets, "redis.sock") }

// StartRedisAt runs one more private Redis, on a port of 127.0.0.1, with its data
// and log in a folder; arguments are those of redis-server. It is ready when it
// lets password in, which is empty where none is needed.
func (h *Host) StartRedisAt(ctx context.Context, data string, port int, password string, arguments ...string) (*Process, error) {
	program, err := find("", "redis-server", "valkey-server")
	if err != nil {
		return nil, err
	}
	if err := h.folder(data); err != nil {
		return nil, err
	}
	log := filepath.Join(filepath.Dir(data), filepath.Base(data)+".log")
	p, err := h.start("Redis", log, syscall.SIGTERM, program,
		append(arguments, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", data)...)
	if err != nil {
		return nil, err
	}
	client, err := redis.Open(redis.Config{Addr: "127.0.0.1:" + strconv.Itoa(port), Password: password})
	if err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	defer func() { _ = client.Close() }()
	if err := p.Await(ctx, func(ctx context.Context) error { return redis.Ping(ctx, client) }); err != nil {
		return nil, errors.Join(err, p.Stop())
	}
	return p, nil
}

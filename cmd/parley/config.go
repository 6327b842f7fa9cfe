package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"parley/internal/cdn"
	"parley/internal/mail"
	"parley/internal/store"
)

// options is all that can be configured. Each is a flag, an environment
// variable (env) and a key of the TOML file (key); the first of these that is
// set wins, in this order, and else the default.
type options struct {
	Config string `env:"PARLEY_CONFIG" placeholder:"FILE" help:"TOML file with options; ./parley.toml if it exists."`

	DB             string   `name:"db" env:"PARLEY_DB" key:"db" default:"./parley.db" placeholder:"FILE|URL" help:"Database: a file for SQLite, or a postgres:// URL."`
	DBDirect       string   `name:"db-direct" env:"PARLEY_DB_DIRECT" key:"db_direct" placeholder:"URL" help:"The same PostgreSQL past a pooler such as PgBouncer, for changes of the schema and for news between nodes; db if not set."`
	DBReplicas     []string `name:"db-replicas" env:"PARLEY_DB_REPLICAS" key:"db_replicas" placeholder:"URL" help:"PostgreSQL databases that follow db; pages that are not kept are read from them as far as they have everything. None if not set."`
	Bus            string   `env:"PARLEY_BUS" key:"bus" default:"auto" placeholder:"auto|off|URL" help:"What carries news between the nodes of one database: PostgreSQL itself (auto), a nats:// URL, or nothing (off)."`
	Purge          string   `env:"PARLEY_PURGE" key:"purge" placeholder:"URL" help:"CDN that is told which pages to drop: fastly://SERVICE, cloudflare://ZONE or varnish://HOST:PORT. Its token is the secret cdn. None if not set."`
	Listen         string   `env:"PARLEY_LISTEN" key:"listen" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to listen on."`
	Admin          string   `env:"PARLEY_ADMIN" key:"admin" placeholder:"HOST:PORT" help:"Address of a second listener for whoever looks after the process: metrics, readiness, profiles. It asks nobody who they are: keep it from readers. Off if not set."`
	BaseURL        string   `name:"base-url" env:"PARLEY_BASE_URL" key:"base_url" placeholder:"URL" help:"Scheme and host under which readers reach Parley; http:// and the listen address if not set."`
	TrustedProxies []string `env:"PARLEY_TRUSTED_PROXIES" key:"trusted_proxies" placeholder:"CIDR" help:"Networks of proxies whose X-Forwarded-For is believed; none if not set."`
	LogLevel       string   `env:"PARLEY_LOG_LEVEL" key:"log_level" default:"info" placeholder:"LEVEL" help:"Least level to log: debug, info, warn or error."`
	LogFormat      string   `env:"PARLEY_LOG_FORMAT" key:"log_format" default:"text" placeholder:"text|json" help:"How the log is written to standard error."`
	LogRequests    bool     `name:"log-requests" env:"PARLEY_LOG_REQUESTS" key:"log_requests" help:"Log every request: route, status, bytes and time. No address, no path."`
	SlowQuery      string   `name:"slow-query" env:"PARLEY_SLOW_QUERY" key:"slow_query" default:"250ms" placeholder:"TIME" help:"Log statements of the database that take longer, without their values; 0 logs none."`
	RateLimits     string   `env:"PARLEY_RATE_LIMITS" key:"rate_limits" default:"on" placeholder:"on|off" help:"Limits on how often one network may call; off is for load tests."`
	CacheBytes     string   `name:"cache-bytes" env:"PARLEY_CACHE_BYTES" key:"cache_bytes" default:"64MiB" placeholder:"SIZE|off" help:"Memory for rendered pages, in bytes, KiB, MiB or GiB; off keeps none and is for measuring."`
	SiteName       string   `env:"PARLEY_SITE_NAME" key:"site_name" default:"Parley" placeholder:"NAME" help:"Name of the site that the first start creates."`

	LogHeads string `name:"log-heads" env:"PARLEY_LOG_HEADS" key:"log_heads" placeholder:"FILE" help:"File that gets the signed end of every site's log each hour; best on another disk. Not kept if not set."`
	LogKey   string `name:"log-key" env:"PARLEY_LOG_KEY" key:"log_key" placeholder:"FILE" help:"Key that signs the ends of logs, made at the first start; beside a database file if not set."`

	SMTP        string   `name:"smtp" env:"PARLEY_SMTP" key:"smtp" placeholder:"URL" help:"Relay that takes mail: smtp://USER:PASSWORD@HOST:PORT, with ?tls=implicit or ?tls=none if it does not offer STARTTLS. No mail is sent if not set."`
	MailFrom    string   `name:"mail-from" env:"PARLEY_MAIL_FROM" key:"mail_from" placeholder:"ADDRESS" help:"Sender of mail: an address, with a name before it if wanted."`
	OutNetworks []string `name:"out-networks" env:"PARLEY_OUT_NETWORKS" key:"out_networks" placeholder:"CIDR" help:"Networks that are not public but may be called all the same, also without TLS: webhooks and identity providers of the house. None if not set."`
	Erasures    string   `env:"PARLEY_ERASURES" key:"erasures" placeholder:"FILE" help:"File that keeps who asked to be forgotten, by number only, so that a backup brought back learns of it; best on another disk. Not kept if not set."`

	Secrets string `name:"secrets" env:"PARLEY_SECRETS" key:"secrets" placeholder:"FOLDER" help:"Folder with one file for each secret that sign-in settings name; only its owner may read them."`

	TLSCert  string   `name:"tls-cert" env:"PARLEY_TLS_CERT" key:"tls_cert" placeholder:"FILE" help:"Certificate chain in PEM: the listener then speaks TLS itself. Read again when it is replaced."`
	TLSKey   string   `name:"tls-key" env:"PARLEY_TLS_KEY" key:"tls_key" placeholder:"FILE" help:"Key of that certificate."`
	TLSHosts []string `name:"tls-hosts" env:"PARLEY_TLS_HOSTS" key:"tls_hosts" placeholder:"HOST" help:"Hosts for which certificates are got from Let's Encrypt, whose terms are thereby accepted."`
	TLSCache string   `name:"tls-cache" env:"PARLEY_TLS_CACHE" key:"tls_cache" default:"./parley-certificates" placeholder:"FOLDER" help:"Where certificates that were got are kept."`
	Redirect string   `env:"PARLEY_REDIRECT" key:"redirect" placeholder:"HOST:PORT" help:"Address that sends who comes without TLS to the base URL; :80 with tls_hosts, where the authority asks."`

	proxies []netip.Prefix
	out     []netip.Prefix
	slow    time.Duration
	mail    *mail.Sender // nil: no mail is sent
	cache   int64        // as web.Config.CacheBytes has it
}

// check refuses values that cannot work, naming the option.
func (o *options) check() error {
	if err := o.checkAddresses(); err != nil {
		return err
	}
	for _, text := range o.TrustedProxies {
		prefix, err := parseNetwork(text)
		if err != nil {
			return fmt.Errorf("trusted_proxies: %q is not a network like 10.0.0.0/8", text)
		}
		if prefix.Bits() == 0 {
			return fmt.Errorf("trusted_proxies: %s would believe every client's word about its address; name your proxies", prefix)
		}
		o.proxies = append(o.proxies, prefix)
	}
	if err := o.checkOutside(); err != nil {
		return err
	}
	if err := o.checkTLS(); err != nil {
		return err
	}
	if err := o.checkLog(); err != nil {
		return err
	}
	if o.RateLimits != "on" && o.RateLimits != "off" {
		return fmt.Errorf("rate_limits: %q is not on or off", o.RateLimits)
	}
	var err error
	if o.cache, err = parseSize(o.CacheBytes); err != nil {
		return fmt.Errorf("cache_bytes: %q is not a size like 64MiB, and not off", o.CacheBytes)
	}
	return nil
}

// checkLog refuses what no log can be written by.
func (o *options) checkLog() error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.LogLevel)); err != nil {
		return fmt.Errorf("log_level: %q is not debug, info, warn or error", o.LogLevel)
	}
	if o.LogFormat != "text" && o.LogFormat != "json" {
		return fmt.Errorf("log_format: %q is not text or json", o.LogFormat)
	}
	if o.LogHeads != "" && o.logKey() == "" {
		return fmt.Errorf("log_heads: log_key must say where the key is that signs them")
	}
	var err error
	if o.slow, err = time.ParseDuration(o.SlowQuery); err != nil || o.slow < 0 {
		return fmt.Errorf("slow_query: %q is not a time like 250ms", o.SlowQuery)
	}
	return nil
}

// checkTLS refuses half a certificate and two ways to one.
func (o *options) checkTLS() error {
	switch {
	case (o.TLSCert == "") != (o.TLSKey == ""):
		return fmt.Errorf("tls_cert and tls_key: one needs the other")
	case o.TLSCert != "" && len(o.TLSHosts) > 0:
		return fmt.Errorf("tls_hosts: certificates come from files already")
	case o.tls() && strings.HasPrefix(o.BaseURL, "http://"):
		return fmt.Errorf("base_url: %q is not https, which the listener speaks", o.BaseURL)
	}
	if len(o.TLSHosts) > 0 && o.Redirect == "" {
		o.Redirect = ":80"
	}
	if _, _, err := net.SplitHostPort(o.Redirect); o.Redirect != "" && err != nil {
		return fmt.Errorf("redirect: %q is not HOST:PORT", o.Redirect)
	}
	return nil
}

// tls reports whether the listener itself speaks TLS.
func (o *options) tls() bool { return o.TLSCert != "" || len(o.TLSHosts) > 0 }

// checkOutside refuses a relay, a sender or a network that are none.
func (o *options) checkOutside() error {
	for _, text := range o.OutNetworks {
		prefix, err := parseNetwork(text)
		if err != nil {
			return fmt.Errorf("out_networks: %q is not a network like 10.0.0.0/8", text)
		}
		if prefix.Bits() == 0 {
			return fmt.Errorf("out_networks: %s would let every address be called; name your networks", prefix)
		}
		o.out = append(o.out, prefix)
	}
	if o.SMTP == "" {
		return nil
	}
	if o.MailFrom == "" {
		return fmt.Errorf("mail_from: mail needs a sender")
	}
	var err error
	if o.mail, err = mail.New(mail.Config{URL: o.SMTP, From: o.MailFrom}); err != nil {
		return fmt.Errorf("smtp: %w", err)
	}
	return nil
}

// checkAddresses refuses a database, a listen address or a base URL that are
// none.
func (o *options) checkAddresses() error {
	if o.DB == "" {
		return fmt.Errorf("db: a file or a postgres:// URL is needed")
	}
	if scheme, _, found := strings.Cut(o.DB, "://"); found && scheme != "postgres" && scheme != "postgresql" {
		return fmt.Errorf("db: there is no database %s://", scheme)
	}
	if o.DBDirect != "" && (!isPostgres(o.DB) || !isPostgres(o.DBDirect)) {
		return fmt.Errorf("db_direct: it and db must be postgres:// URLs")
	}
	for _, place := range o.DBReplicas {
		if !isPostgres(o.DB) || !isPostgres(place) {
			return fmt.Errorf("db_replicas: they and db must be postgres:// URLs")
		}
	}
	if o.Bus != "auto" && o.Bus != "off" && !strings.HasPrefix(o.Bus, "nats://") && !strings.HasPrefix(o.Bus, "tls://") {
		return fmt.Errorf("bus: %q is not auto, off or nats://HOST:PORT", shownPlace(o.Bus))
	}
	if _, err := cdn.Parse(o.Purge); o.Purge != "" && err != nil {
		return fmt.Errorf("purge: %w", err)
	}
	if _, _, err := net.SplitHostPort(o.Listen); err != nil {
		return fmt.Errorf("listen: %q is not HOST:PORT", o.Listen)
	}
	if _, _, err := net.SplitHostPort(o.Admin); o.Admin != "" && err != nil {
		return fmt.Errorf("admin: %q is not HOST:PORT", o.Admin)
	}
	if o.BaseURL == "" {
		return nil
	}
	u, err := url.Parse(o.BaseURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" ||
		strings.TrimSuffix(o.BaseURL, "/") != u.Scheme+"://"+u.Host {
		return fmt.Errorf("base_url: %q is not http(s)://HOST without a path", o.BaseURL)
	}
	o.BaseURL = u.Scheme + "://" + u.Host
	return nil
}

// parseNetwork reads a network, or one address as the network of it alone.
func parseNetwork(text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	if addr, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	return prefix.Masked(), err
}

// parseSize reads a number of bytes, with a unit or without. For "off" it is
// negative; 0 leaves the choice to the program.
func parseSize(text string) (int64, error) {
	if text == "off" {
		return -1, nil
	}
	number, shift := text, 0
	for unit, by := range map[string]int{"KiB": 10, "MiB": 20, "GiB": 30} {
		if before, found := strings.CutSuffix(text, unit); found {
			number, shift = strings.TrimSpace(before), by
		}
	}
	n, err := strconv.ParseUint(number, 10, 63-shift)
	return int64(n) << shift, err
}

// base returns the URL under which readers reach Parley when it listens on an
// address.
func (o *options) base(listen string) string {
	scheme := "http://"
	switch {
	case o.BaseURL != "":
		return o.BaseURL
	case len(o.TLSHosts) > 0:
		return "https://" + o.TLSHosts[0]
	case o.tls():
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return scheme + listen
	}
	// Browsers make passkeys for names only, and this machine has one.
	if ip, err := netip.ParseAddr(host); host == "" || (err == nil && (ip.IsUnspecified() || ip.IsLoopback())) {
		host = "localhost"
	}
	return scheme + net.JoinHostPort(host, port)
}

// postgres reports whether the database is a server and not a file.
func (o *options) postgres() bool { return isPostgres(o.DB) }

func isPostgres(place string) bool { return strings.Contains(place, "://") }

// places returns where the database is.
func (o *options) places() store.Places {
	return store.Places{URL: o.DB, Direct: o.DBDirect, Replicas: o.DBReplicas}
}

// direct returns the database's URL past a pooler.
func (o *options) direct() string {
	if o.DBDirect != "" {
		return o.DBDirect
	}
	return o.DB
}

// logKey returns where the key is that signs the ends of logs; empty when the
// database is a server and nobody said where.
func (o *options) logKey() string {
	if o.LogKey == "" && !o.postgres() {
		return o.DB + ".log-key"
	}
	return o.LogKey
}

// logger returns the log that the options ask for.
func (o *options) logger(w io.Writer) *slog.Logger {
	level := slog.LevelInfo
	if err := level.UnmarshalText([]byte(o.LogLevel)); err != nil {
		level = slog.LevelInfo
	}
	with := &slog.HandlerOptions{Level: level}
	if o.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, with))
	}
	return slog.New(slog.NewTextHandler(w, with))
}

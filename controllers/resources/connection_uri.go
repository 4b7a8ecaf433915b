package resources

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"maps"
	"net/url"
	"slices"
	"strings"
)

const keyURI = "uri"

// SpellOutURI answers the content of a user's database Secret with what its uri says
// under keys of their own, since pods read those. spelled is false when it has them
// all as it is. The error is a *SecretError.
func SpellOutURI(name string, data map[string][]byte) (content map[string][]byte, spelled bool, err error) {
	if firstKey(data, keyURI) == "" {
		return data, false, nil
	}
	parts, err := readURI(name, string(data[keyURI]))
	if err != nil {
		return nil, false, err
	}
	content = maps.Clone(data)
	for _, part := range parts {
		given := firstKey(data, part.keys...)
		switch {
		case part.value == "":
		case given == "":
			content[part.keys[0]] = []byte(part.value)
			spelled = true
		case !part.agrees(string(data[given])):
			return nil, false, &SecretError{name, "has a uri and a " + given + " that contradict each other: remove one of the two"}
		}
	}
	delete(content, keyURI)
	return content, spelled, nil
}

// uriPart is a part of a uri and the keys that mean the same.
type uriPart struct {
	value string
	keys  []string
}

// agrees says whether a key has the value of the part. Of hosts one may be written
// in full and the other without its domain, as CloudNativePG does.
func (p uriPart) agrees(value string) bool {
	isHost := p.keys[0] == keyHost
	return value == p.value || isHost && (strings.HasPrefix(value, p.value+".") || strings.HasPrefix(p.value, value+"."))
}

// readURI takes a uri apart. No error holds anything of it: there is a password
// in it.
func readURI(name, text string) ([]uriPart, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || strings.Contains(u.Host, ",") {
		return nil, &SecretError{name, "has a uri that is not of the form postgresql://user:password@host:5432/dbname?sslmode=verify-full, with one host and special characters of the password written as %XX"}
	}
	for parameter := range u.Query() {
		if parameter != keySSLMode {
			return nil, &SecretError{name, "has a uri with a parameter other than sslmode, which is not passed on: remove it, and give a certificate authority as ca.crt"}
		}
	}
	password, _ := u.User.Password()
	return []uriPart{
		{u.Hostname(), []string{keyHost}},
		{u.Port(), []string{keyPort}},
		{u.User.Username(), []string{keyUser, keyUsername}},
		{password, []string{keyPassword}},
		{strings.TrimPrefix(u.Path, "/"), []string{keyName, keyDatabase}},
		{u.Query().Get(keySSLMode), []string{keySSLMode}},
	}, nil
}

// CheckCertificates looks into the certificates of a user's Secret; those of the
// operator's own are right. The error is a *SecretError.
func CheckCertificates(name string, data map[string][]byte) error {
	if ca := data[keyCA]; len(ca) > 0 && !x509.NewCertPool().AppendCertsFromPEM(ca) {
		return &SecretError{name, "has a ca.crt without a certificate in PEM, which begins with -----BEGIN CERTIFICATE-----"}
	}
	if len(data[keyCertificate]) > 0 && len(data[keyCertificateKey]) > 0 {
		if _, err := tls.X509KeyPair(data[keyCertificate], data[keyCertificateKey]); err != nil {
			return &SecretError{name, "has a tls.crt and a tls.key that are not a certificate and its key in PEM"}
		}
	}
	mode := string(bytes.TrimSpace(data[keySSLMode]))
	if len(data[keyCA]) > 0 && slices.Contains([]string{"disable", "allow", "prefer"}, mode) {
		return &SecretError{name, "has a ca.crt, which sslmode " + mode + " does not look at: make it verify-full, or remove ca.crt"}
	}
	return nil
}

// ExternalDatabaseData is the content of the Secret that tells pods what the uri of a
// user's Secret says.
func ExternalDatabaseData(content map[string][]byte) map[string][]byte {
	return only(content, keyHost, keyPort, keyUser, keyUsername, keyPassword, keyOwnerUser, keyOwnerPassword, keyName, keyDatabase, keySSLMode, keyCA)
}

package polls

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"popeye/client"
)

// Server says whom the commands speak to.
type Server struct {
	URL string `long:"server" var:"POPEYE_SERVER" default:"http://localhost:5001" value-name:"URL" description:"Where the site of results is, as in https://result.example.org."`
}

// Client speaks to the server with the token that was given. Without one, a server on
// this machine gets the one that popeye keeps in tokenFile, if that is there. No other
// machine does.
func (s Server) Client(token, tokenFile string) (*client.Client, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("--server (POPEYE_SERVER): %q is no URL of a site, as in http://localhost:5001", s.URL)
	}
	if token == "" && isHere(u.Hostname()) {
		raw, err := os.ReadFile(tokenFile)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("read the organiser's token: %w", err)
		}
		token = strings.TrimSpace(string(raw))
	}
	return client.New(client.Config{URL: s.URL, Token: token}), nil
}

// isHere reports whether a host is this machine.
func isHere(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Explain says what a person can do about an error of the client.
func Explain(c *client.Client, err error) error {
	var said *client.Error
	var unreached *url.Error
	switch {
	case errors.As(err, &said) && said.Status == http.StatusUnauthorized:
		return fmt.Errorf("%s does not accept the organiser's token, or got none: set ADMIN_TOKEN, or ADMIN_TOKEN_FILE", c.URL())
	case errors.As(err, &said) && (said.Code == "" || said.Code == "not_found"):
		return fmt.Errorf("%w: is --server (POPEYE_SERVER) the site of results, of this release?", err)
	case errors.As(err, &unreached):
		return fmt.Errorf("%s can't be reached: %w; say where the site of results is with --server or POPEYE_SERVER", c.URL(), unreached.Err)
	}
	return err
}

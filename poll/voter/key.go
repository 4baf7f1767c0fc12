package voter

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"sync"
	"sync/atomic"

	"popeye/queue"
)

// MinKey is the fewest bytes that a key has.
const MinKey = 16

// The uses of the key.
const (
	signPurpose    = "popeye voter_id 1"
	castPurpose    = "popeye voter of a cast 1"
	tagPurpose     = "popeye instance 1"
	networkPurpose = "popeye network 1"
	tagBytes       = 4
)

// Key signs voters' cookies. It is kept once it was loaded. Safe for concurrent use.
type Key struct {
	load func(context.Context) ([]byte, error)

	mu  sync.RWMutex
	key []byte
}

// NewKey returns a key that is asked for until there is an answer.
func NewKey(load func(context.Context) ([]byte, error)) *Key { return &Key{load: load} }

func (k *Key) get(ctx context.Context) ([]byte, error) {
	k.mu.RLock()
	key := k.key
	k.mu.RUnlock()
	if key != nil {
		return key, nil
	}
	key, err := k.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: load the cookie key: %w", queue.ErrUnavailable, err)
	}
	if len(key) < MinKey {
		return nil, fmt.Errorf("the cookie key has %d bytes, fewer than %d", len(key), MinKey)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.key == nil {
		k.key = key
	}
	return k.key, nil
}

// Tag names this instance, to be told from others on the same host: browsers
// send cookies to every port.
func Tag(key []byte) string {
	if t := lastTag.Load(); t != nil && bytes.Equal(t.key, key) {
		return t.tag
	}
	t := &tagged{bytes.Clone(key), hex.EncodeToString(mac(key, tagPurpose, "")[:tagBytes])}
	lastTag.Store(t)
	return t.tag
}

// lastTag keeps the tag of the key that was used last: a process has one key, and each
// vote asks for its tag several times.
var lastTag atomic.Pointer[tagged]

type tagged struct {
	key []byte
	tag string
}

// Sign returns the signature of a voter id.
func Sign(key []byte, id string) string {
	return base64.RawURLEncoding.EncodeToString(mac(key, signPurpose, id))
}

// mac is HMAC-SHA256 of a text, bound to one use of the key.
func mac(key []byte, purpose, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(purpose + "\n" + text))
	return m.Sum(nil)
}

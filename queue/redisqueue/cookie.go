package redisqueue

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
)

// cookieKeySize is the size of the secret in bytes.
const cookieKeySize = 32

// CookieKey returns the secret that signs voters' cookies, which all replicas
// of the poll station share. Whoever asks first makes it.
func (q *Queue) CookieKey(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, q.cfg.CallTimeout)
	defer cancel()
	fresh := make([]byte, cookieKeySize)
	rand.Read(fresh) // never fails
	b := q.client.B()
	answers := q.client.DoMulti(ctx,
		b.Set().Key(keyCookie).Value(hex.EncodeToString(fresh)).Nx().Build(),
		b.Get().Key(keyCookie).Build())
	text, err := answers[1].ToString()
	if err != nil {
		return nil, unavailable("read the cookie key", errors.Join(answers[0].NonRedisError(), err))
	}
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != cookieKeySize {
		return nil, errors.New("redis holds a cookie key that is not one: delete " + keyCookie)
	}
	return key, nil
}

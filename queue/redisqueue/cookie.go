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
// of the poll station share. Whoever asks first makes it. Asked again, it puts
// back a key that it had returned before and that Redis has lost: else the next
// replica would make another, and each voter would be two.
func (q *Queue) CookieKey(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, q.cfg.CallTimeout)
	defer cancel()
	offer := make([]byte, cookieKeySize)
	rand.Read(offer) // never fails
	if known := q.cookieKey.Load(); known != nil {
		offer = *known
	}
	b := q.client.B()
	answers := q.client.DoMulti(ctx,
		b.Set().Key(keyCookie).Value(hex.EncodeToString(offer)).Nx().Build(),
		b.Get().Key(keyCookie).Build())
	text, err := answers[1].ToString()
	if err != nil {
		return nil, unavailable("read the cookie key", errors.Join(answers[0].NonRedisError(), err))
	}
	key, err := hex.DecodeString(text)
	if err != nil || len(key) != cookieKeySize {
		return nil, errors.New("redis holds a cookie key that is not one: delete " + keyCookie)
	}
	q.cookieKey.CompareAndSwap(nil, &key)
	return key, nil
}

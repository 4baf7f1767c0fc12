package queue

import (
	"testing"
	"time"

	"popeye/vote"
)

// BenchmarkDecode reads a message as poll writes it, and one as the original program does.
func BenchmarkDecode(b *testing.B) {
	v := vote.Vote{
		Poll: "lunch", Voter: "0123456789abcdef0123456789abcdef", Ballot: "a",
		ID: "b0d4cbb6-3d9c-4e8d-8a3d-3d4de51f1f51", At: time.Now(), Created: "1a2b3c4d5e",
	}
	ours, err := Encode(v)
	if err != nil {
		b.Fatal(err)
	}
	for name, raw := range map[string][]byte{"ours": ours, "classic": []byte(`{"voter_id": "f3a1c0ffee", "vote": "a"}`)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Decode(raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

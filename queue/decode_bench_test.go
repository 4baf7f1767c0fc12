package queue

import ("testing";"popeye/vote";"time")

func BenchmarkDecode(b *testing.B) {
	raw, _ := Encode(vote.Vote{Poll: "lunch", Voter: "0123456789abcdef0123456789abcdef", Ballot: "a", ID: "b0d4cbb6-3d9c-4e8d-8a3d-3d4de51f1f51", At: time.Now(), Created: "1a2b3c4d5e"})
	b.ReportAllocs()
	for b.Loop() { Decode(raw) }
}

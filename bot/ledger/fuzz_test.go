package ledger_test

import (
	"testing"

	"cloudpc-bot/bot/ledger"
)

func FuzzParseReceipt(f *testing.F) {
	for _, s := range []string{"R-7K3F:3f9c0a1b2c3d", "17:3f9c0a1b2c3d", "R-7K3F 3f9c0a1b2c3d", "", "R-7K3F:", ":3f9c0a1b2c3d", "999999999999999999:3f9c0a1b2c3d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ledger.ParseReceipt(s)
		if err != nil {
			return
		}
		if again, err := ledger.ParseReceipt(r.String()); err != nil || again != r {
			t.Errorf("%q reads as %+v, and what that prints as %+v, %v", s, r, again, err)
		}
	})
}

// What lies at rest may be damaged. It is read or refused, and what was read keeps its meaning.
func FuzzDecodeRequest(f *testing.F) {
	r := in(f, ledger.Provisioning)
	body, err := ledger.EncodeRequest(r.Request)
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{body, "", "{}", "null", `{"state":7}`, `{"asked":"yesterday"}`, `[]`, body[:len(body)/2]} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := ledger.DecodeRequest(body)
		if err != nil {
			return
		}
		once, err := ledger.EncodeRequest(r)
		if err != nil {
			return // a time that no JSON can hold
		}
		again, err := ledger.DecodeRequest([]byte(once))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, once)
		}
		if twice, err := ledger.EncodeRequest(again); err != nil || twice != once {
			t.Errorf("written again it is another:\n%s\n%s", once, twice)
		}
	})
}

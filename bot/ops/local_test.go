package ops

import "testing"

func TestWhatListensEverywhereIsAskedHere(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		":8080": "127.0.0.1:8080", "0.0.0.0:8080": "127.0.0.1:8080", "[::]:8080": "[::1]:8080", "127.0.0.1:http": "127.0.0.1:80",
		"bot.internal:8080": "bot.internal:8080", "[fd00::7]:8080": "[fd00::7]:8080",
	} {
		if got, err := local(addr); got != want || err != nil {
			t.Errorf("%s: %s %v, want %s", addr, got, err, want)
		}
	}
}

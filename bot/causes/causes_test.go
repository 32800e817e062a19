package causes

import (
	"net/http"
	"strings"
	"testing"
	"unicode"
)

func TestEveryRowIsFilledAndReadsAsASentence(t *testing.T) {
	for name, table := range map[string][]Cause{"graph": graph, "entra": entra, "slack": slack} {
		seen := map[string]bool{}
		for _, row := range table {
			switch {
			case row.Code == "" || row.What == "" || row.Retry == "":
				t.Errorf("%s %q: a column is empty: %+v", name, row.Code, row)
			case seen[strings.ToLower(row.Code)]:
				t.Errorf("%s %q stands there twice", name, row.Code)
			case strings.HasSuffix(row.What, "."):
				t.Errorf("%s %q: What ends with a full stop", name, row.Code)
			case row.Do != "" && (!strings.HasSuffix(row.Do, ".") || !unicode.IsUpper([]rune(row.Do)[0])):
				t.Errorf("%s %q: Do is no sentence: %q", name, row.Code, row.Do)
			case row.Retry == Fixed && row.Do == "" && name != "slack": // the words for a channel know where
				t.Errorf("%s %q: it has to be fixed, and nobody is told how", name, row.Code)
			case strings.ContainsAny(row.Text(), "`*_<>") && !strings.Contains(row.Text(), "AZURE_") && !strings.Contains(row.Text(), "GRAPH_") && !strings.Contains(row.Text(), "HTTPS_"):
				t.Errorf("%s %q: markup in %q", name, row.Code, row.Text())
			}
			seen[strings.ToLower(row.Code)] = true
		}
	}
}

func TestEachIsFoundByWhatTheServiceSays(t *testing.T) {
	for _, status := range refused {
		if got := Graph(status, "SomeCode"); got.Code != statusCode(status) {
			t.Errorf("%d: %+v", status, got)
		}
	}
	for _, row := range []struct {
		got  Cause
		code string
	}{
		{Graph(http.StatusBadRequest, SecondAdmin), SecondAdmin},
		{Graph(http.StatusNotFound, NoSuchCall), NoSuchCall},
		{Graph(http.StatusForbidden, Foreign), Foreign},
		{Graph(http.StatusBadRequest, Options), Options},
		{Graph(http.StatusBadGateway, ""), "502"},
		{Graph(http.StatusTeapot, ""), "418"},
		{Graph(0, ""), ""},
		{Entra("AADSTS53003", "invalid_grant"), "AADSTS53003"},
		{Entra("AADSTS99999999", "invalid_grant"), "invalid_grant"},
		{Entra("", "nothing_known"), ""},
		{Slack("is_archived"), "is_archived"},
		{Slack("something_new"), ""},
	} {
		if row.got.Code != row.code {
			t.Errorf("got %+v, want %q", row.got, row.code)
		}
	}
	for _, code := range []string{"AADSTS900439", "AADSTS900382", "AADSTS900432"} { // G16
		if do := Entra(code).Do; !strings.Contains(do, "AZURE_AUTHORITY_HOST") || !strings.Contains(do, "GRAPH_URL") {
			t.Errorf("%s: %q names not both", code, do)
		}
	}
}

// refused lists the statuses that the graph table must cover.
var refused = []int{
	http.StatusBadRequest, http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusNotFound,
	http.StatusMethodNotAllowed, http.StatusConflict, http.StatusGone, http.StatusPreconditionFailed, http.StatusLocked,
	http.StatusTooManyRequests, http.StatusUnavailableForLegalReasons,
}

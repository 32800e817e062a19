package graph

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAReportThatMakesNoSenseIsAnError(t *testing.T) {
	const schema = `"Schema":[{"Column":"CloudPcId"},{"Column":"SignInStatus"},{"Column":"DaysSinceLastSignIn"},{"Column":"LastActiveTime"}]`
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	never := Usage{Known: true, NeverSignedIn: true, DaysSince: -1}
	for body, want := range map[string]*Usage{
		``: nil, `{}`: nil, `[]`: nil, `null`: nil, `<html>`: nil, `{"TotalRowCount":1,` + schema + `,"Values":[]}`: nil,
		`{` + schema + `,"Values":[7]}`: nil, `{` + schema + `,"Values":{}}`: nil,
		`{` + schema + `,"Values":[["11111111-1111-4111-8111-111111111111","SignedIn",0,null]]}`: nil,

		`{"TotalRowCount":0,` + schema + `,"Values":[]}`: &never, `{"TotalRowCount":0}`: &never, `{` + schema + `,"Values":[]}`: &never,
		`{"TotalRowCount":"one",` + schema + `,"Values":[["` + pcID + `","signedin",0,"2026-11-23T10:00:00"]]}`: {Known: true, SignedIn: true, LastActive: at},
		`{` + schema + `,"Values":[["` + pcID + `","NotSignedIn","12","2026-11-23T10:00:00.5Z"]]}`:              {Known: true, DaysSince: 12, LastActive: at.Add(time.Second / 2)},
		`{` + schema + `,"Values":[["` + pcID + `","Asleep",-4,"yesterday"]]}`:                                  {DaysSince: -1},
		`{` + schema + `,"Values":[[null,null,null,null]]}`:                                                     {DaysSince: -1},
		`{` + schema + `,"Values":[[]]}`:                                                                        {DaysSince: -1},
		`{"Schema":[null,7],"Values":[["x",{}]]}`:                                                               nil,
	} {
		s := serve(t, true, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Header().Set("request-id", "r1")
			io.WriteString(w, body)
		})
		got, err := s.client(t, nil).Usage(t.Context(), pcID)
		if (err == nil) != (want != nil) || want != nil && got != *want || want == nil && got != (Usage{}) {
			t.Errorf("%s: %v, %+v", body, err, got)
		}
		if e, ok := err.(*Error); ok && (e.Foreign || e.Outcome != NotActed) {
			t.Errorf("%s: %+v", body, e)
		}
		if seen := s.arrivals(); len(seen) != 1 || !strings.HasPrefix(seen[0].header.Get("Accept"), "application/octet-stream") {
			t.Errorf("%+v", seen)
		}
	}
}

func TestAnotherImageIsNotTheOneAskedFor(t *testing.T) {
	for _, body := range []string{``, `{}`, `[]`, `<html>`, `{"id":7,"status":"supported"}`, `{"id":"other","status":"supported"}`} {
		s := serve(t, true, says(200, body))
		if i, err := s.client(t, nil).Image(t.Context(), "gallery", "pub_offer_sku"); err == nil || i != (Image{}) {
			t.Errorf("%s: %v, %+v", body, err, i)
		}
	}
	s := serve(t, true, says(200, `{"id":"Pub_Offer_Sku","status":7,"endDate":"soon","expirationDate":"2027-04-14T23:00:00Z"}`))
	i, err := s.client(t, nil).Image(t.Context(), "Gallery", "pub_offer_sku")
	if want := (Image{ExpirationDate: time.Date(2027, 4, 14, 0, 0, 0, 0, time.UTC)}); err != nil || i != want {
		t.Errorf("%v, %+v", err, i)
	}
	if seen := s.arrivals()[0]; seen.path != "/v1.0/deviceManagement/virtualEndpoint/galleryImages/pub_offer_sku" || seen.query != "" {
		t.Errorf("%+v", seen)
	}
}

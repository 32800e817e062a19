package graph

import (
	"encoding/json"
	"strings"
)

// fault is the error in an answer's body, as far as it can be read. encoding/json matches
// field names without regard to case, which covers both innerError (as in samples) and
// innererror (as in the schema; learn.microsoft.com/graph/errors).
type fault struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"request-id"`
	Inner     *fault `json:"innerError"`
}

// readFault finds the most specific code, its message and the request id in body. What
// cannot be read stays empty: the status has already decided what the answer means.
func readFault(body []byte) fault {
	var answer struct {
		Error fault `json:"error"`
	}
	_ = json.Unmarshal(body, &answer) // fills in the fields of the right type
	f := answer.Error
	f.unwrap()
	for in := f.Inner; in != nil; in = in.Inner {
		in.unwrap()
		if in.Code != "" {
			f.Code = in.Code
		}
		if in.Message != "" {
			f.Message = in.Message
		}
		if in.RequestID != "" {
			f.RequestID = in.RequestID
		}
	}
	f.Inner = nil
	return f
}

// unwrap takes code and message out of a message that is itself JSON, as some services
// behind Graph write it: {"errorCode":"…","message":"…"}.
func (f *fault) unwrap() {
	for range 3 { // one level is usual; the limit guards against malicious input
		if !strings.HasPrefix(strings.TrimSpace(f.Message), "{") {
			break
		}
		var within struct {
			ErrorCode string `json:"errorCode"`
			Code      string `json:"code"`
			Message   string `json:"message"`
			Error     *fault `json:"error"`
		}
		if json.Unmarshal([]byte(f.Message), &within) != nil {
			break
		}
		if within.Error != nil {
			within.Code, within.Message = within.Error.Code, within.Error.Message
		}
		if within.ErrorCode != "" {
			within.Code = within.ErrorCode
		}
		if within.Code == "" && within.Message == "" {
			break
		}
		if within.Code != "" {
			f.Code = within.Code
		}
		f.Message = within.Message
	}
	if f.Code == "UnknownError" {
		f.Code = "" // says less than the status
	}
}

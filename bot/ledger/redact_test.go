package ledger

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/bot/command"
)

// stays are the texts of a request that a redaction leaves: ids, words of the program, and what a machine is.
// A new field has to be on this list, or be erased.
const stays = `ID State Failure Cause.Code Cause.RequestID Cause.Where Cause.Retriable
	Order.PC Order.Verb Order.OS Order.Account Order.Request Order.Person Requester.Org Requester.ID Interaction.Envelope Interaction.Trigger Interaction.View FromChannel
	Choices.ID Choices.Plan Choices.Status Picked FoundBy Near.ID Near.Plan Near.Status
	Target.ID Target.PolicyID Target.Policy Target.Image Target.Connection Target.NewImage Target.Region Target.Join Target.PlanID Target.Plan
	Target.ManagedDeviceID Target.AADDeviceID Target.Status Target.Power Target.OS Target.Account
	Result.ID Result.PolicyID Result.Policy Result.Image Result.Connection Result.NewImage Result.Region Result.Join Result.PlanID Result.Plan
	Result.ManagedDeviceID Result.AADDeviceID Result.Status Result.Power Result.OS Result.Account
	Card.Channel Card.TS Consents.By.Org Consents.By.ID Decided.Kind Decided.By.Org Decided.By.ID RetryOf Earlier
	Submission.CallID Submission.Outcome Submission.Closing.Kind Submission.Closing.By.Org Submission.Closing.By.ID Submission.Phase
	Preview.Image Owner.Person.Org Owner.Person.ID Owner.Untold Owner.Notice.Channel Owner.Notice.TS RejectedBy
	Self.Holder Self.Account.ObjectID Self.Account.Tenant Self.Email`

func TestARedactionDecidesOnEveryText(t *testing.T) {
	var r Request
	texts(reflect.ValueOf(&r).Elem(), "", func(path string, v reflect.Value) { v.SetString("text of " + path) })
	r.State, r.Order.PC = Failed, "typed"
	if err := r.Redact(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	var left []string
	texts(reflect.ValueOf(&r).Elem(), "", func(path string, v reflect.Value) {
		if v.String() != "" && v.String() != Erased {
			left = append(left, path)
		}
	})
	want := strings.Fields(stays)
	slices.Sort(want)
	slices.Sort(left)
	if diff := cmp.Diff(want, left); diff != "" {
		t.Errorf("texts after a redaction (-want +got):\n%s", diff)
	}
	if r.Order.PC != r.Target.ID {
		t.Errorf("it cannot be requested again by %q", r.Order.PC)
	}
}

// texts calls do for every text in a value; of a slice it makes one element.
func texts(v reflect.Value, path string, do func(path string, v reflect.Value)) {
	switch v.Kind() {
	case reflect.String:
		do(path, v)
	case reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		for i := range v.Len() {
			texts(v.Index(i), path, do)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				texts(v.Field(i), strings.TrimPrefix(fmt.Sprint(path, ".", f.Name), "."), do)
			}
		}
	}
}

func TestARedactionKeepsWhatTheProgramSaid(t *testing.T) {
	for code, want := range map[Code]string{WrongState: "provisioning", Drift: Erased, NoSuchPC: Erased, "": Erased} {
		r := Request{State: Refused, Cause: Cause{Code: code, Detail: "provisioning"}, Order: command.Order{PC: "CPC-dan"}}
		if err := r.Redact(time.Unix(1, 0)); err != nil || r.Cause.Detail != want || r.Order.PC != Erased {
			t.Errorf("%q: %q, %q, %v", code, r.Cause.Detail, r.Order.PC, err)
		}
	}
	for _, s := range []State{Resolving, Pending, Approved, Submitting, Unconfirmed, Provisioning} {
		r := Request{ID: "R-7K3F", State: s, Order: command.Order{PC: "CPC-dan"}}
		if err := r.Redact(time.Unix(1, 0)); err == nil || err.Error() != "ledger: not ended yet, so nothing was erased: R-7K3F" || r.Order.PC != "CPC-dan" {
			t.Errorf("%s: %v", s, err)
		}
	}
}

package auth

import "testing"

func TestWhoMayBeTheSameHuman(t *testing.T) {
	dan := Person{Org: "T0HOME", ID: "U0DAN"}
	for who, want := range map[Person]bool{
		dan: true, {Org: "T0HOME", ID: "W0DAN"}: true, {Org: "T0HOME", ID: "U0BEN"}: false, {Org: "T0HOME", ID: "W0BEN"}: false,
		{Org: "T0AWAY", ID: "U0DAN"}: false, {Org: "T0AWAY", ID: "W0DAN"}: false, {}: false, {Org: "T0HOME"}: false,
	} {
		if dan.MayBe(who) != want || who.MayBe(dan) != want {
			t.Errorf("%v: want %v", who, want)
		}
	}
}

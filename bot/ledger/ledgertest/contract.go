// Package ledgertest holds what every home of the ledger promises, as tests and as
// benchmarks. A new promise is written here first. What it cannot show is that a
// write survives the loss of power; homes promise that by their own settings.
package ledgertest

import (
	"database/sql"
	"path"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
)

// Home is an empty home of the ledger.
type Home struct {
	Open func(now func() time.Time) ledger.Store // one more process on the same home
	SQL  *sql.DB                                 // past the store, with no constraint in force that can be put out of it
}

// Run checks the whole contract.
func Run(t *testing.T, home func(testing.TB) Home) {
	for _, promise := range []func(*testing.T, func(testing.TB) Home){
		hasTheTablesOfEveryHome, keepsWhatItIsGiven, knowsAGestureAgain, forgetsAGestureAfterADay, refusesATakenID, refusesAStaleSwap,
		oneOfManySwapsWins, oneLiveRequestPerTarget, claimsOnce, aLeaseEnds, aLeaseIsRenewed, aClaimSurvivesOthers,
		tellsFromItsCursor, theCursorNeverMovesBack, anEventDuringTheTellingIsTold, tellsAMomentLaterWhatWillNotStay,
		aSwapEndsTheClaimWithTheWork, saysWhatIsNext,
		aDecisionLandsInTimeOrNotAtAll, aNoteDisturbsNothing, theBrakesHold, theBudgetHolds, freezeAndSubmitHaveOneWinner, findsByEachField,
		findsAMachineUnderItsEarlierNames, findsPageByPage, leavesOutWhatFoundNoMachine, survivesAReopening, twoProcessesShareIt, countsTheSocketsOfWhoLives,
		verifiesAWholeChain, keepsPersonalTextBesideTheChain, findsEveryMutation, findsARecomputedTail, chainsWhatManyWriteAtOnce,
	} {
		name := path.Ext(runtime.FuncForPC(reflect.ValueOf(promise).Pointer()).Name())
		t.Run(strings.TrimPrefix(name, "."), func(t *testing.T) { promise(t, home) })
	}
}

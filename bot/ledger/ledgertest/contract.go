// Package ledgertest holds the contract of [ledger.Store] as tests and benchmarks, which every store
// runs. A new promise is written here first. What these tests cannot show is that a write survives
// a power failure: SQLite's tests let the power fail, and PostgreSQL's check that a commit waits for the disk.
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

// Database is an empty database for a ledger.
type Database struct {
	Open func(now func() time.Time) ledger.Store // opens a store on it, as one more process would
	SQL  *sql.DB                                 // access past the store, with every constraint disabled that can be
}

// Run checks the whole contract. open makes an empty database; each promise gets its own.
func Run(t *testing.T, database func(testing.TB) Database) {
	for _, promise := range []func(*testing.T, func(testing.TB) Database){
		hasTheTablesOfEveryDatabase, takesEverythingThatCanBeWritten, keepsWhatItIsGiven, knowsAnInteractionAgain, forgetsAnInteractionAfterADay, refusesATakenID, refusesAStaleSwap,
		oneOfManySwapsWins, oneLiveRequestPerTarget, claimsOnce, stepsWaitForTheirHolder, aLeaseEnds, aLeaseIsRenewed, aClaimSurvivesOthers,
		tellsFromItsCursor, theCursorNeverMovesBack, anEventDuringTheTellingIsTold, tellsAMomentLaterWhatWillNotStay, whatWasToldIsNotDue,
		aSwapEndsTheClaimWithTheWork, aWriteHandsOverWhatItMakesDue, saysWhatIsNext,
		aDecisionLandsInTimeOrNotAtAll, aNoteDisturbsNothing, theBrakesHold, theBudgetHolds, saysWhatIsSpent, freezeAndSubmitHaveOneWinner, findsByEachField,
		findsAMachineUnderItsEarlierNames, findsPageByPage, readsTheNewestRuns, recordsEachEraseOnce, countsTheLogAsRead, readsWhatWasSubmitted, findsAForgedErase, schedulesWhatIsNoRequests, leavesOutWhatFoundNoMachine, survivesAReopening, twoProcessesShareIt, countsTheSocketsOfWhoLives, countsWhatIsUnderWay,
		verifiesAWholeChain, keepsPersonalTextBesideTheChain, findsEveryMutation, findsARecomputedTail, chainsWhatManyWriteAtOnce,
		readsTheChainBetweenTimes, redactsEveryWord, redactsOneRequestAndKeepsTheNamesOfOthers, redactsNothingThatIsLive, redactsByAge, redactsWhatAPersonIsConcernedBy, redactsWhoSignedIn, aStaleCopyCannotBringWordsBack,
	} {
		name := path.Ext(runtime.FuncForPC(reflect.ValueOf(promise).Pointer()).Name())
		t.Run(strings.TrimPrefix(name, "."), func(t *testing.T) { promise(t, database) })
	}
}

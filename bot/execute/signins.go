package execute

import (
	"context"
	"sync"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

// SelfService is how people reprovision machines of their own. It is nil where that is switched off.
type SelfService struct {
	// Begin prepares a person's sign-in, and contacts nobody. The sign-in calls show with the code once there is one.
	Begin  func(show func(auth.DeviceCode) error) (SignIn, error)
	Tenant string // the tenant's id: who signs in anywhere else is refused
}

// SignIn is one person's sign-in to Entra, used once.
type SignIn struct {
	// Wait waits until they have signed in. Its errors are those of [auth.SignIn.Wait].
	Wait func(context.Context) (auth.Account, error)
	// Own is what they may do then. It never begins another sign-in.
	Own Own
}

// Own is Graph as a signed-in person may use it here: for machines of their own. Errors are those of package graph.
type Own interface {
	// Mine lists their machines.
	Mine(ctx context.Context) ([]graph.Own, error)
	// Access is what their token says, and until when it is valid.
	Access(ctx context.Context) (graph.Access, error)
	// ReprovisionMine and ReprovisionOf wipe one of them, as Fleet's Reprovision does.
	ReprovisionMine(ctx context.Context, id string) error
	ReprovisionOf(ctx context.Context, userID, id string) error
}

// mostSignIns is how many people may be signing in at once in this process.
const mostSignIns = 20

// signIns are the sign-ins of this process, by request. They are nowhere else: when the process ends they are
// gone, and when a request is over its sign-in is dropped.
type signIns struct {
	lasting context.Context // ends with end
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu  sync.Mutex
	all map[ledger.ID]*heldSignIn
}

// heldSignIn is one of them.
type heldSignIn struct {
	by      auth.Person     // who made the request
	lasting context.Context // ends when the request needs it no more
	cancel  context.CancelFunc

	mu      sync.Mutex
	code    auth.DeviceCode // zero until there is one
	until   time.Time       // when it ends
	unshown bool            // Slack did not take it
	account auth.Account    // zero until they have signed in
	own     Own             // nil until then
	over    bool            // Entra gives no more tokens for it
}

func newSignIns() *signIns {
	s := &signIns{all: map[ledger.ID]*heldSignIn{}}
	s.lasting, s.cancel = context.WithCancel(context.Background())
	return s
}

// end ends the sign-ins, and waits until nothing is done for them any more.
func (s *signIns) end() {
	s.mu.Lock()
	s.cancel() // nothing begins after this
	s.mu.Unlock()
	s.running.Wait()
}

func (s *signIns) of(id ledger.ID) *heldSignIn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[id]
}

// done is the sign-in of a request that somebody has completed; nil if there is none here.
func (s *signIns) done(id ledger.ID) *heldSignIn {
	if one := s.of(id); one != nil && one.signedIn() {
		return one
	}
	return nil
}

func (s *heldSignIn) signedIn() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.own != nil
}

// begin makes room for the sign-in of a request by somebody, which lasts until its context ends. It is nil if too many
// people are signing in, or if they are for another request, which is returned.
func (s *signIns) begin(id ledger.ID, by auth.Person) (one *heldSignIn, other ledger.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := 0
	for of, one := range s.all {
		if one.signedIn() {
			continue
		}
		if waiting++; one.by.MayBe(by) {
			return nil, of
		}
	}
	if waiting >= mostSignIns {
		return nil, ""
	}
	one = &heldSignIn{by: by}
	one.lasting, one.cancel = context.WithCancel(s.lasting)
	s.all[id] = one
	return one, ""
}

// drop forgets the sign-in of a request, and ends what waits for it.
func (s *signIns) drop(id ledger.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.all[id]; one != nil {
		one.cancel()
	}
	delete(s.all, id)
}

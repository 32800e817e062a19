package graphfake

import (
	"net"
	"sync"
)

// door is the listener of a tenant. While it is shut, whoever connects is let wait before
// the first byte; connections that stand are not disturbed.
type door struct {
	net.Listener

	mu   sync.Mutex
	shut chan struct{} // nil = open; closed when it opens again
}

func (d *door) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	shut := d.shut
	d.mu.Unlock()
	if shut != nil {
		<-shut
	}
	return c, nil
}

// Shut lets every new connection wait until open is called. A reprovision comes on a
// connection of its own from who takes care: it can be held so before it is sent.
func (t *Tenant) Shut() (open func()) {
	t.door.mu.Lock()
	defer t.door.mu.Unlock()
	shut := make(chan struct{})
	t.door.shut = shut
	return sync.OnceFunc(func() {
		t.door.mu.Lock()
		defer t.door.mu.Unlock()
		t.door.shut = nil
		close(shut)
	})
}

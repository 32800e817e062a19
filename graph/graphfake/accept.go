package graphfake

import (
	"net"
	"sync"
)

// door is the tenant's listener. While it is shut, new connections wait before their first
// byte; existing connections are not affected.
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

// Shut makes every new connection wait until open is called. A careful client sends each
// reprovision on a connection of its own, so Shut can hold one before it is sent.
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

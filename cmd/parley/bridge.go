package main

import (
	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/live"
	"parley/internal/store"
)

// bridge returns what tells the other nodes of the database what this one moves,
// and this one what they move. End closes its bus once the bridge has ended.
func (p *program) bridge(d *desk.Desk, hub *live.Hub) (b *live.Bridge, end func(), err error) {
	bus, end, err := p.bus()
	if err != nil {
		return nil, nil, err
	}
	b = live.NewBridge(bus, func(moves []forum.Move) {
		d.Moved(moves)
		hub.Tell(moves)
	}, hub.Doubt, p.log)
	d.Watch(b.Tell)
	return b, end, nil
}

// bus returns the bus that the options ask for.
func (p *program) bus() (bus live.Bus, end func(), err error) {
	switch {
	case p.opts.Bus == "off", p.opts.Bus == "auto" && !p.opts.postgres():
		return live.Alone{}, func() {}, nil
	case p.opts.Bus == "auto":
		b, err := store.NewBus(p.opts.direct())
		if err != nil {
			return nil, nil, exitWith(exitDatabase, err)
		}
		return b, b.Close, nil
	}
	b, err := live.NewNATS(p.opts.Bus)
	if err != nil {
		return nil, nil, exitWith(exitConfig, err)
	}
	return b, b.Close, nil
}

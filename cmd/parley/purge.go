package main

import (
	"context"
	"fmt"

	"parley/internal/cdn"
	"parley/internal/desk"
	"parley/internal/egress"
	"parley/internal/meter"
	"parley/internal/web"
)

// cdnSecret is the secret that holds the token of a CDN.
const cdnSecret = "cdn"

// purge has a CDN told what the desk moves, if there is one. Tags are what answers
// say to it; meters what it was told.
func (p *program) purge(d *desk.Desk) (tags web.Tags, run func(context.Context), meters func() []meter.Reading, err error) {
	if p.opts.Purge == "" {
		return tags, func(context.Context) {}, func() []meter.Reading { return nil }, nil
	}
	place, err := cdn.Parse(p.opts.Purge)
	if err != nil {
		return tags, nil, nil, exitWith(exitConfig, fmt.Errorf("purge: %w", err))
	}
	token := ""
	if place.NeedsToken() {
		secret, err := p.secret(cdnSecret)
		if err != nil {
			return tags, nil, nil, exitWith(exitConfig, fmt.Errorf("purge: %w", err))
		}
		token = string(secret)
	}
	purger := cdn.New(place, token, egress.New(egress.Config{Allow: p.opts.out}), p.log)
	d.Watch(purger.Tell)
	tags.Header, tags.Between = place.Tags()
	return tags, purger.Run, purger.Meters, nil
}

package desk_test

import (
	"fmt"
	"testing"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/storetest"
)

// TestOddSanctions sets, lifts, appeals and merges sanctions by the desk's verbs, which
// all agree with their decisions, and then spoils them beside the program in every
// way: each fault is found, and no other.
func TestOddSanctions(t *testing.T) {
	inAviary(t, func(t *testing.T, o aviary) {
		o.site.Settings.FourEyes = false
		impose := func(kind forum.Verb, until time.Time) forum.ID {
			done, err := o.d.Sanction(ctx, o.site, o.owner, desk.Penalty{Account: o.guest().Account.ID, Kind: kind, Until: until, Reason: "abuse"})
			if err != nil {
				t.Fatal(err)
			}
			return done.Decision
		}
		var made []forum.ID
		for _, kind := range []forum.Verb{forum.Warn, forum.AlwaysHold, forum.Ban, forum.Ban} {
			made = append(made, impose(kind, time.Time{}))
		}
		made = append(made, impose(forum.Suspend, o.clock.now().Add(time.Hour)), impose(forum.Ban, time.Time{}))
		for _, id := range made[3:4] {
			if _, err := o.d.Lift(ctx, o.site, o.owner, id, ""); err != nil {
				t.Fatal(err)
			}
		}
		guest, reader := o.guest(), storetest.Account(t, o.s, o.site.ID, forum.RoleReader)
		if _, err := o.d.Sanction(ctx, o.site, o.owner, desk.Penalty{Account: guest.Account.ID, Kind: forum.Warn, Reason: "abuse"}); err != nil {
			t.Fatal(err)
		}
		storetest.Write(t, o.s, func(ctx ctxT, tx txT) error { return tx.Merge(ctx, guest.Account, reader) })
		if wrong, err := o.d.OddSanctions(ctx, o.site.ID); err != nil || len(wrong) != 0 {
			t.Fatalf("%v, %v", wrong, err)
		}
		at := func(id forum.ID) string { return fmt.Sprintf("site_id = %d and decision_id = %d", o.site.ID, id) }
		storetest.Plant(t, o.engine, o.url,
			"delete from sanctions where "+at(made[0]),
			"update sanctions set kind = 'ban' where "+at(made[1]),
			"update sanctions set ended_at = 1 where "+at(made[2]),
			"update sanctions set ended_at = 0 where "+at(made[3]),
			"update sanctions set until_at = 0 where "+at(made[4]),
			fmt.Sprintf("update sanctions set account_id = %d where %s", o.owner.Account.ID, at(made[5])),
		)
		wrong, err := o.d.OddSanctions(ctx, o.site.ID)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "odd ones", wrong, made)
	})
}

// TestLogEnd moves the end of the log and its last entry beside the program.
func TestLogEnd(t *testing.T) {
	inAviary(t, func(t *testing.T, o aviary) {
		o.decide(o.post(o.guest(), 0, "a"), forum.Hold)
		agrees := func() bool {
			t.Helper()
			said, last, err := o.d.LogEnd(ctx, o.site.ID)
			if err != nil {
				t.Fatal(err)
			}
			return said == last
		}
		if !agrees() {
			t.Error("a log as the desk wrote it is found wrong")
		}
		of := fmt.Sprintf(" where site_id = %d", o.site.ID)
		last := of + fmt.Sprintf(" and seq = (select max(seq) from log_entries%s)", of)
		for _, fault := range [][2]string{
			{"update log_heads set seq = seq + 1" + of, "update log_heads set seq = seq - 1" + of},
			{"update log_heads set seq = seq - 1" + of, "update log_heads set seq = seq + 1" + of},
			{"update log_heads set hash = hash || 'x'" + of, "update log_heads set hash = substr(hash, 1, 64)" + of},
			{"update log_entries set reason = 'other'" + last, "update log_entries set reason = ''" + last},
			{"delete from log_entries" + last, ""},
		} {
			storetest.Plant(t, o.engine, o.url, fault[0])
			if agrees() {
				t.Errorf("%s: not found", fault[0])
			}
			if fault[1] == "" {
				continue
			}
			storetest.Plant(t, o.engine, o.url, fault[1])
			if !agrees() {
				t.Fatalf("%s did not mend it", fault[1])
			}
		}
	})
}

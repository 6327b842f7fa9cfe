package store

import (
	"context"

	"parley/internal/forum"
)

// sqlOddSanctions finds the decisions that no sanction says, the sanctions that
// say another kind, end or account than their decision (a guest's became its
// reader's), and those that ended without being lifted, or the other way round.
var sqlOddSanctions = statement(`select d.decision_id from decisions d
	left join sanctions s on s.site_id = d.site_id and s.decision_id = d.decision_id
	left join accounts a on a.site_id = d.site_id and a.account_id = d.account_id
	where d.site_id = $1 and d.verb in ('warn', 'always-hold', 'suspend', 'ban') and (
		s.decision_id is null or s.kind <> d.verb or s.until_at <> d.until_at
		or (s.account_id <> d.account_id and s.account_id <> coalesce(a.merged_into, 0))
		or (s.ended_at <> 0) <> exists (
			select 1 from decisions l where l.site_id = $1 and l.undoes_id = d.decision_id and l.verb = 'lift'))
	union
	select s.decision_id from sanctions s
	join decisions d on d.site_id = s.site_id and d.decision_id = s.decision_id
	where s.site_id = $1 and d.verb not in ('warn', 'always-hold', 'suspend', 'ban')
	order by 1`)

// OddSanctions returns the decisions on accounts that do not agree with what
// stands against the account.
func (r Reader) OddSanctions(ctx context.Context, site forum.ID) ([]forum.ID, error) {
	return many(ctx, r, "compare sanctions with decisions", scanOne[forum.ID], sqlOddSanctions, site)
}

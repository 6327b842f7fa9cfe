package manyjob

import (
	"strconv"

	"parley/frontend/view"
)

// percent is how much of a job is done, for a machine.
func percent(v view.JobPage) string { return strconv.Itoa(v.Progress) }

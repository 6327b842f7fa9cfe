package jobs

import "parley/internal/forum"

// kinds maps what a queued job is called to the verb of the desk that does it.
var kinds = map[forum.JobKind]step{}

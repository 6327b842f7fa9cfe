package storetest

import "os"

// Pooled has the PostgreSQL of all tests reached by way of a PgBouncer in its
// transaction mode; make soak runs the tests of the store and the desk so.
const Pooled = "PARLEY_POOLED"

// ByPooler reports whether all tests are to run so.
func ByPooler() bool { return os.Getenv(Pooled) == "1" }

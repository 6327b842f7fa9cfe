// Package rank holds the mathematics behind the orders of a discussion.
//
// Everything here is a pure function of numbers. What must never enter: a
// database, a clock, a comment, or the question who may see what.
package rank

import "math"

// z is the 0.975 quantile of the standard normal distribution: it makes the
// interval two-sided at 95 %.
const z = 1.959963984540054

// Wilson is the lower bound of the Wilson score interval, at 95 %, for the
// share of readers who would vote up, given the votes so far. It is 0 without
// votes, rises with every vote up and falls with every vote down, and asks for
// more votes before it believes in a high share. A negative count counts as
// none.
//
// Source: E. B. Wilson, "Probable Inference, the Law of Succession, and
// Statistical Inference", Journal of the American Statistical Association 22
// (1927), 209–212. The lower root is computed from the upper one, as
// share² ÷ ((1 + z²/n) × upper), because the textbook form subtracts two nearly
// equal numbers when few voted up.
func Wilson(up, down int) float64 {
	u, d := math.Max(float64(up), 0), math.Max(float64(down), 0)
	n := u + d
	if u == 0 {
		return 0
	}
	return 2 * u * u / (n * (2*u + z*z + z*math.Sqrt(z*z+4*u*d/n)))
}

package mydata

import (
	"strconv"

	"parley/frontend/view"
)

// invalid is the aria-invalid of the field for the word.
func invalid(v view.Privacy) string { return strconv.FormatBool(v.ErrorAt == "word") }

// number writes a number for an attribute.
func number(n int) string { return strconv.Itoa(n) }

// max1 is a progress bar's end, which may not be zero.
func max1(n int) string { return strconv.Itoa(max(n, 1)) }

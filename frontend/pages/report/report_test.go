package report_test

import (
	"testing"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/report"
)

func TestPage(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, report.Page(frontendtest.Report(loc)))
	}
}

func TestPage_attack(t *testing.T) {
	loc := "en"
	frontendtest.CheckAttack(t, frontendtest.Report(loc), report.Page)
}

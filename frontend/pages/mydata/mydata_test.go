package mydata_test

import (
	"testing"

	"github.com/a-h/templ"

	"parley/frontend/frontendtest"
	"parley/frontend/pages/mydata"
	"parley/frontend/view"
)

func TestPages(t *testing.T) {
	for _, loc := range []string{"en", "ar", "tr", "ru"} {
		frontendtest.Check(t, mydata.Page(frontendtest.Privacy(loc)))
		frontendtest.Check(t, mydata.Erasing(frontendtest.Erasing(loc)))
		frontendtest.Check(t, mydata.Data(view.Data{Shell: frontendtest.Shell(loc), Parts: []view.DataPart{{Name: "comments"}}}, func(string) templ.Component {
			return mydata.Row([]view.DataField{{Label: "Text", Value: "Words"}})
		}))
	}
	frontendtest.CheckAttack(t, frontendtest.Privacy("en"), mydata.Page)
}

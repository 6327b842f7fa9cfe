package frontendtest

import (
	"parley/frontend/view"
	"parley/internal/forum"
)

// fields are one of each kind of field, the first with an error.
func fields() []view.Field {
	all := []view.Field{{Kind: view.FieldText, Name: "name", Label: "Name", Value: "Ada", Hint: "As others see it.", Error: "This name is taken.", Required: true}}
	for _, kind := range []view.FieldKind{view.FieldNumber, view.FieldArea, view.FieldCheck, view.FieldChecks, view.FieldSelect} {
		all = append(all, view.Field{
			Kind: kind, Name: string(kind), Label: "A " + string(kind), Value: "1", On: true,
			Options: []view.Option{{Value: "a", Label: "First", On: true}, {Value: "b", Label: "Second"}},
		})
	}
	return all
}

// deskShell is the shell of a page of the desk.
func deskShell(loc string) view.Shell {
	s := Shell(loc)
	s.Account = &view.Account{Name: "Ada Kern", Staff: true, Role: forum.RoleAdmin}
	s.Proposals = 2
	return s
}

// Proposals returns a list with one that waits and one that ended.
func Proposals(loc string) view.Proposals {
	return view.Proposals{
		Shell: deskShell(loc), Flash: "Done.", Next: "/desk/proposals?before=1",
		Items: []view.Proposal{
			{ID: ID(1), Title: "Ban Igor", Words: "Threats in three discussions.", By: "Ada Kern", At: Noon, Expires: Noon, MayEnd: true, Waits: true},
			{ID: ID(2), Title: "Act on many", By: "Mira", At: Noon, Expires: Noon, Own: true, Waits: true},
			{ID: ID(3), Title: "Give Mira a role", By: "Ada Kern", At: Noon, Expires: Noon, Outcome: "Agreed", Decider: "Mira"},
		},
	}
}

// Team returns a newsroom of two with an invitation.
func Team(loc string) view.Team {
	return view.Team{
		Shell: deskShell(loc), Flash: "Done.", Invite: fields(), Grant: fields(),
		Members: []view.Member{
			{ID: ID(1), Name: "Ada Kern", Role: "Administrator", May: "Everything.", Seen: Noon, Self: true},
			{ID: ID(2), Role: "Reviewer", Sections: "World", May: "The queue.", Fields: fields()},
		},
		Invitations: []view.Invitation{{ID: ID(3), Role: "Moderator", Sections: "World", By: "Ada Kern", Expires: Noon, Waits: true}},
	}
}

// Settings returns a form with an error.
func Settings(loc string) view.Settings {
	return view.Settings{
		Shell: deskShell(loc), Seen: "x", Action: "/desk/settings", Flash: "Saved.", Error: "Look again.",
		Parts: []view.Fields{{Heading: "The site", Fields: fields()}},
	}
}

// Keys returns a list of one key.
func Keys(loc string) view.Keys {
	return view.Keys{Shell: deskShell(loc), Flash: "Gone.", Items: []view.Key{{Hash: "h", Label: "CMS", At: Noon}}, Add: fields()[:1]}
}

// Secret returns a link that is shown once.
func Secret(loc string) view.Secret {
	return view.Secret{
		Shell: deskShell(loc), Heading: "The invitation", Text: "Copy it.", Label: "Link", Value: "https://courier.example/welcome/x",
		Back: "/desk/staff", BackTo: "Back",
	}
}

// Me returns the page about a reader's own comments.
func Me(loc string) view.Me {
	hits := Hits()
	v := view.Me{Shell: Shell(loc), Mutes: 3, Known: true, Next: "/me?before=1"}
	for i, state := range []forum.State{forum.Held, forum.Published, forum.Rejected} {
		hits[i].Comment.State = state
		v.Comments = append(v.Comments, hits[i])
	}
	v.Comments[2].Why, v.Comments[2].Decision = "Insult or harassment: please argue without the insult.", "/decisions/1"
	v.Reports = []view.MyReport{{Path: "/c/1", Reason: "Spam", Outcome: "The comment was removed", At: Noon}, {Reason: "Spam", Outcome: "Closed", At: Noon}}
	return v
}

// Profile returns an author's public profile.
func Profile(loc string) view.Profile {
	return view.Profile{
		Shell: Shell(loc), Name: "Ada Kern", Badge: view.BadgeTrusted, Count: 3, Comments: Hits(), Next: "/u/x?before=1", Mute: "a1",
	}
}

// Privacy returns the page of privacy with a refused form.
func Privacy(loc string) view.Privacy {
	return view.Privacy{
		Shell: Shell(loc), Public: true, Profile: "/u/x", Word: "Ada Kern", Mutes: []string{"a1", "a2"}, Remains: "delete",
		Error: "That is not the word.", ErrorAt: "word", Flash: "Saved.",
	}
}

// Erasing returns how far it has come.
func Erasing(loc string) view.Erasing {
	return view.Erasing{Shell: Shell(loc), Progress: 3, Total: 10, Path: "/erasures/1"}
}

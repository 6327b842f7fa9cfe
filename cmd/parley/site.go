package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"parley/internal/forum"
)

// siteCommands are parley site ….
type siteCommands struct {
	Add       siteAdd       `cmd:"" help:"Add a site."`
	Set       siteSet       `cmd:"" help:"Change a site; what is not named stays."`
	List      siteList      `cmd:"" help:"List the sites."`
	SignIn    siteSignIn    `cmd:"" name:"sign-in" help:"Set how people sign in to a site, from a JSON file; without one, print it."`
	OwnerLink siteOwnerLink `cmd:"" help:"Print a link that makes its holder the owner of a site, once."`
}

// siteFlags are what can be said about a site; nil leaves a setting alone.
type siteFlags struct {
	Name         *string        `placeholder:"NAME" help:"Name on the masthead."`
	Locale       *string        `placeholder:"en|ar|tr|ru" help:"Language of the site's own pages."`
	Origin       []string       `sep:"none" placeholder:"ORIGIN" help:"Origin whose pages may embed discussions, like https://paper.example; repeat for more, \"\" for none."`
	Section      []string       `sep:"none" placeholder:"SLUG=NAME" help:"Section in the order of the masthead; repeat for more, \"\" for none."`
	Byline       []string       `placeholder:"name|pseudonym|none" help:"Byline a reader may choose; repeat for more."`
	HoldFirst    *bool          `negatable:"" help:"Hold an author's comments until one was accepted."`
	EditWindow   *time.Duration `placeholder:"5m" help:"How long an author may edit."`
	MaxLength    *int           `placeholder:"N" help:"Characters in a comment."`
	Links        *bool          `negatable:"" help:"Whether comments may hold links."`
	Guidelines   *string        `placeholder:"TEXT" help:"One line above the box."`
	NamelessPace *string        `placeholder:"30s,3/10m" help:"Least gap between two nameless comments of an account, and how many in how long; 0 for no limit."`
	ReaderPace   *string        `placeholder:"5s,20/1h" help:"The same for comments under a name."`
}

// apply changes a site as the flags say.
func (f siteFlags) apply(site *forum.Site) error {
	set(&site.Name, f.Name)
	st := &site.Settings
	set(&st.Locale, f.Locale)
	set(&st.HoldFirst, f.HoldFirst)
	set(&st.MaxLength, f.MaxLength)
	set(&st.Links, f.Links)
	set(&st.Guidelines, f.Guidelines)
	if f.EditWindow != nil {
		st.EditWindow = forum.Seconds(*f.EditWindow / time.Second)
	}
	if f.Origin != nil {
		st.Origins = withoutEmpty(f.Origin)
	}
	if f.Byline != nil {
		st.Bylines = nil
		for _, kind := range f.Byline {
			st.Bylines = append(st.Bylines, forum.BylineKind(kind))
		}
	}
	for _, pace := range []struct {
		text *string
		to   *forum.Pace
	}{{f.NamelessPace, &st.NamelessPace}, {f.ReaderPace, &st.ReaderPace}} {
		if pace.text == nil {
			continue
		}
		var err error
		if *pace.to, err = parsePace(*pace.text); err != nil {
			return err
		}
	}
	return f.applySections(st)
}

func (f siteFlags) applySections(st *forum.Settings) error {
	if f.Section == nil {
		return nil
	}
	st.Sections = nil
	for _, text := range withoutEmpty(f.Section) {
		slug, name, found := strings.Cut(text, "=")
		if !found {
			return exitWith(exitUsage, fmt.Errorf("--section %s: SLUG=NAME is needed", text))
		}
		st.Sections = append(st.Sections, forum.Section{Slug: strings.TrimSpace(slug), Name: strings.TrimSpace(name)})
	}
	return nil
}

// set changes a value if there is another.
func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func withoutEmpty(list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == "" })
}

// parsePace reads "GAP,COUNT/WINDOW", either half of it, or 0.
func parsePace(text string) (forum.Pace, error) {
	wrong := exitWith(exitUsage, fmt.Errorf("%q is not a pace like 30s,3/10m", text))
	var pace forum.Pace
	for part := range strings.SplitSeq(text, ",") {
		count, window, counted := strings.Cut(strings.TrimSpace(part), "/")
		if part == "0" {
			continue
		}
		if !counted {
			gap, err := time.ParseDuration(count)
			if err != nil {
				return pace, wrong
			}
			pace.Gap = forum.Seconds(gap / time.Second)
			continue
		}
		n, err := strconv.Atoi(count)
		if err != nil {
			return pace, wrong
		}
		in, err := time.ParseDuration(window)
		if err != nil {
			return pace, wrong
		}
		pace.Count, pace.Window = n, forum.Seconds(in/time.Second)
	}
	return pace, nil
}

// siteAdd is parley site add.
type siteAdd struct {
	Slug string `arg:"" help:"Handle in URLs and commands: 1 to 40 of a–z, 0–9 and hyphens. It never changes."`
	siteFlags
}

// Run adds the site and prints where it is.
func (c *siteAdd) Run(p *program) (err error) {
	s, err := p.open()
	if err != nil {
		return err
	}
	defer s.close(&err)
	site := forum.Site{Name: c.Slug, Settings: forum.DefaultSettings()}
	if err := c.apply(&site); err != nil {
		return err
	}
	if site, err = s.desk.AddSite(p.ctx, c.Slug, site.Name, site.Settings); err != nil {
		return err
	}
	url, err := p.address(s, site, "/")
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "added %s %s\n", site.Slug, url)
	return nil
}

// siteSet is parley site set.
type siteSet struct {
	Slug string `arg:"" help:"The site's handle."`
	siteFlags
}

// Run changes the site.
func (c *siteSet) Run(p *program) error {
	return p.with(func(s *session) error {
		site, err := p.site(s, c.Slug)
		if err != nil {
			return err
		}
		if err := c.apply(&site); err != nil {
			return err
		}
		return s.desk.SetSite(p.ctx, site)
	})
}

// siteList is parley site list.
type siteList struct{}

// Run prints one line a site, the oldest first.
func (c *siteList) Run(p *program) error {
	return p.with(func(s *session) error {
		sites, err := s.desk.Sites(p.ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		for _, site := range sites {
			url := p.opts.base(p.opts.Listen) + sitePrefix(sites, site) + "/"
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", site.Slug, site.Name, url, strings.Join(site.Settings.Origins, " "))
		}
		return table.Flush()
	})
}

// siteOwnerLink is parley site owner-link.
type siteOwnerLink struct {
	Site string `placeholder:"SLUG" help:"The site; the oldest if not set."`
}

// Run prints a new link; those made before stop working.
func (c *siteOwnerLink) Run(p *program) error {
	return p.with(func(s *session) error {
		site, err := p.site(s, c.Site)
		if err != nil {
			return err
		}
		token, err := s.desk.OwnerLink(p.ctx, site)
		if err != nil {
			return err
		}
		url, err := p.address(s, site, "/welcome/"+token)
		if err != nil {
			return err
		}
		fmt.Fprintln(p.stdout, url)
		return nil
	})
}

// keyCommands are parley key ….
type keyCommands struct {
	Add keyAdd `cmd:"" help:"Make an API key and print it; it is not stored."`
}

// keyAdd is parley key add.
type keyAdd struct {
	Site  string `placeholder:"SLUG" help:"The site; the oldest if not set."`
	Label string `required:"" placeholder:"TEXT" help:"What the key is for."`
}

// Run makes a key.
func (c *keyAdd) Run(p *program) error {
	return p.with(func(s *session) error {
		site, err := p.site(s, c.Site)
		if err != nil {
			return err
		}
		key, err := s.desk.AddKey(p.ctx, site, c.Label)
		if err != nil {
			return err
		}
		fmt.Fprintln(p.stdout, key)
		return nil
	})
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/internal/desk"
	"parley/internal/forum"
	"parley/internal/store"
)

// benchServer is a parley serve in a process of its own.
type benchServer struct {
	folder  string
	process *exec.Cmd
	base    string
	stories []benchStory
}

// benchStory is a story of the server.
type benchStory struct{ id, path, oldest string }

// startBench makes a database with one discussion of each size and serves it.
func (p *program) startBench(sizes []int) (*benchServer, error) {
	folder, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return nil, err
	}
	s := &benchServer{folder: folder}
	if err := s.fill(p, sizes, crowdWords.unvoted); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	if err := s.start(p); err != nil {
		s.stop(&err)
		return nil, err
	}
	return s, nil
}

func (s *benchServer) database() string { return filepath.Join(s.folder, "bench.db") }

// benchTalk makes a discussion of so many comments that ends before an instant.
type benchTalk func(w crowdWords, n int, now time.Time) []desk.SeedComment

// fill writes the discussions.
func (s *benchServer) fill(p *program, sizes []int, talk benchTalk) (err error) {
	words, err := readCrowd()
	if err != nil {
		return err
	}
	db, err := p.openAt(s.database())
	if err != nil {
		return err
	}
	defer db.close(&err)
	site, err := db.desk.AddSite(p.ctx, "bench", "Bench", demoSettings())
	if err != nil {
		return err
	}
	seed := desk.Seed{Moderator: demoModerator}
	for _, n := range sizes {
		comments := talk(words, n, p.now())
		seed.Stories = append(seed.Stories, desk.SeedStory{Article: benchArticle(n, comments[0].At), Comments: comments})
	}
	if _, err := db.desk.Seed(p.ctx, site, seed); err != nil {
		return err
	}
	return s.find(p.ctx, db, site, sizes)
}

func benchArticle(n int, at time.Time) desk.Article {
	return desk.Article{
		ExternalID: benchKey(n), Headline: fmt.Sprintf("A discussion of %d comments", n), PublishedAt: at,
		Body: strings.Repeat("A paragraph of a story is about this long, or a little longer, and there are several of them.\n\n", 8),
	}
}

func benchKey(n int) string { return "bench-" + strconv.Itoa(n) }

// unvoted is a crowd's discussion without its votes: they cost the time of a run
// and nothing when it is read.
func (w crowdWords) unvoted(n int, now time.Time) []desk.SeedComment {
	talk := w.talk(n, now.Add(-crowdSpan))
	for i := range talk {
		talk[i].Up, talk[i].Down = 0, 0
	}
	return talk
}

// find notes where the stories are.
func (s *benchServer) find(ctx context.Context, db *session, site forum.Site, sizes []int) error {
	for _, n := range sizes {
		story, err := db.desk.FindStory(ctx, site, desk.StoryRef{ExternalID: benchKey(n)})
		if err != nil {
			return err
		}
		roots, err := db.store.Roots(ctx, site.ID, story.ID, forum.Oldest, store.Cursor{}, 1)
		if err != nil {
			return err
		}
		s.stories = append(s.stories, benchStory{id: story.ID.String(), path: forum.StoryPath("", story), oldest: roots[0].ID.String()})
	}
	return nil
}

// start runs the server and waits until it says where it is.
func (s *benchServer) start(p *program) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	s.process = exec.Command(self, "serve", "--db", s.database(), "--listen", "127.0.0.1:0", "--rate-limits", "off", "--log-level", "warn")
	// Neither the options file nor the environment of this run is the server's.
	s.process.Dir = s.folder
	s.process.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PARLEY_") })
	s.process.Stderr = p.stderr
	out, err := s.process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.process.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, base, found := strings.Cut(lines.Text(), " is at "); found {
			s.base = base
			return nil
		}
	}
	return errors.Join(errors.New("the server did not say where it is"), lines.Err())
}

// stop ends the server and removes what it wrote.
func (s *benchServer) stop(err *error) {
	if s.process != nil && s.process.Process != nil {
		// An interrupt from the keyboard has reached the server as well.
		if told := s.process.Process.Signal(os.Interrupt); !errors.Is(told, os.ErrProcessDone) {
			*err = errors.Join(*err, told)
		}
		*err = errors.Join(*err, s.process.Wait())
	}
	*err = errors.Join(*err, os.RemoveAll(s.folder))
}

// clockTick is the unit of processor time in /proc; Linux has shown programs
// 100 a second for as long as there has been a choice (proc_pid_stat(5)).
const clockTick = time.Second / 100

// cpu returns the processor time the server has used; 0 where there is no /proc.
func (s *benchServer) cpu() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.process.Process.Pid))
	if err != nil {
		return 0
	}
	// The name in brackets may hold blanks; utime and stime are the 12th and
	// 13th field after it.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, errUser := strconv.ParseInt(fields[11], 10, 64)
	system, errSystem := strconv.ParseInt(fields[12], 10, 64)
	if errUser != nil || errSystem != nil {
		return 0
	}
	return time.Duration(user+system) * clockTick
}

package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"parley/internal/forum"
	"parley/internal/rule"
	"parley/internal/webhook"
)

// hookQuestion is what a hook is told of a draft. It says nothing of who wrote it.
type hookQuestion struct {
	Type string   `json:"type"` // "rule.question"
	Data hookData `json:"data"`
}

type hookData struct {
	Site   string           `json:"site"`
	Story  string           `json:"story,omitempty"` // its id; empty: nobody has written under it yet
	URL    string           `json:"url,omitempty"`   // of such a story
	Byline forum.BylineKind `json:"byline,omitempty"`
	Text   string           `json:"text"`
}

// hookAnswer is what a hook answers.
type hookAnswer struct {
	Holds *bool  `json:"holds"`
	Words string `json:"words"` // why, for the desk
}

const maxHookWords = 200

// MaxAsked is how many hooks one comment asks at most, whatever the rules.
const MaxAsked = 4

// hooks returns the hooks that a text asks: each once, those of rules that are on
// before those of rules in the shadow, MaxAsked at most.
func (b bench) hooks() []rule.Hook {
	var all []rule.Hook
	for _, stage := range []forum.Stage{forum.StageOn, forum.StageShadow} {
		for _, s := range b.seats {
			for _, h := range s.compiled.Needs().Hooks {
				if s.Stage == stage && !slices.Contains(all, h) {
					all = append(all, h)
				}
			}
		}
	}
	return all[:min(len(all), MaxAsked)]
}

// askHooks asks the hooks of the rules that run about a draft, at once, with one
// deadline for all, and before the transaction begins. One that does not answer
// well and in time has no opinion.
func (d *Desk) askHooks(ctx context.Context, site forum.Site, b bench, draft Draft) map[rule.Hook]rule.Opinion {
	opinions := map[rule.Hook]rule.Opinion{}
	if len(b.needs.Hooks) == 0 || d.out.Web == nil {
		return opinions
	}
	question := hookData{Site: site.Slug, URL: draft.Ref.URL, Byline: draft.Byline, Text: draft.Text}
	if draft.Story != 0 {
		question.Story = draft.Story.String()
	}
	body := []byte(asJSON(hookQuestion{"rule.question", question}))
	together, cancel := context.WithTimeout(ctx, rule.MaxHookDeadline)
	defer cancel()
	var mu sync.Mutex
	var calls sync.WaitGroup
	for _, h := range b.hooks() {
		calls.Go(func() {
			o, err := d.askHook(together, h, body)
			if ctx.Err() == nil { // or who wrote went away
				d.noteHook(ctx, site, h, err)
			}
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				opinions[h] = o
			}
		})
	}
	calls.Wait()
	return opinions
}

// askHook asks one hook. Whatever is not a clear answer is an error.
func (d *Desk) askHook(ctx context.Context, h rule.Hook, body []byte) (rule.Opinion, error) {
	ctx, cancel := context.WithTimeout(ctx, h.Deadline)
	defer cancel()
	key, err := webhook.NewKey(h.Secret)
	if err != nil {
		return rule.Opinion{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return rule.Opinion{}, fmt.Errorf("ask %s: %w", h.URL, err)
	}
	r.Header.Set("Content-Type", "application/json")
	key.Sign(r.Header, d.mint().String(), d.Now(), body)
	answer, err := d.out.Web.Client().Do(r)
	if err != nil {
		return rule.Opinion{}, fmt.Errorf("ask %s: %w", h.URL, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return rule.Opinion{}, fmt.Errorf("ask %s: %w", h.URL, err)
	}
	if answer.StatusCode != http.StatusOK {
		return rule.Opinion{}, fmt.Errorf("ask %s: status %d", h.URL, answer.StatusCode)
	}
	return readOpinion(text)
}

func readOpinion(text []byte) (rule.Opinion, error) {
	var a hookAnswer
	if err := json.Unmarshal(text, &a); err != nil {
		return rule.Opinion{}, fmt.Errorf("read opinion: %w", err)
	}
	if a.Holds == nil {
		return rule.Opinion{}, errors.New("read opinion: it does not say whether the condition holds")
	}
	words := strings.ReplaceAll(strings.ToValidUTF8(a.Words, ""), "\x00", "")
	for utf8.RuneCountInString(words) > maxHookWords {
		_, size := utf8.DecodeLastRuneInString(words)
		words = words[:len(words)-size]
	}
	return rule.Opinion{Holds: *a.Holds, Words: words}, nil
}

// giveSecrets gives each hook of a definition that has none a secret.
func giveSecrets(d *rule.Definition) {
	for _, h := range d.Hooks() {
		if h.Secret == "" {
			h.Secret = webhook.NewSecret()
		}
	}
}

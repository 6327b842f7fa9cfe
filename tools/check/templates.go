package main

import (
	"regexp"
	"slices"
	"strings"
)

var (
	eventAttribute = regexp.MustCompile(`(?i)\s(on[a-z]+)\??\s*=`)
	styleAttribute = regexp.MustCompile(`(?i)\sstyle\??\s*=`)
	srcAttribute   = regexp.MustCompile(`(?i)\ssrc\s*=`)
	dataBlock      = regexp.MustCompile(`(?i)\stype\s*=\s*"application/(ld\+)?json"`)
	tagStart       = regexp.MustCompile(`<([a-zA-Z][a-zA-Z0-9-]*)`)
	inlineBlock    = regexp.MustCompile(`(?m)^(script|css) \w+\(.*\{\s*$`)
	rawCall        = regexp.MustCompile(`\btempl\.Raw\(|\btemplate\.HTML\(`)
)

// styled are the templates whose readers read no style sheet: mail programs.
var styled = []string{"frontend/mail"}

const styleMessage = "style attribute: use the part's style"

// checkTemplate finds in a template what the content security policy would
// refuse in the browser, and HTML that passes unescaped.
func checkTemplate(name, source string) []finding {
	var findings []finding
	report := func(at int, message string) {
		findings = append(findings, finding{name, 1 + strings.Count(source[:at], "\n"), message})
	}
	for _, at := range tagStart.FindAllStringSubmatchIndex(source, -1) {
		for _, message := range checkTag(source[at[2]:at[3]], source[at[0]:]) {
			if message != styleMessage || !within(name, styled...) {
				report(at[0], message)
			}
		}
	}
	for _, at := range inlineBlock.FindAllStringIndex(source, -1) {
		report(at[0], "templ's script and css blocks write inline code: use a file of the part")
	}
	if !within(name, rawHTML...) {
		for _, at := range rawCall.FindAllStringIndex(source, -1) {
			report(at[0], rawMessage)
		}
	}
	return findings
}

// checkTag checks one start tag; source begins with it.
func checkTag(element, source string) []string {
	tag, bare := startTag(source)
	var messages []string
	for _, attribute := range eventAttribute.FindAllStringSubmatch(bare, -1) {
		messages = append(messages, "inline event handler "+attribute[1]+": attach from the part's script")
	}
	if styleAttribute.MatchString(bare) {
		messages = append(messages, styleMessage)
	}
	switch strings.ToLower(element) {
	case "style":
		messages = append(messages, "inline <style>: use the part's style")
	case "script":
		if !srcAttribute.MatchString(bare) && !dataBlock.MatchString(tag) {
			messages = append(messages, "inline <script>: only JSON data may stand in a page")
		}
	}
	return slices.Compact(messages)
}

// startTag returns the tag at the beginning of source, and the same with the
// values of its attributes, in quotes and in braces, left out.
func startTag(source string) (tag, bare string) {
	var b strings.Builder
	var quote byte
	depth := 0
	for i := 0; i < len(source); i++ {
		c := source[i]
		switch {
		case quote != 0:
			if c == '\\' && depth > 0 && quote == '"' {
				i++
			} else if c == quote {
				quote = 0
			}
			continue
		case c == '"' || c == '\'' || c == '`':
			quote = c
			continue
		case c == '{':
			depth++
			continue
		case c == '}':
			depth--
			b.WriteByte(' ')
			continue
		case c == '>' && depth == 0:
			return source[:i+1], b.String()
		}
		if depth == 0 {
			b.WriteByte(c)
		}
	}
	return source, b.String()
}

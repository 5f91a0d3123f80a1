package news_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/dateline-cms/dateline/internal/news"
)

// Every status with every action, by hand.
const lifeCycle = `
	             SUBMIT  RETURN  SCHEDULE  PUBLISH  UNPUBLISH  RETRACT  CORRECT
	DRAFT        yes     -       yes       yes      -          -        -
	IN_REVIEW    -       yes     yes       yes      -          -        -
	SCHEDULED    -       -       yes       yes      yes        -        -
	PUBLISHED    -       -       -         -        yes        yes      yes
	UNPUBLISHED  -       -       yes       yes      -          yes      -
	RETRACTED    -       -       -         -        -          -        -`

func TestLifeCycle(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(lifeCycle), "\n")
	actions := strings.Fields(lines[0])
	for _, line := range lines[1:] {
		cells := strings.Fields(line)
		from := news.EntryStatus(cells[0])
		if !from.Known() {
			t.Errorf("%s is no status", from)
		}
		var allowed []news.EntryAction
		for i, cell := range cells[1:] {
			if cell == "yes" {
				allowed = append(allowed, news.EntryAction(actions[i]))
			}
		}
		for i, cell := range cells[1:] {
			checkTransition(t, from, news.EntryAction(actions[i]), cell == "yes", allowed)
		}
		checkTransition(t, from, "ARCHIVE", false, allowed)
	}
}

func checkTransition(t *testing.T, from news.EntryStatus, action news.EntryAction, want bool, allowed []news.EntryAction) {
	t.Helper()
	err := from.Allows(action)
	if want {
		if err != nil {
			t.Errorf("%s refuses %s: %v", from, action, err)
		}
		return
	}
	refusal, ok := errors.AsType[*news.Transition](err)
	if !ok {
		t.Fatalf("%s does not refuse %s with a Transition: %v", from, action, err)
	}
	if refusal.From != from || refusal.Action != action || !slices.Equal(refusal.Allowed, allowed) {
		t.Errorf("%s refuses %s with %+v; possible are %v", from, action, *refusal, allowed)
	}
	for _, word := range append([]news.EntryAction{action, news.EntryAction(from)}, allowed...) {
		if !strings.Contains(err.Error(), string(word)) {
			t.Errorf("%s refuses %s without naming %s: %v", from, action, word, err)
		}
	}
}

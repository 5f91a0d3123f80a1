package news

import (
	"fmt"
	"slices"
	"strings"
)

// EntryAction is what can be done to the life of an entry.
type EntryAction string

// The actions.
const (
	ActionSubmit    EntryAction = "SUBMIT" // hand to an editor
	ActionReturn    EntryAction = "RETURN" // hand back to the writer
	ActionSchedule  EntryAction = "SCHEDULE"
	ActionPublish   EntryAction = "PUBLISH"
	ActionUnpublish EntryAction = "UNPUBLISH" // or take off the schedule
	ActionRetract   EntryAction = "RETRACT"
	ActionCorrect   EntryAction = "CORRECT"
)

// allowed are the actions by stage. Nothing brings a retracted entry back.
var allowed = map[EntryStatus][]EntryAction{
	StatusDraft:       {ActionSubmit, ActionSchedule, ActionPublish},
	StatusInReview:    {ActionReturn, ActionSchedule, ActionPublish},
	StatusScheduled:   {ActionSchedule, ActionPublish, ActionUnpublish},
	StatusPublished:   {ActionUnpublish, ActionRetract, ActionCorrect},
	StatusUnpublished: {ActionSchedule, ActionPublish, ActionRetract},
	StatusRetracted:   {},
}

// Transition refuses an action that the stage of an entry does not allow.
type Transition struct {
	From    EntryStatus
	Action  EntryAction
	Allowed []EntryAction
}

func (t *Transition) Error() string {
	if len(t.Allowed) == 0 {
		return fmt.Sprintf("%s cannot be done to an entry that is %s, and nothing else can", t.Action, t.From)
	}
	names := make([]string, len(t.Allowed))
	for i, a := range t.Allowed {
		names[i] = string(a)
	}
	return fmt.Sprintf("%s cannot be done to an entry that is %s; possible is %s", t.Action, t.From, strings.Join(names, ", "))
}

// Allows is nil, or a *[Transition] when an entry in this stage does not allow the action.
func (s EntryStatus) Allows(action EntryAction) error {
	if slices.Contains(allowed[s], action) {
		return nil
	}
	return &Transition{From: s, Action: action, Allowed: allowed[s]}
}

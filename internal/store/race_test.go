//go:build race

package store

// underRace says that the race detector slows everything down.
const underRace = true

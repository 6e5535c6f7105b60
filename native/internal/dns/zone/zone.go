// Package zone knows which names are ours: exact names, wildcards and the reverse zones of
// prefixes. Names are in presentation form, lower case, without the last dot. It is pure.
package zone

import "strings"

// Pattern is an exact name, or every name below one.
type Pattern struct {
	Name     string `json:"name"`
	Wildcard bool   `json:"wildcard"`
}

// ParsePattern splits the form of configs: `git.corp.example` or `*.corp.example`.
func ParsePattern(text string) Pattern {
	below, wildcard := strings.CutPrefix(text, "*.")
	return Pattern{Name: below, Wildcard: wildcard}
}

// Set holds values by pattern. The zero value is not usable; make one by NewSet.
type Set[T any] struct {
	exact    map[string][]T
	wildcard map[string][]T
}

// NewSet makes an empty set.
func NewSet[T any]() *Set[T] {
	return &Set[T]{exact: map[string][]T{}, wildcard: map[string][]T{}}
}

// Add puts a value under a pattern; a pattern may have several.
func (s *Set[T]) Add(pattern Pattern, value T) {
	if pattern.Wildcard {
		s.wildcard[pattern.Name] = append(s.wildcard[pattern.Name], value)
		return
	}
	s.exact[pattern.Name] = append(s.exact[pattern.Name], value)
}

// Match answers the values of the most specific pattern: the exact name, then the longest wildcard.
func (s *Set[T]) Match(name string) ([]T, bool) {
	if values, found := s.exact[name]; found {
		return values, true
	}
	for _, parent := range parents(name) {
		if values, found := s.wildcard[parent]; found {
			return values, true
		}
	}
	return nil, false
}

// Cover answers what Match does and, where no pattern names it, the values of a pattern that the
// name would betray: the apex of a wildcard, and names below an exact one (`_8443._https.…`).
func (s *Set[T]) Cover(name string) ([]T, bool) {
	if values, found := s.Match(name); found {
		return values, true
	}
	if values, found := s.wildcard[name]; found {
		return values, true
	}
	for _, parent := range parents(name) {
		if values, found := s.exact[parent]; found {
			return values, true
		}
	}
	return nil, false
}

// Echo tells whether the name is one of ours with something appended, as a resolver asks that walks
// its search list, or the bare first label of an exact name of ours.
func (s *Set[T]) Echo(name string) bool {
	labels := strings.Split(name, ".")
	if len(labels) == 1 {
		for exact := range s.exact {
			if first, _, _ := strings.Cut(exact, "."); first == name {
				return true
			}
		}
		return false
	}
	for end := len(labels) - 1; end > 1; end-- {
		if _, ours := s.Cover(strings.Join(labels[:end], ".")); ours {
			return true
		}
	}
	return false
}

// parents lists the names above, nearest first.
func parents(name string) []string {
	found := []string{}
	for {
		_, above, more := strings.Cut(name, ".")
		if !more {
			return found
		}
		found = append(found, above)
		name = above
	}
}

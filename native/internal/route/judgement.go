//go:build linux

package route

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// numbered names a table or a priority: each family has its own.
type numbered struct {
	family uint8
	number uint32
}

// judgement walks rules as the kernel does, for all packets at once: a rule that selects by more than
// the destination is taken and passed by.
type judgement struct {
	rules  []Rule
	tables map[numbered]table
	own    int
	routes int // that were read
	steps  int
}

func (j *judgement) readTables(prefixes []netip.Prefix) error {
	j.tables = map[numbered]table{}
	for _, rule := range j.rules {
		key := numbered{rule.Family, rule.Table}
		if _, known := j.tables[key]; known || rule.Action != LookUp {
			continue
		}
		if len(j.tables) == maxTables {
			return errTooMany
		}
		read, err := j.readTable(key, prefixes)
		if err != nil {
			return err
		}
		j.tables[key] = read
	}
	return nil
}

func (j *judgement) elsewhere(found way) bool {
	return found.link != 0 && found.link != j.own && found.link != loopback
}

// first tells the first diversion of the prefixes and of the parts of them that others name.
func (j *judgement) first(prefixes []netip.Prefix) (string, error) {
	if len(j.rules) > maxRules {
		return "", errTooMany
	}
	var err error
	if j.rules, err = j.leading(); err != nil {
		return "", err
	}
	if err := j.readTables(prefixes); err != nil {
		return "", err
	}
	for _, to := range j.parts(prefixes) {
		rule, link, err := j.leaves(to)
		if err != nil {
			return "", err
		}
		if link == 0 {
			continue
		}
		name := "another link"
		if found, err := netlink.LinkByIndex(link); err == nil {
			name = found.Attrs().Name
		}
		return fmt.Sprintf("%s leaves by %s: ip %s", to, name, rule), nil
	}
	return "", nil
}

func (j *judgement) parts(prefixes []netip.Prefix) []netip.Prefix {
	parts := slices.Clone(prefixes)
	add := func(part netip.Prefix) {
		if Touches(prefixes, part) {
			parts = append(parts, part.Masked())
		}
	}
	for _, rule := range j.rules {
		add(rule.To)
	}
	for _, read := range j.tables {
		for to, found := range read.ways {
			if j.elsewhere(found) {
				add(to)
			}
		}
	}
	slices.SortFunc(parts, netip.Prefix.Compare)
	// What holds a whole prefix of ours is no part of one.
	return slices.DeleteFunc(slices.Compact(parts), func(part netip.Prefix) bool {
		at, found := slices.BinarySearchFunc(prefixes, part, netip.Prefix.Compare)
		return !found && (at == 0 || !prefixes[at-1].Overlaps(part))
	})
}

// landing is where a jump ends, and the rule by which it began.
type landing struct {
	target uint32
	by     Rule
}

// leaves names the rule and the link by which some packets to this part leave past ours; 0 for none.
func (j *judgement) leaves(to netip.Prefix) (Rule, int, error) {
	reached, past := true, Rule{} // past is the jump that led past ours
	landings := []landing{}
	for _, rule := range j.rules {
		if j.steps++; j.steps > maxSteps {
			return Rule{}, 0, errTooMany
		}
		if (rule.Family == unix.AF_INET) != to.Addr().Is4() {
			continue
		}
		behind := rule.Priority >= FirstPriority
		reached = reached && (!behind || past != Rule{})
		landings = slices.DeleteFunc(landings, func(item landing) bool {
			lands := rule.Priority >= item.target
			if lands && !reached {
				reached = true
				if behind {
					past = item.by
				}
			}
			return lands
		})
		if !reached || !rule.fits(to) {
			continue
		}
		found, decides := j.outcome(rule, to)
		by := rule
		if past != (Rule{}) {
			by = past
		}
		if decides && j.elsewhere(found) && !rule.own() {
			return by, found.link, nil
		}
		if rule.Action == GoTo {
			landings = append(landings, landing{rule.Target, by})
		}
		if decides && rule.general() {
			reached = false
		}
	}
	return Rule{}, 0, nil
}

// outcome is where a rule leads what it selects, and whether no later rule is asked then.
func (j *judgement) outcome(rule Rule, to netip.Prefix) (found way, decides bool) {
	if rule.Action != LookUp {
		return way{}, rule.Action != Nop
	}
	found, bits, is := j.tables[numbered{rule.Family, rule.Table}].longest(to)
	return found, is && !found.throws && uint32(bits) >= rule.Least
}

// fits tells whether the rule selects some packets to the whole of this part.
func (r Rule) fits(to netip.Prefix) bool {
	inside := !r.To.IsValid() || r.To.Bits() <= to.Bits() && r.To.Contains(to.Addr())
	if !r.Not {
		return inside
	}
	r.Not = false
	return !inside || !r.general()
}

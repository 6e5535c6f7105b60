package strict

// fewMembers is how many are looked through one by one. Almost all objects have fewer, and a map of
// each would be a third of what a thousand grants cost to read.
const fewMembers = 32

type member struct {
	name  string
	value any
}

// members are those of one object, in the order of the text.
type members []member

func (m members) get(name string) (any, bool) {
	for index := range m {
		if m[index].name == name {
			return m[index].value, true
		}
	}
	return nil, false
}

func (m members) has(name string) bool {
	_, found := m.get(name)
	return found
}

func (m members) names() map[string]bool {
	names := make(map[string]bool, len(m))
	for _, one := range m {
		names[one.name] = true
	}
	return names
}

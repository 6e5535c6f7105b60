package nrpt

import (
	"errors"
	"fmt"

	"golang.org/x/sys/windows/registry"
)

// list is a key of the registry with a key for each rule. Only our rules are read or changed.
type list struct {
	root registry.Key
	path string
	// lasting says that the key belongs to the system, and stays when it is empty.
	lasting bool
}

var (
	localList = list{registry.LOCAL_MACHINE,
		`SYSTEM\CurrentControlSet\Services\Dnscache\Parameters\DnsPolicyConfig`, true}
	policyList = list{registry.LOCAL_MACHINE,
		`SOFTWARE\Policies\Microsoft\Windows NT\DNSClient\DnsPolicyConfig`, false}
)

// The values of a rule. Add-DnsClientNrptRule writes the same.
const (
	versionValue = "Version"
	domainsValue = "Name"
	serversValue = "GenericDNSServers"
	optionsValue = "ConfigOptions"
	commentValue = "Comment"

	version = 2
	// otherServers says that GenericDNSServers count.
	otherServers = 8
	comment      = "Sallyport: protected names"
)

func (l list) open(name string, access uint32) (registry.Key, error) {
	path := l.path
	if name != "" {
		path += `\` + name
	}
	return registry.OpenKey(l.root, path, access|registry.WOW64_64KEY)
}

func (l list) read() (held, error) {
	found := held{}
	key, err := l.open("", registry.ENUMERATE_SUB_KEYS)
	if errors.Is(err, registry.ErrNotExist) {
		return found, nil
	}
	if err != nil {
		return found, fmt.Errorf("%s: %w", l.path, err)
	}
	defer func() { _ = key.Close() }()
	names, err := key.ReadSubKeyNames(0)
	if err != nil {
		return found, fmt.Errorf("%s: %w", l.path, err)
	}
	for _, name := range names {
		if !isOurs(name) {
			found.others++
			continue
		}
		found.ours = append(found.ours, l.readRule(name))
	}
	return found, nil
}

// readRule gives what is there; a rule that lacks something differs from every wanted one.
func (l list) readRule(name string) rule {
	found := rule{name: name}
	key, err := l.open(name, registry.QUERY_VALUE)
	if err != nil {
		return found
	}
	defer func() { _ = key.Close() }()
	number := func(value string) uint64 {
		read, _, err := key.GetIntegerValue(value)
		if err != nil {
			return 0
		}
		return read
	}
	if number(versionValue) != version || number(optionsValue) != otherServers {
		return found
	}
	if found.domains, _, err = key.GetStringsValue(domainsValue); err != nil {
		return rule{name: name}
	}
	if found.servers, _, err = key.GetStringValue(serversValue); err != nil {
		return rule{name: name}
	}
	return found
}

// change writes before it removes: a name is under some rule of ours all the time.
func (l list) change(write []rule, remove []string) (changed bool, err error) {
	failures := []error{}
	for _, next := range write {
		failures = append(failures, l.write(next))
	}
	for _, name := range remove {
		failures = append(failures, l.remove(name))
	}
	if len(remove) > 0 && !l.lasting {
		failures = append(failures, l.removeEmpty())
	}
	return len(write)+len(remove) > 0, errors.Join(failures...)
}

func (l list) write(next rule) error {
	key, _, err := registry.CreateKey(l.root, l.path+`\`+next.name,
		registry.SET_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return fmt.Errorf("%s: %w", next.name, err)
	}
	defer func() { _ = key.Close() }()
	return errors.Join(
		key.SetStringsValue(domainsValue, next.domains),
		key.SetStringValue(serversValue, next.servers),
		key.SetStringValue(commentValue, comment),
		key.SetDWordValue(optionsValue, otherServers),
		key.SetDWordValue(versionValue, version),
	)
}

func (l list) remove(name string) error {
	key, err := l.open("", registry.ENUMERATE_SUB_KEYS)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer func() { _ = key.Close() }()
	if err := registry.DeleteKey(key, name); err != nil && !errors.Is(err, registry.ErrNotExist) {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// removeEmpty takes the whole list away where nothing is in it: by its mere presence the local one is void.
func (l list) removeEmpty() error {
	key, err := l.open("", registry.QUERY_VALUE|registry.ENUMERATE_SUB_KEYS)
	if err != nil {
		return fmt.Errorf("%s: %w", l.path, err)
	}
	known, err := key.Stat()
	if err := errors.Join(err, key.Close()); err != nil {
		return fmt.Errorf("%s: %w", l.path, err)
	}
	if known.SubKeyCount > 0 || known.ValueCount > 0 {
		return nil
	}
	return registry.DeleteKey(l.root, l.path)
}

package store

import (
	"encoding/json"

	"sallyport.dev/netd/internal/strict"
)

// Record is the content of ConfigFile: the newest config this machine took, and the one before it
// for as long as the newest was not confirmed by a working control link.
type Record struct {
	Current   string `json:"current"`
	Former    string `json:"former"`
	Confirmed bool   `json:"confirmed"`
}

// ParseRecord reads ConfigFile; the tokens in it are verified anew by whoever uses them.
func ParseRecord(raw []byte) (Record, error) {
	var record Record
	err := strict.Object(raw, maxFileBytes, func(f *strict.Fields) {
		record = Record{
			Current:   f.Text("current", 1, maxFileBytes),
			Former:    f.Text("former", 0, maxFileBytes),
			Confirmed: f.Bool("confirmed"),
		}
	})
	return record, err
}

// Bytes is the form that ParseRecord reads.
func (r Record) Bytes() ([]byte, error) { return json.Marshal(r) }

package guard

import (
	"encoding/binary"
	"errors"

	"sallyport.dev/netd/internal/clock"
	"sallyport.dev/netd/internal/kernel/nfnl"
)

// putPortal writes the pages with the time that is left into a table that may be new.
func (d *Device) putPortal(p plan) error {
	left := d.use.portal.until - clock.Read().Monotonic
	if len(p.portal) == 0 || left <= 0 {
		return nil
	}
	set, elements := "portal6", []nfnl.Element{}
	if p.portal[0].Addr().Is4() {
		set = "portal4"
	}
	for _, page := range p.portal {
		key := binary.BigEndian.AppendUint16(page.Addr().AsSlice(), page.Port())
		elements = append(elements, nfnl.Element{Key: append(key, 0, 0), Timeout: left})
	}
	batch := nfnl.NewBatch(TableName)
	batch.Put(set, elements)
	return batch.Commit(d.socket)
}

// emptyPortal takes the pages away at once.
func (d *Device) emptyPortal() error {
	batch := nfnl.NewBatch(TableName)
	batch.Flush("portal4")
	batch.Flush("portal6")
	if err := batch.Commit(d.socket); !errors.Is(err, nfnl.ErrMissing) {
		return err
	}
	return nil
}

//go:build linux

package nfnl

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// byLibrary is a message of elements as the netlink library writes it.
func byLibrary(t *testing.T, table, set string, elements []Element) []byte {
	t.Helper()
	outer := encoder()
	outer.String(attributeTable, table)
	outer.String(attributeSet, set)
	outer.Nested(attributeElements, func(list *netlink.AttributeEncoder) error {
		for _, element := range elements {
			list.Nested(attributeListItem, func(item *netlink.AttributeEncoder) error {
				value := func(kind uint16, raw []byte) {
					if raw != nil {
						item.Nested(kind, func(data *netlink.AttributeEncoder) error {
							data.Bytes(attributeDataValue, raw)
							return nil
						})
					}
				}
				value(attributeKey, element.Key)
				value(attributeKeyEnd, element.End)
				value(attributeData, element.Data)
				if element.Timeout > 0 {
					item.Uint64(attributeTimeout, uint64(element.Timeout.Milliseconds()))
				}
				return nil
			})
		}
		return nil
	})
	body, err := outer.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return message(unix.NFT_MSG_NEWSETELEM, 0, body).Data
}

func TestElementsAreEncodedAsTheLibraryDoes(t *testing.T) {
	elements := []Element{
		{Key: []byte{10, 0, 0, 1}, Timeout: 90 * time.Second},
		{Key: bytes.Repeat([]byte{7}, 20)},
		{Key: []byte{1, 2, 3, 4, 6, 0, 0, 0}, End: []byte{1, 2, 3, 9, 6, 0, 0, 0}, Data: []byte{1, 0, 0, 0}},
		{Key: []byte{1, 2, 3, 4, 5}, Timeout: time.Hour},
	}
	batch := NewBatch("sallyport")
	batch.Add("grant4", elements)
	if want := byLibrary(t, "sallyport", "grant4", elements); !bytes.Equal(batch.messages[0].Data, want) {
		t.Errorf("encoded\n%x, the library\n%x", batch.messages[0].Data, want)
	}
}

func TestWhatOutgrowsItsLengthIsNotSent(t *testing.T) {
	batch := NewBatch("sallyport")
	batch.Add("live4", []Element{{Key: make([]byte, maxAttributeBytes-100)}})
	if batch.err != nil {
		t.Fatal(batch.err)
	}
	batch.Add("live4", []Element{{Key: make([]byte, maxAttributeBytes)}})
	batch.Add("live4", []Element{{Key: make([]byte, 4)}})
	if err := batch.Commit(&Socket{}); !errors.Is(err, errTooLong) {
		t.Errorf("committed with %v", err)
	}
}

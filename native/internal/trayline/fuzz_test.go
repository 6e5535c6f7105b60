package trayline_test

import (
	"bytes"
	"testing"

	"sallyport.dev/netd/internal/trayline"
)

// FuzzOrder: what is shown has a picture of its size and a menu that a panel can hold, whatever is said.
func FuzzOrder(f *testing.F) {
	f.Add([]byte(`{"kind":"show","tip":"Protected","icon":{"side":1,"pixels":"AAECAw=="},"menu":[` +
		`{"id":3,"label":"Resources","enabled":true,"children":[{"id":100,"label":"wiki: open","enabled":true}]}]}` + "\n"))
	f.Add([]byte(`{"kind":"notice","title":"db-prod is blocked","body":"firewall is off"}` + "\n"))
	f.Add([]byte(`{"kind":"show","icon":{"side":-1,"pixels":""},"menu":[{"children":[{"children":[{}]}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_ = trayline.Read(bytes.NewReader(raw), func(order trayline.Order) {
			if order.Kind == "notice" {
				return
			}
			side := order.Icon.Side
			if order.Kind != "show" || side < 1 || side > 128 || len(order.Icon.Pixels) != 4*side*side {
				t.Fatalf("%q shows %+v", raw, order.Icon)
			}
			for _, line := range order.Menu {
				for _, child := range line.Children {
					if child.ID == 0 || len(child.Children) > 0 || len(line.Children) > 64 {
						t.Fatalf("%q has a menu without end", raw)
					}
				}
			}
		})
	})
}

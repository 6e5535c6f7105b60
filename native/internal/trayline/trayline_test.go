package trayline_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"sallyport.dev/netd/internal/trayline"
)

func TestReadsWhatToShowAndEndsWithTheOtherEnd(t *testing.T) {
	lines := `{"kind":"show","tip":"Protected","icon":{"side":1,"pixels":"AAECAw=="},` +
		`"menu":[{"id":3,"label":"Resources","enabled":true,"children":[{"id":100,"label":"wiki: open","enabled":true}]}]}` +
		"\n" + `{"kind":"notice","title":"db-prod is blocked","body":"firewall is off"}` + "\n"
	var got []trayline.Order
	if err := trayline.Read(strings.NewReader(lines), func(o trayline.Order) { got = append(got, o) }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Menu[0].Children[0].ID != 100 || got[1].Title != "db-prod is blocked" {
		t.Fatalf("%+v", got)
	}
	if !bytes.Equal(got[0].Icon.Pixels, []byte{0, 1, 2, 3}) {
		t.Fatal(got[0].Icon)
	}
}

func TestRefusesWhatIsNoOrder(t *testing.T) {
	for _, line := range []string{
		`{}`, `not json`, `{"kind":"run"}`,
		`{"kind":"show","icon":{"side":2,"pixels":"AAECAw=="}}`,
		`{"kind":"show","icon":{"side":4096,"pixels":""}}`,
		`{"kind":"show","icon":{"side":1,"pixels":"AAECAw=="},"menu":[{"id":0,"label":"x"}]}`,
		`{"kind":"show","icon":{"side":1,"pixels":"AAECAw=="},"menu":[{"id":1,"label":"` +
			strings.Repeat("x", 500) + `"}]}`,
	} {
		err := trayline.Read(strings.NewReader(line), func(trayline.Order) {})
		if !errors.Is(err, trayline.ErrOrder) {
			t.Errorf("%.60s: %v", line, err)
		}
	}
}

func TestTellsWhatWasClicked(t *testing.T) {
	var told bytes.Buffer
	for _, err := range []error{trayline.WriteReady(&told), trayline.WriteChosen(&told, 4), trayline.WritePressed(&told)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := "{\"kind\":\"ready\"}\n{\"id\":4,\"kind\":\"chosen\"}\n{\"kind\":\"pressed\"}\n"
	if told.String() != want {
		t.Fatal(told.String())
	}
}

// Package trayline reads what a native view in the panel is to show, and writes what was clicked:
// one JSON object a line. The program that started the view made every word of it.
package trayline

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	maxLine   = 1 << 20
	maxLines  = 64
	maxDepth  = 2
	maxLabel  = 400
	maxSide   = 128
	pixelSize = 4
)

// Icon is a square picture: four bytes a pixel, red, green, blue and how much it covers.
type Icon struct {
	Side   int    `json:"side"`
	Pixels []byte `json:"pixels"`
}

// Line is a line of the menu.
type Line struct {
	ID       uint16 `json:"id"`
	Label    string `json:"label"`
	Enabled  bool   `json:"enabled"`
	Children []Line `json:"children"`
}

// Order is what to show. A view without lines is hidden.
type Order struct {
	Kind  string `json:"kind"` // "show" or "notice"
	Tip   string `json:"tip"`
	Icon  Icon   `json:"icon"`
	Menu  []Line `json:"menu"`
	Title string `json:"title"`
	Body  string `json:"body"`
}

// ErrOrder is a line that is no order.
var ErrOrder = errors.New("no order")

// Read hands over orders until the other end closes; it then returns nil.
func Read(from io.Reader, take func(Order)) error {
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	for lines.Scan() {
		order, err := parse(lines.Bytes())
		if err != nil {
			return err
		}
		take(order)
	}
	return lines.Err()
}

func parse(line []byte) (Order, error) {
	var order Order
	if err := json.Unmarshal(line, &order); err != nil {
		return order, fmt.Errorf("%w: %w", ErrOrder, err)
	}
	switch order.Kind {
	case "show":
		side := order.Icon.Side
		if side < 1 || side > maxSide || len(order.Icon.Pixels) != side*side*pixelSize {
			return order, fmt.Errorf("%w: icon", ErrOrder)
		}
		return order, checkMenu(order.Menu, 1)
	case "notice":
		return order, nil
	}
	return order, fmt.Errorf("%w: kind", ErrOrder)
}

func checkMenu(menu []Line, depth int) error {
	if len(menu) > maxLines || depth > maxDepth {
		return fmt.Errorf("%w: menu", ErrOrder)
	}
	for _, line := range menu {
		if line.ID == 0 || len(line.Label) > maxLabel {
			return fmt.Errorf("%w: line of the menu", ErrOrder)
		}
		if len(line.Children) == 0 {
			continue
		}
		if err := checkMenu(line.Children, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// WriteReady says that the icon is shown.
func WriteReady(to io.Writer) error { return write(to, map[string]any{"kind": "ready"}) }

// WriteChosen names the line that was clicked.
func WriteChosen(to io.Writer, id uint16) error {
	return write(to, map[string]any{"kind": "chosen", "id": id})
}

// WritePressed says that a notice was clicked.
func WritePressed(to io.Writer) error { return write(to, map[string]any{"kind": "pressed"}) }

func write(to io.Writer, value any) error {
	line, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = to.Write(append(line, '\n'))
	return err
}

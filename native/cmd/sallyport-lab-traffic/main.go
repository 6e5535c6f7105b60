// sallyport-lab-traffic loads a path as the bench wants it: one bulk TCP stream, or small datagrams
// of which a fixed number is under way at any time.
//
//	sallyport-lab-traffic serve ADDRESS:PORT
//	sallyport-lab-traffic bulk  ADDRESS:PORT SECONDS   -> { "bytes", "seconds" } as the server saw it
//	sallyport-lab-traffic small ADDRESS:PORT SECONDS   -> { "packets", "seconds" } there and back
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

var errUsage = errors.New("usage: sallyport-lab-traffic serve|bulk|small ADDRESS:PORT [SECONDS]")

func main() {
	err := run(os.Args[1:])
	if errors.Is(err, errUsage) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "serve":
		return serve(args[1])
	case len(args) != 3:
		return errUsage
	}
	seconds, err := strconv.ParseFloat(args[2], 64)
	if err != nil || seconds <= 0 {
		return errUsage
	}
	length := time.Duration(seconds * float64(time.Second))
	switch args[0] {
	case "bulk":
		return report(bulk(args[1], length))
	case "small":
		return report(small(args[1], length))
	}
	return errUsage
}

func report(result any, err error) error {
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

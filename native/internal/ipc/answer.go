package ipc

import (
	"encoding/json"

	"sallyport.dev/netd/internal/fault"
)

// Partial is a failure that still has an answer: some of the request was done.
type Partial struct {
	Fault  *fault.Fault
	Answer any
}

func (p *Partial) Error() string { return p.Fault.Error() }

// Unwrap gives the refusal itself.
func (p *Partial) Unwrap() error { return p.Fault }

type errorBody struct {
	Code   fault.Code `json:"code"`
	At     string     `json:"at"`
	Detail string     `json:"detail"`
}

const maxDetailBytes = 512

func describe(f *fault.Fault) errorBody {
	detail := f.Detail
	if len(detail) > maxDetailBytes {
		detail = detail[:maxDetailBytes]
	}
	return errorBody{Code: f.Code, At: f.At, Detail: detail}
}

// encodeAnswer gives one line: `{"id":…,"ok":…}` with the members of answer beside.
func encodeAnswer(id *int64, answer any, err error) ([]byte, error) {
	head := map[string]any{"id": id, "ok": err == nil}
	if err != nil {
		head["error"] = describe(fault.From(err))
		if partial, ok := err.(*Partial); ok {
			answer = partial.Answer
		}
	}
	return encodeMerged(head, answer)
}

// encodeMerged writes the members of answer (an object, or nil of any type) behind those of head.
func encodeMerged(head map[string]any, answer any) ([]byte, error) {
	first, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	if answer == nil {
		return append(first, '\n'), nil
	}
	second, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	if string(second) == "{}" || string(second) == "null" {
		return append(first, '\n'), nil
	}
	line := append(first[:len(first)-1], ',')
	line = append(line, second[1:]...)
	return append(line, '\n'), nil
}

// Package socket makes the two listening sockets with exactly the rights they need from their
// first moment on: Unix sockets, and pipes on Windows.
package socket

// Access says who may connect: everybody on this machine, or the owner and one more account.
type Access struct {
	Everybody bool
	Account   *Account
}

// Account is a local user that may connect.
type Account struct {
	UID uint32
	GID int
}

//go:build !linux

package guard

// LinkName is the tunnel interface of a device.
const LinkName = "Sallyport"

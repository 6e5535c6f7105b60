// Package ending tells when processes of others end, without looking at them meanwhile.
package ending

// MaxProcesses is how many are watched at most.
const MaxProcesses = 64

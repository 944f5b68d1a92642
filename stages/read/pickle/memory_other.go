//go:build !linux && !darwin

package pickle

// machineMemory is 0: the system is not asked.
func machineMemory() int64 { return 0 }

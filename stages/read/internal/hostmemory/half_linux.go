package hostmemory

import (
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
)

// memory is the machine's memory, or what a container may have of it; 0 when
// the system does not tell.
func memory() int64 {
	var info syscall.Sysinfo_t
	if err := syscall.Sysinfo(&info); err != nil {
		return 0
	}
	n := int64(uint64(info.Totalram) * uint64(info.Unit))
	own, _ := os.ReadFile("/proc/self/cgroup")
	for line := range strings.Lines(string(own)) {
		// "0::/folder" of version 2, "4:memory:/folder" of version 1
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch controllers, folder, _ := strings.Cut(rest, ":"); controllers {
		case "":
			n = min(n, groupMemory("/sys/fs/cgroup", folder, "memory.max", n))
		case "memory":
			n = min(n, groupMemory("/sys/fs/cgroup/memory", folder, "memory.limit_in_bytes", n))
		}
	}
	return n
}

// groupMemory is the least bound of a control group and those around it, most
// without one. A container sees its own group as the root.
func groupMemory(root, folder, file string, most int64) int64 {
	for dir := path.Clean("/" + folder); ; dir = path.Dir(dir) {
		text, _ := os.ReadFile(root + path.Join(dir, file))
		if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 {
			most = min(most, n)
		}
		if dir == "/" {
			return most
		}
	}
}

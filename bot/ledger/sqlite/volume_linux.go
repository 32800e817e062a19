package sqlite

import (
	"slices"
	"syscall"
)

// networks are the types of file systems whose locks and shared memory SQLite cannot rely on: NFS,
// SMB, SMB2, CIFS, Ceph and 9P
// (man7.org/linux/man-pages/man2/statfs.2.html). FUSE is left out, because local ones are common too.
var networks = []int64{0x6969, 0x517b, 0xfe534d42, 0xff534d42, 0x00c36400, 0x01021997}

// volume is how many bytes a process may still write into a directory's file system, and whether that is
// on a network; -1 = unknown.
func volume(dir string) (free int64, network bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return -1, false
	}
	return int64(s.Bavail) * int64(s.Bsize), slices.Contains(networks, int64(s.Type)&0xffffffff)
}

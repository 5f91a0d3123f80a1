package enginetest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// InNamespace runs the test again in a process that may mount what nobody else
// sees and that ends with it. It returns false in the process that waits.
func InNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv("DATELINE_TEST_NAMESPACE") != "" {
		mount(t, "none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")
		return true
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), "DATELINE_TEST_NAMESPACE=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSPC) {
		t.Skipf("this machine does not let tests mount: %v", err)
	}
	if err != nil {
		t.Errorf("%v:\n%s", err, out)
	} else {
		t.Logf("%s", out)
	}
	return false
}

func mount(t *testing.T, source, target, kind string, flags uintptr, data string) {
	t.Helper()
	if err := syscall.Mount(source, target, kind, flags, data); err != nil {
		t.Fatalf("mount %s: %v", target, err)
	}
}

// SmallDisk mounts a disk of so many bytes on a folder until the test ends. It needs [InNamespace].
func SmallDisk(t *testing.T, folder string, bytes int) {
	t.Helper()
	mount(t, "tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%d", bytes))
	unmountAfter(t, folder)
}

// ReadOnly makes a file or folder read-only for everybody, root too, until the test ends. It needs [InNamespace].
func ReadOnly(t *testing.T, path string) {
	t.Helper()
	mount(t, path, path, "", syscall.MS_BIND, "")
	mount(t, path, path, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
	unmountAfter(t, path)
}

func unmountAfter(t *testing.T, path string) {
	t.Cleanup(func() {
		if err := syscall.Unmount(path, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

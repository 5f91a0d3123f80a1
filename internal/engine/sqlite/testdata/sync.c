// A library for LD_PRELOAD that notes, in the file named by DATELINE_TEST_SYNC, each write to a file whose name ends in
// "-wal" as the letter w and each time such a file is brought to the disk as s. Reads and other files are left alone.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static void note(int fd, const char *letter) {
	static int log = -1;
	char link[64], name[4096];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, name, sizeof name - 1);
	if (n < 4 || memcmp(name + n - 4, "-wal", 4) != 0) return;
	if (log < 0) log = open(getenv("DATELINE_TEST_SYNC"), O_WRONLY | O_APPEND | O_CREAT, 0600);
	if (log < 0 || write(log, letter, 1) != 1) abort();
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t pwrite(int fd, const void *b, size_t n, off_t at) { note(fd, "w"); return REAL(pwrite)(fd, b, n, at); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t at) { note(fd, "w"); return REAL(pwrite64)(fd, b, n, at); }
int ftruncate(int fd, off_t n) { note(fd, "w"); return REAL(ftruncate)(fd, n); }
int ftruncate64(int fd, off64_t n) { note(fd, "w"); return REAL(ftruncate64)(fd, n); }
int fsync(int fd) { int r = REAL(fsync)(fd); note(fd, "s"); return r; }
int fdatasync(int fd) { int r = REAL(fdatasync)(fd); note(fd, "s"); return r; }

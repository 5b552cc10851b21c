/* Fails one call in a process, on files under one directory alone. Preloaded by ../fault.rs, which sets
 *   FAULT_DIR    the directory
 *   FAULT_CALL   the name of the call, as "fdatasync"
 *   FAULT_AT     which one of them fails, from 1; 0 for none
 *   FAULT_ERRNO  with which error
 *   FAULT_COUNT  a file that the number of calls is appended to at the end
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *dir, *call;
static long at;
static int error;
static atomic_long count;

__attribute__((constructor)) static void begin(void) {
  dir = getenv("FAULT_DIR");
  call = getenv("FAULT_CALL");
  at = getenv("FAULT_AT") ? atol(getenv("FAULT_AT")) : 0;
  error = getenv("FAULT_ERRNO") ? atoi(getenv("FAULT_ERRNO")) : EIO;
}

__attribute__((destructor)) static void end(void) {
  const char *path = getenv("FAULT_COUNT");
  FILE *file = path ? fopen(path, "a") : NULL;
  if (file) {
    fprintf(file, "%ld\n", atomic_load(&count));
    fclose(file);
  }
}

static int is_ours(const char *path) { return dir && strncmp(path, dir, strlen(dir)) == 0; }

/* Whether this call is the one that fails. */
static int fails(const char *name, const char *path) {
  if (!call || strcmp(call, name) != 0 || !is_ours(path)) return 0;
  if (atomic_fetch_add(&count, 1) + 1 != at) return 0;
  errno = error;
  return 1;
}

static int fails_on(const char *name, int fd) {
  char link[64], path[4096];
  if (!call || strcmp(call, name) != 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  int saved = errno;
  ssize_t length = readlink(link, path, sizeof path - 1);
  errno = saved;
  if (length < 0) return 0;
  path[length] = 0;
  return fails(name, path);
}

#define REAL(type, name, ...) \
  static type (*real)(__VA_ARGS__); \
  if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *data, size_t size) {
  REAL(ssize_t, "write", int, const void *, size_t);
  return fails_on("write", fd) ? -1 : real(fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) {
  REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
  return fails_on("pwrite", fd) ? -1 : real(fd, data, size, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
  REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  return fails_on("pwrite", fd) ? -1 : real(fd, data, size, offset);
}

ssize_t pwritev(int fd, const struct iovec *parts, int number, off_t offset) {
  REAL(ssize_t, "pwritev", int, const struct iovec *, int, off_t);
  return fails_on("pwrite", fd) ? -1 : real(fd, parts, number, offset);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int number, off64_t offset) {
  REAL(ssize_t, "pwritev64", int, const struct iovec *, int, off64_t);
  return fails_on("pwrite", fd) ? -1 : real(fd, parts, number, offset);
}

int fsync(int fd) {
  REAL(int, "fsync", int);
  return fails_on("fsync", fd) ? -1 : real(fd);
}

int fdatasync(int fd) {
  REAL(int, "fdatasync", int);
  return fails_on("fdatasync", fd) ? -1 : real(fd);
}

int ftruncate(int fd, off_t size) {
  REAL(int, "ftruncate", int, off_t);
  return fails_on("ftruncate", fd) ? -1 : real(fd, size);
}

int ftruncate64(int fd, off64_t size) {
  REAL(int, "ftruncate64", int, off64_t);
  return fails_on("ftruncate", fd) ? -1 : real(fd, size);
}

void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
  REAL(void *, "mmap", void *, size_t, int, int, int, off_t);
  return fd >= 0 && fails_on("mmap", fd) ? MAP_FAILED : real(address, size, protection, flags, fd, offset);
}

void *mmap64(void *address, size_t size, int protection, int flags, int fd, off64_t offset) {
  REAL(void *, "mmap64", void *, size_t, int, int, int, off64_t);
  return fd >= 0 && fails_on("mmap", fd) ? MAP_FAILED : real(address, size, protection, flags, fd, offset);
}

int rename(const char *from, const char *to) {
  REAL(int, "rename", const char *, const char *);
  return fails("rename", to) ? -1 : real(from, to);
}

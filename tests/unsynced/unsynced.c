/* Makes a kill drop what was not on disk yet.
 *
 * After kill -9 the system still writes what the process had handed to it, so a kill alone never shows that an fsync is
 * missing. Loaded into a process by LD_PRELOAD, this keeps what each write to a regular file below $UNSYNCED_DATA
 * replaces, in logs in the folder $UNSYNCED_LOGS, until an fsync or fdatasync of that file that began later has ended.
 * Whoever finds the process killed plays the logs back, the newest record first (crates/haloscope/tests/it/unsynced.rs):
 * then each file holds what was synced and nothing else.
 *
 * With $UNSYNCED_DEAF an fsync counts for nothing: what a proof must find then, it finds where an fsync is missing.
 *
 * On disk at once, so never taken back: names of files (made, renamed, removed) and their rights.
 * Not looked after:
 * - `-shm` files: SQLite maps them, and makes them anew when nobody has them open;
 * - what nothing here does: other writing maps, copy_file_range, sendfile and truncate to a data file, pwritev2,
 *   io_uring, system calls without the C library, two processes that write one file. (O_SYNC counts for nothing: too much
 *   is lost then, never too little.)
 *
 * A log is named INODE.NUMBER. An fsync begins a new log, and removes the older ones when it has ended, the oldest
 * first: records of writes that came meanwhile stay. A kill in between leaves the newer logs, which are right without the
 * older.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* A file below $UNSYNCED_DATA. Found by its inode, so that copies of a descriptor need no care. */
struct file {
    struct file *next;
    dev_t device;
    ino_t inode;
    /* For reading. Never closed, so that no other file gets the inode, and no lock of the process is lost. */
    int own;
    /* The newest log, or -1 before its first record. */
    int log;
    /* Numbers of the oldest log that may exist, and of the newest. */
    uint64_t oldest, newest;
};

/* What a change replaces: so many bytes at `offset`, which follow, in a file that was `size` long. */
struct record {
    uint64_t size, offset, length;
};

/* Where write() writes. */
#define HERE (-1)

static const char *data, *logs;
/* Nothing counts as synced. */
static int deaf;
/* Held while a record and its change are written, so that no fsync comes between them; not while an fsync runs. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct file *files;

__attribute__((constructor)) static void start(void) {
    logs = getenv("UNSYNCED_LOGS");
    data = getenv("UNSYNCED_DATA");
    deaf = getenv("UNSYNCED_DEAF") != NULL;
}

/* A proof that misses something is none. */
static void must(int holds, const char *what) {
    if (!holds) {
        dprintf(2, "unsynced.c cannot %s: %s\n", what, strerror(errno));
        abort();
    }
}

static int is_looked_after(const char *path) {
    size_t above = strlen(data), length = strlen(path);
    int shared = length > 4 && strcmp(path + length - 4, "-shm") == 0;
    return strncmp(path, data, above) == 0 && path[above] == '/' && !shared;
}

/* The file behind a descriptor, or NULL when it is not looked after. */
static struct file *file_of(int fd, const struct stat *is) {
    for (struct file *file = files; file; file = file->next)
        if (file->inode == is->st_ino && file->device == is->st_dev)
            return file;
    char name[64], path[PATH_MAX];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, sizeof path - 1);
    must(length >= 0, "read the path of a file");
    path[length] = 0;
    if (!is_looked_after(path))
        return NULL;
    struct file *file = calloc(1, sizeof *file);
    must(file != NULL, "take memory");
    *file = (struct file){files, is->st_dev, is->st_ino, -1, -1, 0, 0};
    file->own = syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC, 0);
    must(file->own >= 0, "open a file again");
    return files = file;
}

/* Answers the file with the lock held, and its size; or NULL without the lock. */
static struct file *take(int fd, off_t *size) {
    struct stat is;
    if (!data || !logs || fstat(fd, &is) || !S_ISREG(is.st_mode))
        return NULL;
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd, &is);
    if (!file) {
        pthread_mutex_unlock(&lock);
        return NULL;
    }
    must(fstat(fd, &is) == 0, "read the size of a file");
    *size = is.st_size;
    return file;
}

static void give_back(const struct file *file) {
    int before = errno;
    if (file)
        pthread_mutex_unlock(&lock);
    errno = before;
}

static void name_log(char *name, const struct file *file, uint64_t number) {
    snprintf(name, PATH_MAX, "%s/%ju.%ju", logs, (uintmax_t)file->inode, (uintmax_t)number);
}

static void append(const struct file *file, const void *bytes, size_t length) {
    for (const char *next = bytes; length > 0;) {
        ssize_t written = syscall(SYS_write, file->log, next, length);
        must(written > 0, "write a log");
        next += written;
        length -= written;
    }
}

/* Keeps what a change of `length` bytes at `offset` replaces. */
static void keep(struct file *file, int fd, off_t size, off_t offset, off_t length) {
    static char buffer[1 << 16];
    if (file->log < 0) {
        char name[PATH_MAX];
        name_log(name, file, file->newest);
        file->log = syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        must(file->log >= 0, "make a log");
    }
    if (offset == HERE)
        offset = lseek(fd, 0, SEEK_CUR);
    /* Linux appends then whatever the offset is. */
    if (fcntl(fd, F_GETFL) & O_APPEND)
        offset = size;
    off_t end = offset + length < size ? offset + length : size;
    struct record record = {size, offset, end > offset ? end - offset : 0};
    append(file, &record, sizeof record);
    while (offset < end) {
        size_t most = end - offset < (off_t)sizeof buffer ? (size_t)(end - offset) : sizeof buffer;
        ssize_t got = pread(file->own, buffer, most, offset);
        must(got > 0, "read what is replaced");
        append(file, buffer, got);
        offset += got;
    }
}

/* Makes a call that changes `length` bytes at `offset`; `size` is how long the file was. */
#define CHANGE(fd, offset, length, call)                \
    ({                                                  \
        off_t size = 0;                                 \
        struct file *file = take(fd, &size);            \
        if (file)                                       \
            keep(file, fd, size, offset, length);       \
        long done = (call);                             \
        give_back(file);                                \
        done;                                           \
    })

ssize_t write(int fd, const void *bytes, size_t length) {
    return CHANGE(fd, HERE, length, syscall(SYS_write, fd, bytes, length));
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return CHANGE(fd, offset, length, syscall(SYS_pwrite64, fd, bytes, length, offset));
}

static size_t sum(const struct iovec *parts, int count) {
    size_t length = 0;
    for (int part = 0; part < count; part++)
        length += parts[part].iov_len;
    return length;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    return CHANGE(fd, HERE, sum(parts, count), syscall(SYS_writev, fd, parts, count));
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    return CHANGE(fd, offset, sum(parts, count), syscall(SYS_pwritev, fd, parts, count, offset, 0L));
}

int ftruncate(int fd, off_t length) {
    return CHANGE(fd, length, size > length ? size - length : 0, syscall(SYS_ftruncate, fd, length));
}

/* May empty a range (FALLOC_FL_PUNCH_HOLE). What would move the bytes behind it is refused. */
int fallocate(int fd, int mode, off_t offset, off_t length) {
    if (mode & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE)) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return CHANGE(fd, offset, length, syscall(SYS_fallocate, fd, mode, offset, length));
}

int posix_fallocate(int fd, off_t offset, off_t length) {
    return fallocate(fd, 0, offset, length) ? errno : 0;
}

/* What the call synced is on disk when it ends; what came while it ran may not be. */
static int sync_by(long number, int fd) {
    off_t size = 0;
    struct file *file = take(fd, &size);
    uint64_t synced = 0;
    if (file) {
        synced = file->newest++;
        if (file->log >= 0)
            syscall(SYS_close, file->log);
        file->log = -1;
    }
    give_back(file);
    int failed = syscall(number, fd);
    if (file && !failed && !deaf) {
        pthread_mutex_lock(&lock);
        for (; file->oldest <= synced; file->oldest++) {
            char name[PATH_MAX];
            name_log(name, file, file->oldest);
            must(unlink(name) == 0 || errno == ENOENT, "remove a log");
        }
        pthread_mutex_unlock(&lock);
    }
    return failed;
}

int fsync(int fd) { return sync_by(SYS_fsync, fd); }

int fdatasync(int fd) { return sync_by(SYS_fdatasync, fd); }

/* Empties the file by a change of its own, which is kept. */
static int open_by(int folder, const char *path, int flags, mode_t mode) {
    int fd = syscall(SYS_openat, folder, path, flags & ~O_TRUNC, mode);
    if (fd >= 0 && flags & O_TRUNC) {
        int before = errno;
        /* It fails for what is no file, where O_TRUNC has no effect. */
        (void)!ftruncate(fd, 0);
        errno = before;
    }
    return fd;
}

/* The mode follows the flags, where a file may be made. */
#define MODE(flags)                                                        \
    ({                                                                     \
        mode_t mode = 0;                                                   \
        if ((flags) & O_CREAT || ((flags) & O_TMPFILE) == O_TMPFILE) {     \
            va_list more;                                                  \
            va_start(more, flags);                                         \
            mode = va_arg(more, mode_t);                                   \
            va_end(more);                                                  \
        }                                                                  \
        mode;                                                              \
    })

int open(const char *path, int flags, ...) { return open_by(AT_FDCWD, path, flags, MODE(flags)); }

int openat(int folder, const char *path, int flags, ...) { return open_by(folder, path, flags, MODE(flags)); }

int creat(const char *path, mode_t mode) { return open_by(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

/* The same functions under their names for large files. */
_Static_assert(sizeof(off_t) == 8, "offsets have 64 bits");
int open64(const char *, int, ...) __attribute__((alias("open")));
int openat64(int, const char *, int, ...) __attribute__((alias("openat")));
int creat64(const char *, mode_t) __attribute__((alias("creat")));
ssize_t pwrite64(int, const void *, size_t, off64_t) __attribute__((alias("pwrite")));
ssize_t pwritev64(int, const struct iovec *, int, off64_t) __attribute__((alias("pwritev")));
int ftruncate64(int, off64_t) __attribute__((alias("ftruncate")));
int fallocate64(int, int, off64_t, off64_t) __attribute__((alias("fallocate")));
int posix_fallocate64(int, off64_t, off64_t) __attribute__((alias("posix_fallocate")));

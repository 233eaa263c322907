/* Load for `cargo x bench webhooks`, which compiles it. One thread, so that it takes little of the cores that it shares with
   what it measures; only ever to 127.0.0.1.

     load post PORT PATH CONNECTIONS SECONDS RATE    posts on connections that stay open, after a second that does not count
     load harass PORT PATH CONNECTIONS SECONDS       slow, endless and giant posts
     load flush FILE COUNT                           appends 4 kB and has them on disk, so often

   `post` takes bodies from standard input, one a line, and sends them in turn; twelve `#` in one are replaced by a number
   that rises with each post. RATE 0: each connection posts again once it is answered. Any other RATE (posts per second): each
   post is due at a moment that is fixed beforehand, and its time counts from there, also when no connection was free then.
   What was broken off has no time: it is counted alone.

   Prints one line of JSON. Times are milliseconds. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ull
#define TICK (SECOND / 10)
/* How long answers are waited for after the last post. */
#define PATIENCE (10 * SECOND)
#define NUMBER "############"
#define MOST_POSTS 4096

static void fail(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * SECOND + (uint64_t)at.tv_nsec;
}

/* Times in nanoseconds, as many as come. */
struct times {
    uint64_t *all;
    size_t count, room;
};

static void add(struct times *times, uint64_t time) {
    if (times->count == times->room) {
        times->room = times->room ? 2 * times->room : 65536;
        times->all = realloc(times->all, times->room * sizeof *times->all);
        if (!times->all) fail("memory");
    }
    times->all[times->count++] = time;
}

static int by_size(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Milliseconds that this share of sorted times does not exceed. */
static double share(const struct times *times, double part) {
    if (!times->count) return 0;
    size_t place = (size_t)(part * (double)times->count);
    return (double)times->all[place < times->count ? place : times->count - 1] / 1e6;
}

static void print_times(struct times *times) {
    if (times->count) qsort(times->all, times->count, sizeof *times->all, by_size);
    printf("\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"p999_ms\": %.3f, \"max_ms\": %.3f", share(times, 0.5), share(times, 0.99),
           share(times, 0.999), share(times, 1));
}

static double cpu_seconds(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double micros = (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + micros / 1e6;
}

static int epoll;

/* A connection to this machine that is being made. */
static int dial(int port, void *owner) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    if (fd < 0) fail("socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) fail("connect");
    struct epoll_event events = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = owner};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &events) < 0) fail("epoll_ctl");
    return fd;
}

/* ---- post ---- */

/* A post as it is sent, and where its number goes; -1 where it has none. */
struct post {
    char *text;
    size_t length;
    long number;
};

struct connection {
    int fd;
    bool busy;
    uint64_t due, idle_since;
    const struct post *post;
    char number[sizeof NUMBER], answer[8192];
    size_t sent, got;
};

static struct post posts[MOST_POSTS];
static size_t post_count;
static struct connection *connections, **idle;
static int port, connection_count, idle_count;
static uint64_t begin, end, numbered;
static struct times times, lateness;
static uint64_t accepted, answered_in_time, refused, broken, reopened;
static int last_refusal;

static void read_posts(const char *path) {
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, stdin)) > 0 && post_count < MOST_POSTS) {
        if (line[length - 1] == '\n') line[--length] = 0;
        struct post *post = &posts[post_count++];
        int made = asprintf(&post->text,
                            "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
                            "Content-Length: %zd\r\n\r\n%s", path, port, length, line);
        if (made < 0) fail("memory");
        post->length = (size_t)made;
        char *number = strstr(post->text, NUMBER);
        post->number = number ? number - post->text : -1;
    }
    free(line);
    if (!post_count) fail("no body on standard input");
}

static void rest(struct connection *connection, uint64_t at) {
    connection->busy = false;
    connection->idle_since = at;
    idle[idle_count++] = connection;
}

static void answered(struct connection *connection, int status) {
    uint64_t at = now();
    bool good = status >= 200 && status < 300;
    if (good) accepted++;
    if (connection->due >= begin) {
        add(&times, at - connection->due);
        if (!good) {
            refused++;
            last_refusal = status;
        } else if (at <= end) {
            answered_in_time++;
        }
    }
    rest(connection, at);
}

static void reopen(struct connection *connection) {
    close(connection->fd);
    if (connection->busy) {
        broken++;
        rest(connection, now());
    } else {
        reopened++;
    }
    connection->sent = connection->got = 0;
    connection->fd = dial(port, connection);
}

/* The status of the answer once it is there as a whole, else 0. */
static int status_of(struct connection *connection) {
    connection->answer[connection->got] = 0;
    char *head_end = strstr(connection->answer, "\r\n\r\n");
    if (!head_end) return 0;
    size_t head = (size_t)(head_end - connection->answer) + 4, body = 0;
    char *length = strcasestr(connection->answer, "\r\ncontent-length:");
    if (length && length < head_end) body = strtoul(length + 17, NULL, 10);
    if (connection->got < head + body) return 0;
    return atoi(connection->answer + 9);
}

static void progress(struct connection *connection) {
    const struct post *post = connection->post;
    while (connection->busy && connection->sent < post->length) {
        /* The text is shared; one thread uses it at a time. */
        if (post->number >= 0) memcpy(post->text + post->number, connection->number, sizeof NUMBER - 1);
        ssize_t sent = send(connection->fd, post->text + connection->sent, post->length - connection->sent, MSG_NOSIGNAL);
        if (sent <= 0) break;
        connection->sent += (size_t)sent;
    }
    for (;;) {
        size_t room = sizeof connection->answer - 1 - connection->got;
        ssize_t got = room ? recv(connection->fd, connection->answer + connection->got, room, 0) : 0;
        if (got < 0 && (errno == EAGAIN || errno == ENOTCONN)) return;
        if (got <= 0) {
            reopen(connection);
            return;
        }
        connection->got += (size_t)got;
        int status = connection->busy ? status_of(connection) : 0;
        if (status) {
            connection->sent = connection->got = 0;
            answered(connection, status);
        }
    }
}

static void start(uint64_t due) {
    struct connection *connection = idle[--idle_count];
    connection->busy = true;
    connection->due = due;
    connection->post = &posts[numbered % post_count];
    connection->sent = connection->got = 0;
    snprintf(connection->number, sizeof connection->number, "%012llu", (unsigned long long)numbered++);
    progress(connection);
}

static void post(char **arguments) {
    port = atoi(arguments[0]);
    connection_count = atoi(arguments[2]);
    double seconds = atof(arguments[3]), rate = atof(arguments[4]);
    read_posts(arguments[1]);
    connections = calloc((size_t)connection_count, sizeof *connections);
    idle = calloc((size_t)connection_count, sizeof *idle);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event of_timer = {.events = EPOLLIN, .data.ptr = NULL};
    if (timer < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &of_timer) < 0) fail("timerfd");
    uint64_t opened = now();
    for (int i = 0; i < connection_count; i++) {
        connections[i].fd = dial(port, &connections[i]);
        rest(&connections[i], opened);
    }
    begin = opened + SECOND;
    end = begin + (uint64_t)(seconds * 1e9);
    uint64_t due_count = 0, at = opened;
    for (;;) {
        at = now();
        uint64_t due = opened + (rate > 0 ? (uint64_t)((double)due_count * 1e9 / rate) : 0);
        while (idle_count && rate > 0 && due <= at && due < end) {
            /* How late we are ourselves: a connection was free when the post was due. */
            if (due >= begin && idle[idle_count - 1]->idle_since <= due) add(&lateness, at - due);
            start(due);
            due = opened + (uint64_t)((double)++due_count * 1e9 / rate);
            at = now();
        }
        while (idle_count && rate <= 0 && at < end) {
            start(at);
            at = now();
        }
        bool all_sent = rate > 0 ? due >= end : at >= end;
        if ((all_sent && idle_count == connection_count) || at >= end + PATIENCE) break;
        uint64_t wake = all_sent || !idle_count ? end + PATIENCE : rate > 0 ? due : end;
        struct itimerspec next = {.it_value = {(time_t)(wake / SECOND), (long)(wake % SECOND)}};
        timerfd_settime(timer, TFD_TIMER_ABSTIME, &next, NULL);
        struct epoll_event events[256];
        int count = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < count; i++) {
            uint64_t expired;
            if (events[i].data.ptr) progress(events[i].data.ptr);
            else if (read(timer, &expired, sizeof expired) < 0 && errno != EAGAIN) fail("timerfd");
        }
    }
    /* What was never answered, or never sent, took at least until now. */
    uint64_t unanswered = 0;
    for (int i = 0; i < connection_count; i++)
        if (connections[i].busy && connections[i].due >= begin) add(&times, at - connections[i].due), unanswered++;
    for (uint64_t due; rate > 0 && (due = opened + (uint64_t)((double)due_count * 1e9 / rate)) < end; due_count++)
        add(&times, at - due), unanswered++;
    printf("{\"per_s\": %.1f, \"accepted\": %llu, \"refused\": %llu, \"last_refusal\": %d, \"broken\": %llu, "
           "\"reopened\": %llu, \"unanswered\": %llu, \"cpu_s\": %.2f, ",
           (double)answered_in_time / seconds, (unsigned long long)accepted, (unsigned long long)refused, last_refusal,
           (unsigned long long)broken, (unsigned long long)reopened, (unsigned long long)unanswered, cpu_seconds());
    print_times(&times);
    if (lateness.count) qsort(lateness.all, lateness.count, sizeof *lateness.all, by_size);
    printf(", \"own_p99_ms\": %.3f}\n", share(&lateness, 0.99));
}

/* ---- harass ---- */

/* A byte of the head, or of a body of 2 kB, each tenth of a second; a body without an end; 19 MB, which is above what is taken
   and below what is not even read; 1 GB. */
enum kind { SLOW_HEAD, SLOW_BODY, ENDLESS, LARGE, GIANT, KINDS };

struct nuisance {
    int fd;
    enum kind kind;
    bool alive, has_head;
    size_t place;
    uint64_t again_at;
};

static char junk[65536];
static uint64_t sent_bytes, turned_away, opened_count;

static void hang_up(struct nuisance *nuisance) {
    close(nuisance->fd);
    nuisance->alive = false;
    nuisance->again_at = now() + SECOND;
    turned_away++;
}

/* Writes what fits; false when the other side is gone. */
static bool put(struct nuisance *nuisance, const char *text, size_t length) {
    ssize_t sent = send(nuisance->fd, text, length, MSG_NOSIGNAL);
    if (sent > 0) sent_bytes += (uint64_t)sent;
    return sent >= 0 || errno == EAGAIN || errno == ENOTCONN;
}

/* What one does in a tenth of a second. */
static bool bother(struct nuisance *nuisance, const char *path) {
    static const char *const lengths[KINDS] = {"Content-Length: 2000", "Content-Length: 2000", "Transfer-Encoding: chunked",
                                               "Content-Length: 19000000", "Content-Length: 1000000000"};
    char head[1024];
    int length = snprintf(head, sizeof head, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n\r\n", path,
                          lengths[nuisance->kind]);
    if (nuisance->kind == SLOW_HEAD) {
        size_t byte = nuisance->place++ % (size_t)(length - 4);
        return put(nuisance, head + byte, 1);
    }
    if (!nuisance->has_head) {
        nuisance->has_head = true;
        return put(nuisance, head, (size_t)length);
    }
    switch (nuisance->kind) {
    case SLOW_BODY:
        return put(nuisance, junk, 1);
    case ENDLESS:
        /* A chunk that did not go out as a whole would break the form; 4 kB in a tenth of a second always fit. */
        return put(nuisance, "1000\r\n", 6) && put(nuisance, junk, 4096) && put(nuisance, "\r\n", 2);
    default:
        return put(nuisance, junk, sizeof junk);
    }
}

static void harass(char **arguments) {
    port = atoi(arguments[0]);
    int count = atoi(arguments[2]);
    uint64_t until = now() + (uint64_t)(atof(arguments[3]) * 1e9), tick = now();
    struct nuisance *all = calloc((size_t)count, sizeof *all);
    memset(junk, 'x', sizeof junk);
    for (int i = 0; i < count; i++) all[i].kind = (enum kind)(i % KINDS);
    while (now() < until) {
        for (int i = 0; i < count; i++) {
            struct nuisance *one = &all[i];
            if (!one->alive && one->again_at <= now()) {
                *one = (struct nuisance){.fd = dial(port, one), .kind = one->kind, .alive = true};
                opened_count++;
            } else if (one->alive && !bother(one, arguments[1])) {
                hang_up(one);
            }
        }
        tick += TICK;
        for (uint64_t at; (at = now()) < tick;) {
            struct epoll_event events[256];
            int ready = epoll_wait(epoll, events, 256, (int)((tick - at) / 1000000) + 1);
            for (int i = 0; i < ready; i++) {
                struct nuisance *one = events[i].data.ptr;
                char answer[4096];
                ssize_t got = 1;
                while (one->alive && got > 0) got = recv(one->fd, answer, sizeof answer, 0);
                if (one->alive && (got == 0 || (errno != EAGAIN && errno != ENOTCONN))) hang_up(one);
            }
        }
    }
    int alive = 0;
    for (int i = 0; i < count; i++) alive += all[i].alive;
    printf("{\"opened\": %llu, \"turned_away\": %llu, \"open\": %d, \"sent_mb\": %.1f, \"cpu_s\": %.2f}\n",
           (unsigned long long)opened_count, (unsigned long long)turned_away, alive, (double)sent_bytes / 1e6, cpu_seconds());
}

/* ---- flush ---- */

static void flush(char **arguments) {
    int fd = open(arguments[0], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), count = atoi(arguments[1]);
    if (fd < 0) fail(arguments[0]);
    memset(junk, 'x', sizeof junk);
    for (int i = 0; i < count; i++) {
        uint64_t before = now();
        if (write(fd, junk, 4096) != 4096 || fdatasync(fd) < 0) fail(arguments[0]);
        add(&times, now() - before);
    }
    printf("{");
    print_times(&times);
    printf("}\n");
}

int main(int count, char **arguments) {
    signal(SIGPIPE, SIG_IGN);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) fail("epoll");
    if (count == 7 && !strcmp(arguments[1], "post")) post(arguments + 2);
    else if (count == 6 && !strcmp(arguments[1], "harass")) harass(arguments + 2);
    else if (count == 4 && !strcmp(arguments[1], "flush")) flush(arguments + 2);
    else {
        fprintf(stderr, "load: see its source for how it is called\n");
        return 2;
    }
    return 0;
}

// The cables of the lab: joins pairs of TAP devices, and makes what crosses late, or overtaken.
//
//     cc -O2 bench/switch.c -o switch
//     ./switch COUNT SEED
//
// It makes the devices host0, port0, host1, port1, … of the network namespace that it is started
// in, says "ready", and passes each frame of hostN to portN and back. A host's end is moved into
// the host's own namespace, the other end is a port of a bridge. On standard input it takes lines
//   DELAY REORDER      each frame is DELAY milliseconds late, give or take half of that, and
//                      keeps its place in its cable; of a million REORDER are later by up to four
//                      times as much, and are overtaken
// and answers each with what it has done since the start: "PASSED OVERTAKEN FULL". It ends, and
// its devices with it, when its input does.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { CABLES = 64, FRAME = 2048, QUEUE = 16384 };

// A frame that is under way; the next that is due stands first in the heap.
struct frame {
    double due;
    unsigned long order;
    int to, bytes;
    unsigned char *data;
};

static int ends[2 * CABLES], count;
static double last[2 * CABLES];
static struct frame heap[QUEUE];
static int waiting;
static unsigned long passed, overtaken, full, order;
static unsigned long long state[2];
static double delay;
static unsigned reorder;

static void fail(const char *what) {
    fprintf(stderr, "switch: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(2);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

// xorshift128+: quick, and the same each time.
static unsigned long long drawn(void) {
    unsigned long long a = state[0], b = state[1];
    state[0] = b;
    a ^= a << 23;
    return (state[1] = a ^ b ^ (a >> 17) ^ (b >> 26)) + b;
}

static double share(void) { return (double)(drawn() >> 11) / 9007199254740992.0; }

static int device(const char *kind, int number) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s%d", kind, number);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    int made = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (made < 0) fail("/dev/net/tun does not open");
    if (ioctl(made, TUNSETIFF, &request) < 0) fail("no TAP device can be made");
    return made;
}

static int before(const struct frame *a, const struct frame *b) {
    return a->due < b->due || (a->due == b->due && a->order < b->order);
}

static void swap(int a, int b) {
    struct frame kept = heap[a];
    heap[a] = heap[b];
    heap[b] = kept;
}

static void push(struct frame frame) {
    int at = waiting++;
    heap[at] = frame;
    for (; at > 0 && before(&heap[at], &heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(at, (at - 1) / 2);
}

static struct frame pop(void) {
    struct frame first = heap[0];
    heap[0] = heap[--waiting];
    for (int at = 0;;) {
        int least = at;
        for (int child = 2 * at + 1; child <= 2 * at + 2; child++)
            if (child < waiting && before(&heap[child], &heap[least])) least = child;
        if (least == at) return first;
        swap(at, least);
        at = least;
    }
}

// A device that is down takes nothing, as a cable that is pulled.
static void put(int to, const unsigned char *data, int bytes) {
    if (write(ends[to], data, (size_t)bytes) == bytes) passed++;
}

static void take(int from) {
    unsigned char data[FRAME];
    for (int i = 0; i < 64; i++) {
        ssize_t bytes = read(ends[from], data, sizeof data);
        if (bytes <= 0) return;
        int to = from ^ 1;
        if (delay <= 0 && waiting == 0) {
            put(to, data, (int)bytes);
            continue;
        }
        if (waiting == QUEUE) {
            full++;
            continue;
        }
        double moment = now(), due = moment + delay * (0.5 + share());
        if (drawn() % 1000000 < reorder) {
            due += delay * 4 * share();
            overtaken++;
        } else {
            if (due < last[to]) due = last[to];
            last[to] = due;
        }
        struct frame frame = {due, order++, to, (int)bytes, malloc((size_t)bytes)};
        if (!frame.data) fail("no memory");
        memcpy(frame.data, data, (size_t)bytes);
        push(frame);
    }
}

static void told(void) {
    static char line[128];
    static size_t held;
    ssize_t bytes = read(0, line + held, sizeof line - 1 - held);
    if (bytes <= 0) exit(0);
    held += (size_t)bytes;
    line[held] = 0;
    for (char *end; (end = strchr(line, '\n')); held = strlen(line)) {
        double late;
        unsigned rate;
        if (sscanf(line, "%lf %u", &late, &rate) != 2 || late < 0 || late > 10000 || rate > 1000000)
            fail("a line is DELAY in milliseconds and REORDER in a million");
        delay = late / 1000, reorder = rate;
        printf("%lu %lu %lu\n", passed, overtaken, full);
        memmove(line, end + 1, strlen(end + 1) + 1);
    }
    if (held == sizeof line - 1) fail("a line is too long");
}

int main(int words, char **word) {
    count = words == 3 ? atoi(word[1]) : 0;
    if (count < 1 || count > CABLES) fail("switch COUNT SEED, with COUNT from 1 to 64");
    state[0] = strtoull(word[2], 0, 10) ^ 0x9e3779b97f4a7c15ULL, state[1] = 0xbf58476d1ce4e5b9ULL;
    for (int i = 0; i < 16; i++) drawn();
    for (int i = 0; i < count; i++) {
        ends[2 * i] = device("host", i);
        ends[2 * i + 1] = device("port", i);
    }
    setvbuf(stdout, 0, _IOLBF, 0);
    puts("ready");
    struct pollfd watched[2 * CABLES + 1];
    for (int i = 0; i < 2 * count; i++) watched[i] = (struct pollfd){ends[i], POLLIN, 0};
    watched[2 * count] = (struct pollfd){0, POLLIN, 0};
    for (;;) {
        struct timespec pause = {1, 0};
        if (waiting) {
            double left = heap[0].due - now();
            if (left < 0) left = 0;
            pause = (struct timespec){(time_t)left, (long)((left - (time_t)left) * 1e9)};
        }
        if (ppoll(watched, (nfds_t)(2 * count + 1), &pause, 0) < 0 && errno != EINTR) fail("poll");
        for (int i = 0; i < 2 * count; i++)
            if (watched[i].revents & POLLIN) take(i);
        // A device that is down is no end of the lab; neither may it keep this one busy.
        for (int i = 0; i < 2 * count; i++)
            if (watched[i].revents & POLLERR && !(watched[i].revents & POLLIN)) usleep(1000);
        if (watched[2 * count].revents & (POLLIN | POLLHUP)) told();
        for (double moment = now(); waiting && heap[0].due <= moment;) {
            struct frame frame = pop();
            put(frame.to, frame.data, frame.bytes);
            free(frame.data);
        }
    }
}

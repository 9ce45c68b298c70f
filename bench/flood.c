// A stranger with a loud radio: floods UDP ports of this host's loopback with what nobody asked
// for, at a steady rate and for a bounded time, and counts what comes back
// from these ports.
//
//     cc -O2 bench/flood.c -lsodium -o flood
//     ./flood SECONDS RATE KINDS PORT[,PORT…] [CAPTURED] [HONEST]
//
// SECONDS 1 … 120, RATE datagrams a second in all, at most 100,000; KINDS of the letters
//   g garbage: random bytes of any length, half of them with the head of a datagram of ours
//   r replays of what was captured (the file CAPTURED: for each its length in 2 bytes, and it)
//   l look-ups as they ought to be, each under a key of its own
//   f fragments under tags that were captured, or random ones
// It uses 16 sockets on loopback addresses 127.0.1.1 … 127.0.1.16, and with HONEST = "h" one more
// on 127.0.0.1, where honest neighbours are. Nothing but 127.0.0.0/8 is ever written to.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SOCKETS = 17, BATCH = 32, DATAGRAM = 1200, LOOKUP = 512, PORTS = 8, KEPT = 4096 };

static int sockets[SOCKETS], count_of_sockets = 16;
static struct sockaddr_in ports[PORTS];
static int count_of_ports;
static unsigned char *captured[KEPT];
static int captured_bytes[KEPT], count_of_captured;
// What came back, and the most of it in any one second.
static unsigned long answers, answer_bytes, longest, busiest, sent, refused;
static unsigned long long state[2];

static void fail(const char *what) {
    fprintf(stderr, "flood: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
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

static void fill(unsigned char *at, int bytes) {
    for (int i = 0; i < bytes; i += 8) {
        unsigned long long word = drawn();
        memcpy(at + i, &word, (size_t)(bytes - i < 8 ? bytes - i : 8));
    }
}

static int garbage(unsigned char *out) {
    int bytes = 1 + (int)(drawn() % DATAGRAM);
    fill(out, bytes);
    if (bytes > 10 && drawn() % 2) {
        out[0] = 1;
        out[9] = (unsigned char)(1 + drawn() % 5);
    }
    return bytes;
}

static int replay(unsigned char *out) {
    if (!count_of_captured) return garbage(out);
    int one = (int)(drawn() % (unsigned)count_of_captured);
    memcpy(out, captured[one], (size_t)captured_bytes[one]);
    return captured_bytes[one];
}

// docs/PROTOCOL section 8.1: [sealing-key, promise, padding], its tag the start of its hash.
static int lookup(unsigned char *out) {
    static const unsigned char person[16] = "tally1 lookup";
    unsigned char hash[32];
    memset(out, 0, LOOKUP);
    out[0] = 1;
    out[9] = 5;
    unsigned char *body = out + 10;
    body[0] = 0x83;
    for (int part = 0; part < 2; part++) {
        unsigned char *at = body + 1 + 34 * part;
        at[0] = 0x58;
        at[1] = 32;
        fill(at + 2, 32);
    }
    int padding = LOOKUP - 10 - 72;
    body[69] = 0x59;
    body[70] = (unsigned char)(padding >> 8);
    body[71] = (unsigned char)padding;
    crypto_generichash_blake2b_salt_personal(hash, 32, body, LOOKUP - 10, 0, 0, 0, person);
    memcpy(out + 1, hash, 8);
    return LOOKUP;
}

static int fragment(unsigned char *out) {
    int bytes = 10 + 10 + 24 + 1024 + 16;
    fill(out, bytes);
    out[0] = 1;
    out[9] = drawn() % 2 ? 4 : 3;
    if (out[9] == 4 && count_of_captured) {
        memcpy(out + 1, captured[drawn() % (unsigned)count_of_captured] + 1, 8);
    }
    if (out[9] == 3) bytes = 10 + 80 + 10 + 24 + 1024 + 16, fill(out + 10, bytes - 10);
    out[bytes - 16 - 1024 - 24 - 2] = 0;
    out[bytes - 16 - 1024 - 24 - 1] = (unsigned char)(2 + drawn() % 47);
    return bytes;
}

static int make(const char *kinds, unsigned char *out) {
    switch (kinds[drawn() % strlen(kinds)]) {
    case 'g': return garbage(out);
    case 'r': return replay(out);
    case 'l': return lookup(out);
    case 'f': return fragment(out);
    default: errno = 0; fail("KINDS are of the letters g, r, l and f");
    }
    return 0;
}

// When a datagram came, as the kernel noted it: how late it is read here does not matter.
static double came(struct msghdr *head) {
    struct cmsghdr *one = CMSG_FIRSTHDR(head);
    if (!one || one->cmsg_type != SO_TIMESTAMPNS) fail("the kernel notes no times");
    struct timespec t;
    memcpy(&t, CMSG_DATA(one), sizeof t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double times[1 << 16];

static int earlier(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

// Whether it is one of those that are flooded: other nodes of this host share the port of look-ups, and answer from
// their own.
static int is_flooded(in_port_t port) {
    for (int i = 0; i < count_of_ports; i++)
        if (ports[i].sin_port == port) return 1;
    return 0;
}

// Counts all that came back.
static void listen_now(void) {
    static unsigned char room[2048], beside[128];
    struct iovec part = {room, sizeof room};
    for (int i = 0; i < count_of_sockets; i++) {
        for (;;) {
            struct sockaddr_in from = {0};
            struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1};
            head.msg_name = &from;
            head.msg_namelen = sizeof from;
            head.msg_control = beside;
            head.msg_controllen = sizeof beside;
            ssize_t bytes = recvmsg(sockets[i], &head, MSG_DONTWAIT);
            if (bytes < 0) break;
            if (!is_flooded(from.sin_port)) continue;
            times[answers++ % (sizeof times / sizeof *times)] = came(&head);
            answer_bytes += (unsigned long)bytes;
            if ((unsigned long)bytes > longest) longest = (unsigned long)bytes;
        }
    }
}

// The most that came within a second, whenever that began.
static void find_busiest(void) {
    unsigned long all = sizeof times / sizeof *times, kept = answers < all ? answers : all;
    qsort(times, kept, sizeof *times, earlier);
    for (unsigned long first = 0, next = 0; first < kept; first++) {
        while (next < kept && times[next] < times[first] + 1) next++;
        if (next - first > busiest) busiest = next - first;
    }
}

static void read_captured(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) fail(path);
    int high, low;
    while (count_of_captured < KEPT && (high = getc(file)) != EOF && (low = getc(file)) != EOF) {
        int bytes = high << 8 | low;
        if (bytes < 10 || bytes > DATAGRAM) break;
        unsigned char *one = malloc((size_t)bytes);
        if (!one || fread(one, 1, (size_t)bytes, file) != (size_t)bytes) break;
        captured[count_of_captured] = one;
        captured_bytes[count_of_captured++] = bytes;
    }
    fclose(file);
}

static void open_sockets(const char *honest) {
    if (honest && !strcmp(honest, "h")) count_of_sockets = SOCKETS;
    for (int i = 0; i < count_of_sockets; i++) {
        struct sockaddr_in own = {.sin_family = AF_INET};
        own.sin_addr.s_addr = htonl(i < 16 ? 0x7f000101 + (unsigned)i : 0x7f000001);
        sockets[i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        int on = 1;
        if (sockets[i] < 0 || bind(sockets[i], (void *)&own, sizeof own)) fail("a socket");
        setsockopt(sockets[i], SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    }
}

static void read_ports(char *list) {
    for (char *one = strtok(list, ","); one && count_of_ports < PORTS; one = strtok(0, ",")) {
        int port = atoi(one);
        if (port < 1 || port > 65535) errno = 0, fail("a PORT is a number from 1 to 65535");
        ports[count_of_ports] =
            (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
        ports[count_of_ports++].sin_addr.s_addr = htonl(0x7f000001);
    }
    if (!count_of_ports) errno = 0, fail("no PORT");
}

// One batch on the next socket, to the next port.
static void send_batch(const char *kinds, int wanted, unsigned long turn) {
    static unsigned char room[BATCH][DATAGRAM];
    struct iovec parts[BATCH];
    struct mmsghdr rows[BATCH];
    memset(rows, 0, sizeof rows);
    for (int i = 0; i < wanted; i++) {
        parts[i] = (struct iovec){room[i], (size_t)make(kinds, room[i])};
        rows[i].msg_hdr.msg_name = &ports[(turn + (unsigned long)i) % (unsigned)count_of_ports];
        rows[i].msg_hdr.msg_namelen = sizeof ports[0];
        rows[i].msg_hdr.msg_iov = &parts[i];
        rows[i].msg_hdr.msg_iovlen = 1;
    }
    int done = sendmmsg(sockets[turn % (unsigned)count_of_sockets], rows, (unsigned)wanted, 0);
    if (done > 0) sent += (unsigned long)done;
    refused += (unsigned long)(wanted - (done > 0 ? done : 0));
}

int main(int argc, char **argv) {
    errno = 0;
    if (argc < 5) fail("SECONDS RATE KINDS PORT[,PORT…] [CAPTURED] [HONEST]");
    double seconds = atof(argv[1]), rate = atof(argv[2]);
    if (seconds < 1 || seconds > 120) fail("SECONDS is a number from 1 to 120");
    if (rate < 1 || rate > 100000) fail("RATE is a number from 1 to 100000");
    if (!argv[3][0] || argv[3][strspn(argv[3], "grlf")]) fail("KINDS are of the letters grlf");
    if (sodium_init() < 0) fail("libsodium");
    state[0] = 0x9e3779b97f4a7c15ULL, state[1] = 0xbf58476d1ce4e5b9ULL;
    read_ports(argv[4]);
    if (argc > 5 && argv[5][0]) read_captured(argv[5]);
    open_sockets(argc > 6 ? argv[6] : 0);
    double began = now(), end = began + seconds;
    unsigned long wanted = 0, turn = 0;
    while (now() < end) {
        unsigned long due = (unsigned long)((now() - began) * rate);
        if (due > wanted) {
            int batch = due - wanted > BATCH ? BATCH : (int)(due - wanted);
            send_batch(argv[3], batch, turn++);
            wanted += (unsigned long)batch;
        } else {
            struct timespec pause = {0, 300000};
            nanosleep(&pause, 0);
        }
        if (turn % 64 == 0) listen_now();
    }
    // What is still on its way.
    usleep(200000);
    listen_now();
    find_busiest();
    printf("{\"seconds\":%.3f,\"sent\":%lu,\"unsent\":%lu,\"answers\":%lu,\"busiest_second\":%lu,"
           "\"answer_bytes\":%lu,\"longest_answer\":%lu}\n",
           now() - began, sent, refused, answers, busiest, answer_bytes, longest);
    return 0;
}

// What Linux has beyond the C library that Swift brings: epoll, bells, signals as files, news of
// the host's networks, and many datagrams in one call.
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

// The C library declares recvmmsg, and the rows that it fills, for programs of GNU alone.
int tally_recvmmsg(int file, void *rows, unsigned int count, int flags, void *until)
    __asm__("recvmmsg");

// The same of what makes a terminal whose other end is a program.
int tally_posix_openpt(int flags) __asm__("posix_openpt");
int tally_grantpt(int file) __asm__("grantpt");
int tally_unlockpt(int file) __asm__("unlockpt");
int tally_ptsname_r(int file, char *name, unsigned long size) __asm__("ptsname_r");

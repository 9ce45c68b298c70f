// What Linux has beyond the C library that Swift brings: epoll, bells, and signals as files.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

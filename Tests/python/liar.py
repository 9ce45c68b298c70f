"""A neighbour who announces what he likes: `liar.py ADDRESS COUNT` says as mDNS, from this address
of a namespace, that there are so many wallets; names and records are as bad as DNS allows."""

import socket
import struct
import sys

GROUP = ("224.0.0.251", 5353)
SERVICE = (b"_tally", b"_udp", b"local")
PTR, TXT, A, SRV = 12, 16, 1, 33
BAD = [
    b"\x1b[2J\x1b[31mTown",
    "Town\u202e\u200b".encode(),
    b"\xff\xfe\xc3 no utf-8",
    b"a.b\\c.local",
    b"x" * 63,
    b"",
]
RECORDS = [
    [b"txtvers=1", b"role=wallet"],
    [b"txtvers=1", b"role=office", b"k=" + b"v" * 250],
    [b"role=wallet", b"txtvers=1"] + [b"junk"] * 40,
    [b"\x00\xff\x1b=\x07", b"", b"=", b"txtvers=1"],
    [],
]


def name(*labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def record(owner, kind, data, unique=True):
    # The highest bit of the class: whatever else was known of it is void.
    return name(*owner) + struct.pack(">HHIH", kind, 0x8001 if unique else 1, 120, len(data)) + data


def announcement(number):
    label = BAD[number] if number < len(BAD) - 1 else b"liar %d" % number
    is_bad = number < len(BAD)
    host = (b"bad%d" % number if is_bad else b"liar%d" % (number % 50), b"local")
    instance = (label, *SERVICE)
    entries = RECORDS[0] if is_bad else RECORDS[number % len(RECORDS)]
    # Half of the others are on no network of anybody here.
    is_near = is_bad or number % 2
    address = bytes([10, 79, 0, 100 + number % 100]) if is_near else bytes([198, 51, 100, 7])
    answers = [
        record(SERVICE, PTR, name(*instance), unique=False),
        record(instance, SRV, struct.pack(">HHH", 0, 0, 4_000 + number) + name(*host)),
        record(instance, TXT, b"".join(bytes([len(one)]) + one for one in entries) or b"\0"),
        record(host, A, address),
    ]
    return struct.pack(">HHHHHH", 0, 0x8400, 0, len(answers), 0, 0) + b"".join(answers)


def main(address, count):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        one.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        # Who sends from another port is taken for no responder.
        one.bind(("", GROUP[1]))
        one.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        for number in range(count):
            one.sendto(announcement(number), GROUP)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

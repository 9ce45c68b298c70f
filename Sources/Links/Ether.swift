package import Words

/// What carries a station's datagrams: sockets of its own, or another device that passes them on.
package protocol Ether: Air {
    /// Where others reach it.
    var port: UInt16 { get }
    /// What to wait for.
    var files: [Int32] { get }
    /// How long it may be left alone; nil is as long as nothing comes.
    var patience: UInt64? { get }
    /// Another number whenever the networks are others, or their addresses.
    var era: UInt64 { get }
    /// The numbers of the networks that it was told to use alone; nil is whatever there is.
    var allowedNetworks: [UInt32]? { get }
    /// Calls go there instead of to everybody, while there is something in it.
    var callees: [Address] { get set }
    /// Calls to everybody go there too.
    var hints: [Endpoint] { get set }

    func isNear(_ endpoint: Endpoint) -> Bool
    /// Looks which networks there are; says whether there is something new to wait for.
    func look(at milliseconds: UInt64) -> Bool
    /// Hands out what has come and may be for us: see ``UDP``.
    @discardableResult
    func receive(
        atMost most: Int,
        enough: Int,
        at milliseconds: UInt64,
        ready: Set<Int32>?,
        isKnown: (UInt64) -> Bool,
        opened: () -> UInt64,
        _ take: ([UInt8], Address) -> Bool
    ) -> Bool
    /// All that followed from what was handed out has been sent by now.
    func hasSent(at milliseconds: UInt64)
}

extension UDP: Ether {}

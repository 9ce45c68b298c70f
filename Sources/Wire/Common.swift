package import Words

// The values that most bytes consist of, read and written without a generic call between:
// across rooms the compiler specialises none, and one costs more than the field itself.

extension Writer {
    package mutating func value(_ hash: Hash) { data(hash.bytes) }
    package mutating func value(_ key: Key) { data(key.bytes) }
    package mutating func value(_ signature: Signature) { data(signature.r, signature.s) }
    package mutating func value(_ salt: Salt) { data(salt) }
    package mutating func value(_ epoch: Epoch) { number(epoch.number) }
}

extension Reader {
    package mutating func value() throws(WireError) -> Hash { Hash(try data32()) }
    package mutating func value() throws(WireError) -> Key { Key(try data32()) }
    package mutating func value() throws(WireError) -> Signature { try Signature(from: &self) }
    package mutating func value() throws(WireError) -> Salt { try Salt(from: &self) }
    package mutating func value() throws(WireError) -> Epoch { try Epoch(from: &self) }
}

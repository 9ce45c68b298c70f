internal import CCrypto
internal import Words

/// A certificate as libcrypto reads it, freed with the value.
@safe struct ParsedCertificate: ~Copyable {
    private let x509: OpaquePointer

    init(_ bytes: [UInt8]) throws(CertificateFault) {
        let parsed = unsafe bytes.withUnsafeBufferPointer { source in
            // Unsafe: the pointer and the length are those of one array, which outlives the call.
            var next = source.baseAddress
            return unsafe d2i_X509(nil, &next, source.count)
        }
        guard let parsed = unsafe parsed else {
            ERR_clear_error()
            throw .malformed("libcrypto cannot read it")
        }
        unsafe x509 = parsed
    }

    deinit { unsafe X509_free(x509) }

    var usesEd25519: Bool {
        var algorithm: OpaquePointer?
        let key = unsafe X509_get_X509_PUBKEY(x509)
        guard unsafe X509_PUBKEY_get0_param(&algorithm, nil, nil, nil, key) == 1 else {
            return false
        }
        return unsafe X509_get_signature_nid(x509) == NID_ED25519
            && OBJ_obj2nid(algorithm) == NID_ED25519
    }

    var serial: [UInt8] { unsafe content(X509_get0_serialNumber(x509)) }
    var notBefore: [UInt8] { unsafe content(X509_get0_notBefore(x509)) }
    var notAfter: [UInt8] { unsafe content(X509_get0_notAfter(x509)) }
    var key: [UInt8] { unsafe content(X509_get0_pubkey_bitstr(x509)) }
    var issuerName: [UInt8]? { unsafe commonName(X509_get_issuer_name(x509)) }
    /// Read from the bytes: asked for it, libcrypto would first judge all other extensions.
    var authorityKeyID: [UInt8] { Array((value(of: ObjectID.authorityKeyID) ?? []).dropFirst(4)) }

    var signature: [UInt8] {
        var signature: UnsafePointer<ASN1_BIT_STRING>?
        unsafe X509_get0_signature(&signature, nil, x509)
        return unsafe content(signature)
    }

    /// What stands in the extension of this name, or nil when there is none.
    func value(of id: [UInt8]) -> [UInt8]? {
        for index in 0..<max(0, unsafe X509_get_ext_count(x509)) {
            guard let found = unsafe X509_get_ext(x509, index) else { return nil }
            if let value = unsafe extensionValue(found, id) { return value }
        }
        return nil
    }
}

/// A revocation list as libcrypto reads it, freed with the value.
@safe struct ParsedList: ~Copyable {
    private let list: OpaquePointer

    init(_ bytes: [UInt8]) throws(CertificateFault) {
        let parsed = unsafe bytes.withUnsafeBufferPointer { source in
            // Unsafe: the pointer and the length are those of one array, which outlives the call.
            var next = source.baseAddress
            return unsafe d2i_X509_CRL(nil, &next, source.count)
        }
        guard let parsed = unsafe parsed else {
            ERR_clear_error()
            throw .malformed("libcrypto cannot read it")
        }
        unsafe list = parsed
    }

    deinit { unsafe X509_CRL_free(list) }

    var usesEd25519: Bool { unsafe X509_CRL_get_signature_nid(list) == NID_ED25519 }
    var issuerName: [UInt8]? { unsafe commonName(X509_CRL_get_issuer(list)) }
    var thisUpdate: [UInt8] { unsafe content(X509_CRL_get0_lastUpdate(list)) }
    var nextUpdate: [UInt8] { unsafe content(X509_CRL_get0_nextUpdate(list)) }

    var signature: [UInt8] {
        var signature: UnsafePointer<ASN1_BIT_STRING>?
        unsafe X509_CRL_get0_signature(list, &signature, nil)
        return unsafe content(signature)
    }

    /// Serial and date of each entry, as their bytes.
    var entries: [(serial: [UInt8], date: [UInt8])] {
        let stack = unsafe X509_CRL_get_REVOKED(list)
        return (0..<max(0, unsafe OPENSSL_sk_num(stack))).map { index in
            // Unsafe: the stack of a list holds its entries, which live as long as the list.
            let entry = unsafe OpaquePointer(OPENSSL_sk_value(stack, index))
            return unsafe (
                content(X509_REVOKED_get0_serialNumber(entry)),
                content(X509_REVOKED_get0_revocationDate(entry))
            )
        }
    }

    func value(of id: [UInt8]) -> [UInt8]? {
        for index in 0..<max(0, unsafe X509_CRL_get_ext_count(list)) {
            guard let found = unsafe X509_CRL_get_ext(list, index) else { return nil }
            if let value = unsafe extensionValue(found, id) { return value }
        }
        return nil
    }
}

/// Content octets of a simple value, none when there is no value.
private func content(_ string: UnsafePointer<ASN1_STRING>?) -> [UInt8] {
    guard let string = unsafe string, let start = unsafe ASN1_STRING_get0_data(string) else {
        return []
    }
    // Unsafe: libcrypto says where the content stands and how long it is.
    return unsafe Array(
        UnsafeBufferPointer(start: start, count: Int(max(0, ASN1_STRING_length(string))))
    )
}

private func extensionValue(_ found: OpaquePointer, _ id: [UInt8]) -> [UInt8]? {
    let object = unsafe X509_EXTENSION_get_object(found)
    guard let start = unsafe OBJ_get0_data(object) else { return nil }
    // Unsafe: as above.
    let body = unsafe UnsafeBufferPointer(start: start, count: OBJ_length(object))
    guard unsafe body.elementsEqual(id) else { return nil }
    return unsafe content(X509_EXTENSION_get_data(found))
}

/// The bytes that a name of ours spells in hexadecimal.
private func commonName(_ name: OpaquePointer?) -> [UInt8]? {
    guard let name = unsafe name else { return nil }
    var text = [CChar](repeating: 0, count: 40)
    // Unsafe: libcrypto writes at most as many characters as it is told there is room for.
    let count = unsafe X509_NAME_get_text_by_NID(name, NID_commonName, &text, Int32(text.count))
    guard count == 32 else { return nil }
    return Hex.bytes(
        String(decoding: text[..<32].map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
    )
}

import FuzzEntries

@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzzCarrier(unsafe Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

import Wire

/// Reads the bytes as every shape, which gives a value or a refusal within the bytes.
///
/// What is read is written as the same bytes, because no value has two encodings.
package func fuzzCBOR(_ bytes: [UInt8]) {
    for shape in Shape.allCases {
        do {
            let again = try shape.recode(bytes)
            precondition(again == bytes, "\(shape) read bytes that it writes otherwise")
        } catch {
            precondition(
                (0...bytes.count).contains(error.position),
                "\(shape) refused outside the bytes"
            )
        }
    }
}

package import Words

/// What an office keeps beside its books, hidden under the same key.
extension Books {
    package func hide(
        _ bytes: [UInt8],
        context: [UInt8],
        chance: inout some Chance
    ) -> [UInt8] { chain.hiding.hide(bytes, context: context, chance: &chance) }

    package func show(_ bytes: [UInt8], context: [UInt8]) -> [UInt8]? {
        chain.hiding.show(bytes, context: context)
    }
}

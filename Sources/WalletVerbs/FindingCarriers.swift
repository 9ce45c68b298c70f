internal import Carrier
internal import Command
internal import Money
internal import Words

// What a person wants to know of a carrier, once it is proved.

extension Facts {
    mutating func tell(
        _ carrier: Carrier,
        _ answer: (receipt: MeterReceipt, registers: [Register])?
    ) {
        let delivery = carrier.delivery
        add("number", "\(delivery.number)", .number(delivery.number))
        add("meter", delivery.meter)
        add("office", delivery.office)
        add("written", delivery.issued.text)
        for stick in carrier.sticks {
            line("stick", "\(stick.asset.full(stick.units)) until \(stick.spendUntil.text)")
        }
        also("sticks", .array(carrier.sticks.map { .string($0.id.bytes.hex) }))
        also("units", .array(carrier.sticks.map { .number($0.units.units) }))
        guard let (receipt, registers) = answer else { return add("receipt", "none yet") }
        let content = receipt.content
        add("receipt", "signed by the meter at \(content.moment.text)")
        add("highest", "\(content.highest)", .number(content.highest))
        add("pulses", "\(content.pulses)", .number(content.pulses))
        also("came", .array(content.states.map { .number($0.came.rawValue) }))
        for count in content.registers {
            line("used up so far", "\(count.units.units) of stick \(short(count.stick))")
        }
        for register in registers {
            line("used up, final", "\(register.count.units) of stick \(short(register.stick))")
        }
        also("registers", .number(UInt64(registers.count)))
    }
}

enum Demo {
    static let act: @Sendable (Request, Scene) throws(Complaint) -> Report = { _, _ in
        Report(lines: [], json: .object([]))
    }
}

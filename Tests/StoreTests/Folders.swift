import Foundation

func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
}

func removeFolder(_ path: String) throws {
    try FileManager.default.removeItem(atPath: path)
}

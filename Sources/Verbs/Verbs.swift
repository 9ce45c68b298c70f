internal import BAMVerbs
internal import Bench
package import Command
internal import Demo
internal import DeviceVerbs
internal import Homes
internal import Host
internal import KeypadVerbs
internal import MPCVerbs
internal import MeterVerbs
internal import OfficeVerbs
internal import PSVerbs
internal import SimVerbs
internal import WalletVerbs

/// The one table of verbs: each room says which are its own.
package let verbs = VerbTable(
    [.demo] + Verb.ofWallet + Verb.ofDevices + Verb.ofMeter + Verb.ofCustomer + Verb.ofOffice
        + Verb.ofBAM + Verb.ofPaymentServer
        + Verb.ofKeypad
        + [.verify, .version, .help { verbs }, .completion { verbs }]
        + Verb.ofBench + Verb.ofSimulator
)

/// Runs the command once.
package func run(arguments: [String], in scene: Scene) async -> Answer {
    await verbs.run(arguments: arguments, in: scene)
}

/// Runs the command for the process it is.
package func main() async {
    var scene = Scene(now: Process.now)
    for name in Opening.environment + ["NO_COLOR", "TERM"] {
        scene.environment[name] = Process.environment(name)
    }
    scene.outIsTerminal = Process.isTerminal(.output)
    scene.errIsTerminal = Process.isTerminal(.errors)
    (scene.cores, scene.stopwatch) = (Process.cores, { Process.nanoseconds })
    let asJSON = VerbTable.isInJSON(Process.arguments)
    let voice = Voice(.errors) { count in
        let text = "\(count) lines were left out"
        return asJSON ? Scene.noted(text, []) : "(\(text))\n"
    }
    scene.tell = { text in voice.say(text) }
    scene.prompt = { text, isSecret in Prompt(text, isSecret: isSecret) }
    scene.question = { text, isSecret in Process.ask(text, isSecret: isSecret) }
    let answer = await run(arguments: Process.arguments, in: scene)
    voice.finish()
    let isTold = Process.write(answer.err, to: .errors) && Process.write(answer.out, to: .output)
    Process.exit(isTold ? answer.status : Exit.failed.rawValue)
}

import Verbs

await main()

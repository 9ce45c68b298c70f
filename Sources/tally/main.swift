import Verbs

main()

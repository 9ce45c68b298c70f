package func main() {}

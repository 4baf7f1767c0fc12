package cli

// Examples are how the commands of this package are called, for the help of a
// program that has them.
func Examples(program string) map[string][]string {
	account, dead := program+" account", program+" dead "
	return map[string][]string{
		"account":     {account, account + " --json --recount", account + " --settle"},
		"dead list":   {dead + "list", dead + "list --after=1700000000000000 --limit=0 --json"},
		"dead show":   {dead + "show 1700000000000000", dead + "show 1700000000000000 --raw > message"},
		"dead replay": {dead + "replay 1700000000000000", dead + "replay --all"},
		"dead drop":   {dead + "drop 1700000000000000"},
	}
}

package result

// rankedWidget shows how many put each option first.
var rankedWidget = widget{
	order:   leading,
	meaning: func(view) string { return "the bars show first choices" },
	figure:  votes,
	shares:  sharesOfVoters(true),
	reach:   partOfVoters,
	drawing: noDrawing,
	columns: noColumns,
	cells:   noCells,
}

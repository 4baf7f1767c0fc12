package result

// rankedWidget shows how many put each option first.
var rankedWidget = widget{
	order:   leading,
	meaning: func(v view) string { return v.say.Text("result.meaning.ranked", nil) },
	figure:  votes,
	shares:  sharesOfVoters(true),
	reach:   partOfVoters,
	drawing: noDrawing,
	columns: noColumns,
	cells:   noCells,
}
